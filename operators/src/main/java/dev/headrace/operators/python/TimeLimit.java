package dev.headrace.operators.python;

import java.time.Duration;

/// The time limit of one call after the other: kills the process when one passes it.
final class TimeLimit implements AutoCloseable {
    private final Duration limit;
    private final Process process;
    private final Thread watch;
    private long deadline; // guarded by this
    private long sample = -1; // guarded by this
    private boolean exceeded; // guarded by this
    private boolean closed; // guarded by this

    /// The first call begins now.
    TimeLimit(Duration limit, Process process) {
        this.limit = limit;
        this.process = process;
        deadline = System.nanoTime() + limit.toNanos();
        watch = Thread.ofVirtual().name("time limit of a worker process").start(this::watch);
    }

    private void watch() {
        try {
            for (long left = left(); left > 0; left = left()) {
                Thread.sleep(Duration.ofNanos(left));
            }
        } catch (InterruptedException over) {
            return;
        }
        process.toHandle().destroyForcibly();
    }

    /// Nanoseconds until the call that runs now passes the limit; if it has, it stays so.
    private synchronized long left() throws InterruptedException {
        if (closed) {
            throw new InterruptedException();
        }
        long left = deadline - System.nanoTime();
        exceeded = left <= 0;
        return left;
    }

    /// The next call begins.
    ///
    /// @param number the sample's place in the batch
    synchronized void begins(long number) {
        if (!exceeded) {
            sample = number;
            deadline = System.nanoTime() + limit.toNanos();
        }
    }

    /// Whether the process was killed.
    synchronized boolean exceeded() {
        return exceeded;
    }

    /// What happened to it, where it was exceeded.
    @Override
    public synchronized String toString() {
        return "exceeded the time limit of "
                + limit
                + (sample < 0 ? "" : " in sample " + sample)
                + " and was killed";
    }

    /// Stops counting: from now on the process is left alone.
    @Override
    public synchronized void close() {
        closed = true;
        watch.interrupt();
    }
}
