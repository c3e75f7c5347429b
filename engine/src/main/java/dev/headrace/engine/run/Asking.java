package dev.headrace.engine.run;

import java.util.LinkedHashSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/// Who asks a pipeline for batches: one thread at a time, and none that the pipeline itself waits
/// for, be it directly or because an operator asks another pipeline whose operator asks this one.
final class Asking {
    private final Resources resources;
    private final AtomicReference<Asker> asker = new AtomicReference<>();
    private volatile long last; // number of the thread that asks, or has asked last

    /// @param runner null for a thread that is no pipeline's
    private record Asker(Thread thread, Runner runner) {}

    Asking(Resources resources) {
        this.resources = resources;
    }

    /// @throws IllegalStateException if this thread may not ask now
    void begin() {
        var me = new Asker(Thread.currentThread(), Runner.current());
        refuseInside("next()");
        refuseCircle(me.runner);
        if (!asker.compareAndSet(null, me)) {
            throw new IllegalStateException(
                    "two threads ask "
                            + resources.name()
                            + " for batches at once: "
                            + asker.get().thread
                            + " and "
                            + me.thread);
        }
        last = me.thread.threadId();
        try {
            refuseCircle(me.runner); // again: of two who close it at once, one sees the other
        } catch (IllegalStateException refusal) {
            end();
            throw refusal;
        }
    }

    /// Whether it is the thread that asks for batches.
    boolean isLast(Thread thread) {
        return last == thread.threadId();
    }

    void end() {
        asker.set(null);
    }

    /// @param what is refused inside an operator of this pipeline
    void refuseInside(String what) {
        var me = Runner.current();
        if (me != null && me.resources == resources) {
            throw new IllegalStateException(what + inside(me));
        }
    }

    private String inside(Runner runner) {
        var node = runner.running();
        return " on pipeline "
                + resources.name()
                + " from inside its own "
                + (node == null ? "thread" : node.operator().description());
    }

    private void refuseCircle(Runner runner) {
        var way = new LinkedHashSet<Resources>();
        for (var at = runner; at != null && way.add(at.resources); ) {
            var waiting = at.resources.asking.asker.get();
            at = waiting == null ? null : waiting.runner;
            if (at != null && at.resources == resources) {
                throw new IllegalStateException(
                        "next()"
                                + inside(at)
                                + ", by way of pipeline "
                                + way.stream()
                                        .map(Resources::name)
                                        .collect(Collectors.joining(", ")));
            }
        }
    }
}
