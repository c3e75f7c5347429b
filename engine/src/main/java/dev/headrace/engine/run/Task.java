package dev.headrace.engine.run;

import java.util.concurrent.atomic.AtomicInteger;

/// Work in numbered units that any workers claim one by one, in ascending order. Whoever finishes
/// the last unit goes on with what follows.
abstract class Task {
    final long iteration;
    final int order;
    final int count;
    private final AtomicInteger claimed = new AtomicInteger();
    private final AtomicInteger finished = new AtomicInteger();

    /// @param iteration older iterations come first
    /// @param order within an iteration, lower comes first
    /// @param count of units, at least 1
    Task(long iteration, int order, int count) {
        this.iteration = iteration;
        this.order = order;
        this.count = count;
    }

    boolean exhausted() {
        return claimed.get() >= count;
    }

    /// Claims and does units until none is left.
    ///
    /// @return whether this thread finished the last one
    final boolean work(Bench bench) {
        int done = 0;
        if (!exhausted()) {
            for (int unit; (unit = claimed.getAndIncrement()) < count; done++) {
                run(bench, unit);
            }
        }
        return done > 0 && finished.addAndGet(done) == count;
    }

    /// Does one unit. It keeps its failures to itself: what it throws is an error of the engine.
    abstract void run(Bench bench, int unit);

    /// What follows the last unit.
    abstract void complete(Bench bench);
}
