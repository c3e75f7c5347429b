package dev.headrace.engine.run;

import com.google.common.base.Throwables;
import dev.headrace.engine.plan.PlannedNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/// Threads that work off tasks: those that compute, or one with a name of its own.
///
/// A thread takes the oldest iteration's first task that has units left, and claims units without a
/// lock until there are none. It parks only where nothing is ready.
final class Workers {
    private static final long SMALL_BYTES = 256 * 1024;

    private static final long NAMED_STACK_BYTES = 64 << 20;

    private final Threads owner;
    private final Resources resources;
    private final List<Runner> runners = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final List<Task> ready = new ArrayList<>();
    private final Tally idle = new Tally(); // guarded by lock, as all that follows
    private int parked;
    private boolean stopped;

    Workers(Threads owner, Resources resources) {
        this.owner = owner;
        this.resources = resources;
    }

    /// Starts the threads that compute.
    void start(int count) {
        for (int i = 0; i < count; i++) {
            var its = "worker " + i;
            var builder = Thread.ofPlatform().name(resources.name() + " " + its).daemon();
            runners.add(owner.start(builder, runner -> loop(runner, its, () -> {})));
        }
    }

    /// Starts the one thread of a name.
    ///
    /// @param closes closed on it, at its end
    void startNamed(String its, AutoCloseable closes) {
        var name = resources.name() + " " + its;
        var builder = Thread.ofPlatform().name(name).daemon().stackSize(NAMED_STACK_BYTES);
        runners.add(owner.start(builder, runner -> loop(runner, its, closes)));
    }

    /// Makes a task's units available.
    void submit(Task task) {
        lock.lock();
        try {
            int place = ready.size();
            while (place > 0 && comesBefore(task, ready.get(place - 1))) {
                place--;
            }
            ready.add(place, task);
            for (int wake = Math.min(parked, task.count); wake > 0; wake--) {
                work.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private static boolean comesBefore(Task task, Task other) {
        return task.iteration < other.iteration
                || (task.iteration == other.iteration && task.order < other.order);
    }

    private void loop(Runner runner, String its, AutoCloseable closes) {
        var bench = new Bench(resources, its);
        runner.sitDown(bench);
        try {
            for (var task = take(bench); task != null; task = take(bench)) {
                if (task.work(bench)) {
                    task.complete(bench);
                }
                Thread.interrupted(); // an operator's interrupt is not the next one's
            }
        } finally {
            Thread.interrupted(); // it was for what ran
            Closing.one(closes);
            bench.close();
        }
    }

    /// Does something on one of the threads, before all iterations, and waits for it.
    ///
    /// @param node whose operator it is
    <T> T call(PlannedNode node, Callable<T> what) throws Exception {
        var future = new FutureTask<>(what);
        submit(
                new Task(-1, node.index(), 1) {
                    @Override
                    void run(Bench bench, int unit) {
                        bench.running = node;
                        future.run();
                    }

                    @Override
                    void complete(Bench bench) {}
                });
        try {
            return future.get();
        } catch (ExecutionException failure) {
            Throwables.throwIfInstanceOf(failure.getCause(), Exception.class);
            Throwables.throwIfUnchecked(failure.getCause());
            throw failure;
        }
    }

    private Task take(Bench bench) {
        lock.lock();
        try {
            while (!stopped) {
                ready.removeIf(Task::exhausted);
                if (!ready.isEmpty()) {
                    return ready.getFirst();
                }
                var wait = WaitEvent.start();
                idle.goesOn(++parked, System.nanoTime());
                work.awaitUninterruptibly();
                idle.goesOn(--parked, System.nanoTime());
                if (wait != null) {
                    wait.end(resources, bench.lane, WaitEvent.FOR_WORK);
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /// Time in which threads had nothing to do until now, in sum over them.
    long idleNanos() {
        lock.lock();
        try {
            return idle.nanos(System.nanoTime());
        } finally {
            lock.unlock();
        }
    }

    /// Does something for each number below a count, on this thread and on idle workers, and
    /// returns when all is done. It must not throw.
    void parallel(Iteration iteration, int count, long bytesEach, IntConsumer body) {
        if (bytesEach * count <= SMALL_BYTES) {
            for (int i = 0; i < count; i++) {
                body.accept(i);
            }
            return;
        }
        forEach(null, iteration, -1, count, (bench, unit) -> body.accept(unit));
    }

    /// One unit of a loop.
    interface Unit {
        void run(Bench bench, int unit);
    }

    /// The same for the loop of an operator, which needs a bench.
    void forEach(Bench own, Iteration iteration, int order, int count, Unit body) {
        if (count == 0) {
            return;
        }
        var finished = new CountDownLatch(1);
        var failure = new Throwable[1];
        var task =
                new Task(iteration.number, order, count) {
                    @Override
                    void run(Bench bench, int unit) {
                        try {
                            body.run(bench, unit);
                        } catch (Throwable thrown) {
                            synchronized (failure) {
                                failure[0] = thrown;
                            }
                        }
                    }

                    @Override
                    void complete(Bench bench) {
                        finished.countDown();
                    }
                };
        if (count > 1) {
            submit(task);
        }
        if (task.work(own)) {
            task.complete(own);
        }
        awaitOthers(finished, own, iteration);
        synchronized (failure) {
            switch (failure[0]) {
                case null -> {}
                case RuntimeException exception -> throw exception;
                case Error error -> throw error;
                default -> throw new IllegalStateException(failure[0]);
            }
        }
    }

    private void awaitOthers(CountDownLatch finished, Bench own, Iteration iteration) {
        var wait = own == null || finished.getCount() == 0 ? null : WaitEvent.start();
        awaitUninterruptibly(finished);
        if (wait != null) {
            wait.iteration = iteration.number;
            wait.epoch = iteration.epoch;
            wait.end(resources, own.lane, WaitEvent.FOR_OTHERS);
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Lets the threads end once their units are done.
    ///
    /// @return the threads
    List<Runner> stop() {
        lock.lock();
        try {
            stopped = true;
            ready.clear();
            work.signalAll();
        } finally {
            lock.unlock();
        }
        return runners;
    }
}
