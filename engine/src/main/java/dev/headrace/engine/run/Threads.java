package dev.headrace.engine.run;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// All threads of a pipeline: the workers, those with a name of their own, and virtual ones for
/// what waits.
final class Threads {
    final Workers workers;
    private final Resources resources;
    private final Consumer<Throwable> crash;

    // guarded by this
    private final Map<String, Workers> named = new HashMap<>();
    private final List<Runner> virtual = new ArrayList<>();
    private boolean stopped;
    private int alive;
    private Runnable atTheEnd;

    /// @param crash told if a thread breaks
    Threads(Resources resources, Consumer<Throwable> crash) {
        this.resources = resources;
        this.crash = crash;
        this.workers = new Workers(this, resources);
    }

    /// The one thread of a name.
    ///
    /// @param closes closed on that thread, at its end
    synchronized Workers named(String name, AutoCloseable closes) {
        return named.computeIfAbsent(
                name,
                absent -> {
                    var one = new Workers(this, resources);
                    if (!stopped) {
                        one.startNamed(name, closes);
                    }
                    return one;
                });
    }

    /// Does something on a new virtual thread.
    ///
    /// @return false if it is too late, since the pipeline is closed
    synchronized boolean startVirtual(String name, Consumer<Runner> work) {
        if (stopped) {
            return false;
        }
        virtual.removeIf(old -> !old.isAlive());
        virtual.add(start(Thread.ofVirtual().name(resources.name() + " " + name), work));
        return true;
    }

    /// Starts a thread that is counted until it ends.
    synchronized Runner start(Thread.Builder builder, Consumer<Runner> work) {
        var runner =
                new Runner(
                        resources,
                        builder,
                        self -> {
                            try {
                                work.accept(self);
                            } catch (Throwable broken) {
                                crash.accept(broken);
                            } finally {
                                ended();
                            }
                        });
        runner.start();
        alive++; // it cannot end before: that takes this lock
        return runner;
    }

    private void ended() {
        Runnable last = null;
        synchronized (this) {
            alive--;
            if (alive == 0) {
                last = atTheEnd;
                atTheEnd = null;
            }
        }
        if (last != null) {
            last.run();
        }
    }

    /// Ends all threads once what they run has returned, interrupting operators that wait. From now
    /// on none is started.
    ///
    /// @param then done once the last has ended: by this call, or later by that thread; where there
    ///     are devices, by a thread of its own
    /// @return those that did not end in time
    List<Runner> stop(Duration within, Runnable then) {
        var all = new ArrayList<Runner>();
        synchronized (this) {
            stopped = true;
            all.addAll(workers.stop());
            named.values().forEach(one -> all.addAll(one.stop()));
            all.addAll(virtual);
        }
        var stuck = Runner.join(all, within);
        synchronized (this) {
            if (alive > 0) {
                atTheEnd = then;
                return stuck;
            }
        }
        return resources.gpus.isEmpty() ? here(then) : inTime(then, within);
    }

    private static List<Runner> here(Runnable then) {
        then.run();
        return List.of();
    }

    /// Giving back waits for devices, which may hang.
    private List<Runner> inTime(Runnable then, Duration within) {
        var task = new FutureTask<>(then, null);
        var name = resources.name() + ", which waits for its devices";
        var runner = new Runner(resources, Thread.ofPlatform().name(name), _ -> task.run());
        runner.start();
        try {
            Uninterruptibles.getUninterruptibly(task, within);
            return List.of();
        } catch (TimeoutException hangs) {
            return List.of(runner);
        } catch (ExecutionException failure) {
            Throwables.throwIfUnchecked(failure.getCause());
            throw new IllegalStateException(failure.getCause());
        }
    }
}
