package dev.headrace.operators.read;

/// Has files read into the system's cache before a worker needs them, as long as some are not there
/// yet. Once many running were, it only looks now and then: opening a file twice takes time, too.
/// Safe from any thread.
final class ReadAhead {
    /// So many files running that were in memory are taken to mean that all are: {@value}.
    static final int ENOUGH = 256;

    /// Of so many iterations, one looks again: {@value}.
    static final int NOW_AND_THEN = 64;

    private final LinuxFile files = new LinuxFile();
    private int inMemory;
    private int iterations;

    /// Opens one of the files.
    interface Opening {
        /// Its descriptor, or -1.
        int open(LinuxFile files);
    }

    /// Whether to look at the files of the next iteration.
    synchronized boolean isDue() {
        return inMemory < ENOUGH || ++iterations % NOW_AND_THEN == 0;
    }

    synchronized void look(Opening file) {
        int descriptor = file.open(files);
        if (descriptor < 0) {
            return;
        }
        try {
            if (files.isInMemory(descriptor)) {
                inMemory++;
            } else {
                inMemory = 0;
                LinuxFile.readAhead(descriptor);
            }
        } finally {
            LinuxFile.close(descriptor);
        }
    }
}
