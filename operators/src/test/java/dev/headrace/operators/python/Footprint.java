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
    static Footprint now() {
        return new Footprint(
                entries("/proc/self/task"),
                entries("/proc/self/fd"),
                resident(),
                (Long) Lifetimes.python("keepers", "blocks()"));
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
