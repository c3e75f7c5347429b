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
    private static final long NOISE_BLOCKS = 300;

    static Footprint now() {
        return new Footprint(
                entries("/proc/self/task"),
                entries("/proc/self/fd"),
                resident(),
                (Long) Lifetimes.python("keepers", "blocks()"));
    }

    /// Waits until there are no more threads and files than there were. Python's objects and memory
    /// may have grown a little, as what is kept for reuse goes up and down: by less than
    /// {@value #NOISE_BLOCKS} pieces and {@value #NOISE_KIB} KiB.
    void hasNotGrown() {
        Lifetimes.await(
                () -> {
                    var now = now();
                    return now.threads <= threads
                            && now.files <= files
                            && now.pythonBlocks < pythonBlocks + NOISE_BLOCKS
                            && now.residentKib < residentKib + NOISE_KIB;
                },
                () -> "from " + this + " to " + now());
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
