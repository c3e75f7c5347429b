package dev.headrace.engine.run;

import dev.headrace.engine.plan.PlannedNode;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// A thread of a pipeline, and what others ask of it: whose it is, and what it runs.
final class Runner {
    private static final ThreadLocal<Runner> CURRENT = new ThreadLocal<>();

    final Resources resources;
    private final Thread thread;
    private volatile Bench bench;

    /// @param builder makes the thread, which is not started here
    /// @param work what it does
    Runner(Resources resources, Thread.Builder builder, Consumer<Runner> work) {
        this.resources = resources;
        this.thread =
                builder.unstarted(
                        () -> {
                            CURRENT.set(this);
                            work.accept(this);
                        });
    }

    /// The runner of this thread; null on a thread that is no pipeline's.
    static Runner current() {
        return CURRENT.get();
    }

    void start() {
        thread.start();
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /// States the bench at which the thread works.
    void sitDown(Bench at) {
        bench = at;
    }

    /// The node whose operator it has run last; null before the first.
    PlannedNode running() {
        var at = bench;
        return at == null ? null : at.running;
    }

    /// The lane of the bench at which it works, for events; null before it has one.
    String lane() {
        var at = bench;
        return at == null ? null : at.lane;
    }

    /// As in `train python, which runs pythonFunction`.
    @Override
    public String toString() {
        var node = running();
        return thread.getName() + (node == null ? "" : ", which runs " + node.where().node());
    }

    /// Interrupts threads and waits for their ends.
    ///
    /// @return those that did not end in time
    static List<Runner> join(List<Runner> all, Duration within) {
        all.forEach(runner -> runner.thread.interrupt());
        long deadline = System.nanoTime() + within.toNanos();
        boolean interrupted = false;
        for (var runner : all) {
            while (runner.thread.isAlive()) {
                long left = deadline - System.nanoTime();
                try {
                    if (left <= 0 || runner.thread.join(Duration.ofNanos(left))) {
                        break;
                    }
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return all.stream().filter(Runner::isAlive).toList();
    }
}
