package dev.headrace.operators.read;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Has files read into the system's cache before a worker needs them, as long as some are not there
/// yet. Once many running were, it only looks now and then: opening a file twice takes time, too.
/// Safe from any thread, and without a lock: a file system may take its time to open a file.
final class ReadAhead {
    /// So many files running that were in memory are taken to mean that all are: {@value}.
    static final int ENOUGH = 256;

    /// Of so many iterations, one looks again: {@value}.
    static final int NOW_AND_THEN = 64;

    private final AtomicReference<LinuxFile> idle = new AtomicReference<>(); // null: none made yet
    private final AtomicInteger inMemory = new AtomicInteger();
    private final AtomicInteger iterations = new AtomicInteger();

    /// Opens one of the files.
    interface Opening {
        /// Its descriptor, or -1.
        int open(LinuxFile files);
    }

    /// Whether to look at the files of the next iteration.
    boolean isDue() {
        return inMemory.get() < ENOUGH || iterations.incrementAndGet() % NOW_AND_THEN == 0;
    }

    void look(Opening file) {
        var known = idle.getAndSet(null);
        var files = known == null ? new LinuxFile() : known;
        look(file, files);
        idle.set(files);
    }

    private void look(Opening file, LinuxFile files) {
        int descriptor = file.open(files);
        if (descriptor < 0) {
            return;
        }
        try {
            if (files.isInMemory(descriptor)) {
                inMemory.incrementAndGet();
            } else {
                inMemory.set(0);
                LinuxFile.readAhead(descriptor);
            }
        } finally {
            LinuxFile.close(descriptor);
        }
    }
}
