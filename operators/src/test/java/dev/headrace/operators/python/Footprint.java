package dev.headrace.operators.python;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What this process has of the system.
///
/// @param threads of the system, Java's and others
/// @param files open ones
/// @param residentKib memory in use, in KiB
/// @param pythonBlocks pieces of memory that Python's objects have
record Footprint(long threads, long files, long residentKib, long pythonBlocks) {
    private static final long NOISE_KIB = 16 * 1024;

    static Footprint now() {
        return new Footprint(
                entries("/proc/self/task"),
                entries("/proc/self/fd"),
                resident(),
                (Long) Lifetimes.python("keepers", "blocks()"));
    }

    /// Waits until there are as many threads and files as there were, and compares the rest: Python
    /// has not one piece more for each thing that was done, and memory has grown by less than
    /// {@value #NOISE_KIB} KiB, which the JVM itself may need.
    ///
    /// @param times how often something was done since
    void hasNotGrown(long times) {
        Lifetimes.await(
                () -> {
                    var now = now();
                    return now.threads <= threads
                            && now.files <= files
                            && now.pythonBlocks < pythonBlocks + times
                            && now.residentKib < residentKib + NOISE_KIB;
                },
                () -> "from " + this + " to " + now());
        System.out.println("from " + this + " to " + now());
    }

    private static int entries(String folder) {
        return Path.of(folder).toFile().list().length;
    }

    private static long resident() {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException failure) {
            throw new IllegalStateException(failure);
        }
    }
}
