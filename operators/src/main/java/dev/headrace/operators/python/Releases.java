package dev.headrace.operators.python;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Results that Python keeps and nobody reads any more. They are let go by the next call of any
/// node, all in one, or where none comes, a little later. Safe from any thread.
final class Releases {
    private static final long IDLE_MILLIS = 20;

    private record Waiting(long handle, Runnable freed) {}

    private final Consumer<long[]> letGo;
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("headrace python releases").factory());
    private List<Waiting> waiting = new ArrayList<>();
    private boolean scheduled;

    /// @param letGo has Python let go of handles, on a thread that may call it
    Releases(Consumer<long[]> letGo) {
        this.letGo = letGo;
    }

    /// Nobody reads a result any more.
    ///
    /// @param freed called once Python has let go of it
    synchronized void add(long handle, Runnable freed) {
        waiting.add(new Waiting(handle, freed));
        if (!scheduled) {
            scheduled = true;
            clock.schedule(this::idle, IDLE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void idle() {
        synchronized (this) {
            scheduled = false;
        }
        now();
    }

    /// Has Python let go of all that wait, and waits for it.
    void now() {
        take().close();
    }

    /// All that wait now: whoever takes them has Python let go of them and says so, or closes what
    /// was taken, which does both.
    synchronized Taken take() {
        if (waiting.isEmpty()) {
            return new Taken(List.of());
        }
        var taken = waiting;
        waiting = new ArrayList<>();
        return new Taken(taken);
    }

    /// What is to be let go by one call.
    final class Taken implements AutoCloseable {
        private List<Waiting> waiting;

        private Taken(List<Waiting> waiting) {
            this.waiting = waiting;
        }

        long[] handles() {
            return waiting.stream().mapToLong(Waiting::handle).toArray();
        }

        /// Python has let go of them.
        void freed() {
            var done = waiting;
            waiting = List.of();
            done.forEach(each -> each.freed().run());
        }

        @Override
        public void close() {
            if (!waiting.isEmpty()) {
                letGo.accept(handles());
                freed();
            }
        }
    }
}
