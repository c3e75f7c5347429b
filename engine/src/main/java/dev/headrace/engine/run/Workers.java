package dev.headrace.engine.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/// The threads that compute, and the tasks that are ready for them.
///
/// A worker takes the oldest iteration's first task that has units left, and claims units without a
/// lock until there are none. It parks only where nothing is ready.
final class Workers {
    private static final long SMALL_BYTES = 256 * 1024;

    private final Resources resources;
    private final Consumer<Throwable> crash;
    private final List<Thread> threads = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final List<Task> ready = new ArrayList<>();
    private int parked;
    private boolean stopped;

    /// @param crash told if a worker breaks
    Workers(Resources resources, Consumer<Throwable> crash) {
        this.resources = resources;
        this.crash = crash;
    }

    void start(int count) {
        for (int i = 0; i < count; i++) {
            var name = resources.plan.graph().name() + " worker " + i;
            threads.add(Thread.ofPlatform().name(name).daemon().unstarted(() -> loop(name)));
        }
        threads.forEach(Thread::start);
    }

    boolean isWorker(Thread thread) {
        return threads.contains(thread);
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

    private void loop(String name) {
        var bench = new Bench(resources, name);
        try {
            for (var task = take(bench); task != null; task = take(bench)) {
                if (task.work(bench)) {
                    task.complete(bench);
                }
                Thread.interrupted(); // an operator's interrupt is not the next one's
            }
        } catch (Throwable broken) {
            crash.accept(broken);
        } finally {
            bench.close();
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
                parked++;
                long since = System.nanoTime();
                work.awaitUninterruptibly();
                bench.meter.parkedNanos += System.nanoTime() - since;
                parked--;
            }
            return null;
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
        awaitUninterruptibly(finished);
        synchronized (failure) {
            switch (failure[0]) {
                case null -> {}
                case RuntimeException exception -> throw exception;
                case Error error -> throw error;
                default -> throw new IllegalStateException(failure[0]);
            }
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

    /// Ends the threads once their units are done, interrupting operators that wait.
    ///
    /// @return the names of those that did not end in time
    List<String> stop(Duration within) {
        lock.lock();
        try {
            stopped = true;
            ready.clear();
            work.signalAll();
        } finally {
            lock.unlock();
        }
        return join(threads, within);
    }

    /// Interrupts threads and waits for their ends.
    static List<String> join(List<Thread> threads, Duration within) {
        threads.forEach(Thread::interrupt);
        long deadline = System.nanoTime() + within.toNanos();
        boolean interrupted = false;
        for (var thread : threads) {
            while (thread.isAlive()) {
                long left = deadline - System.nanoTime();
                try {
                    if (left <= 0 || thread.join(Duration.ofNanos(left))) {
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
        return threads.stream().filter(Thread::isAlive).map(Thread::getName).toList();
    }
}
