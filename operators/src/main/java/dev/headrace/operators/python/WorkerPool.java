package dev.headrace.operators.python;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.SharedMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.IntConsumer;

/// The worker processes of a node: one that has ended is replaced when it is wanted again. Safe
/// from any thread.
final class WorkerPool implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.headrace.operators.python");

    private final WorkerSetup setup;
    private final String config;
    private final Function<String, ? extends RuntimeException> refusal;
    private final IntConsumer ended;
    private final WorkerProcess[] processes; // guarded by this
    private final CompletableFuture<?>[] turns; // guarded by this; by process, the last turn's end
    private boolean closed; // guarded by this

    private WorkerPool(
            WorkerSetup setup,
            int count,
            String config,
            Function<String, ? extends RuntimeException> refusal,
            IntConsumer ended) {
        this.setup = setup;
        this.config = config;
        this.refusal = refusal;
        this.ended = ended;
        processes = new WorkerProcess[count];
        turns = new CompletableFuture<?>[count];
        for (int i = 0; i < count; i++) {
            turns[i] = CompletableFuture.completedFuture(null);
        }
    }

    /// Starts processes, all at once, each with the node's function.
    ///
    /// @param config as `open_node` of `headrace/_trampoline.py` takes it
    /// @param refusal makes a failure of the text that `open_node` gives
    /// @param ended told of each process that has ended, before it is replaced: nobody sees any
    ///     more
    ///     what was lent to it
    /// @throws BadBatch if a process cannot be started or ends at once
    /// @throws RuntimeException as `refusal` makes it
    static WorkerPool start(
            WorkerSetup setup,
            int count,
            String config,
            Function<String, ? extends RuntimeException> refusal,
            IntConsumer ended)
            throws InterruptedException {
        var pool = new WorkerPool(setup, count, config, refusal, ended);
        boolean done = false;
        try (var starting = Executors.newVirtualThreadPerTaskExecutor()) {
            var starts = new ArrayList<Future<?>>();
            for (int worker = 0; worker < count; worker++) {
                int its = worker;
                starts.add(starting.submit(() -> pool.process(its)));
            }
            try {
                for (var start : starts) {
                    await(start::get);
                }
                done = true;
                return pool;
            } finally {
                starting.shutdownNow(); // where one has failed
            }
        } finally {
            if (!done) {
                pool.close();
            }
        }
    }

    @FunctionalInterface
    private interface Waiting {
        Object await() throws InterruptedException, ExecutionException;
    }

    private static void await(Waiting waiting) throws InterruptedException {
        try {
            waiting.await();
        } catch (ExecutionException failure) {
            switch (failure.getCause()) {
                case RuntimeException known -> throw known;
                case InterruptedException stopped -> throw stopped;
                case Throwable broken ->
                        throw new IllegalStateException("a worker process broke", broken);
            }
        }
    }

    /// How many there are.
    int size() {
        return processes.length;
    }

    /// A turn of a process: it comes when all turns of it that were asked for before are over.
    ///
    /// @param worker which, from 0
    synchronized Turn turn(int worker) {
        var turn = new Turn(worker, turns[worker]);
        turns[worker] = turn.over;
        return turn;
    }

    /// The right to send requests to one process.
    final class Turn implements AutoCloseable {
        private final int worker;
        private final CompletableFuture<?> before;
        private final CompletableFuture<Void> over = new CompletableFuture<>();
        private WorkerProcess process;

        private Turn(int worker, CompletableFuture<?> before) {
            this.worker = worker;
            this.before = before;
        }

        /// Waits for the turn, and sees to it that there is a process. What is lent to that one is
        /// best lent from now on: the end of the one before ends its loans.
        ///
        /// @throws BadBatch if there is none, and a new one cannot be started
        void begin() throws InterruptedException {
            if (process == null) {
                WorkerPool.await(before::get);
                process = process(worker);
            }
        }

        /// Works on a request, once it has begun; see [WorkerProcess#run].
        ///
        /// @throws BadBatch if the process ends meanwhile, or there is none
        WorkerProcess.Answer run(SharedMemory memory, byte[] words, int length, Questions questions)
                throws InterruptedException {
            begin();
            try {
                return process.run(memory, words, length, questions);
            } finally {
                forgetEnded(worker);
            }
        }

        /// The number in the system of the process that it has begun with.
        long pid() {
            return process.pid();
        }

        /// Lets the next one have its turn, though this one may not have come.
        @Override
        public void close() {
            before.whenComplete((nothing, never) -> over.complete(null));
        }
    }

    /// The process of a number, which the caller's turn it is.
    private WorkerProcess process(int worker) throws InterruptedException {
        WorkerProcess known;
        synchronized (this) {
            known = processes[worker];
        }
        if (known != null && known.isAlive()) {
            return known;
        }
        if (known != null) { // nobody was told of its end
            LOG.log(System.Logger.Level.WARNING, "{0} {1}, and is replaced", known, known.end());
            forgetEnded(worker);
        }
        return replace(worker);
    }

    private WorkerProcess replace(int worker) throws InterruptedException {
        var made = WorkerProcess.start(setup, worker + 1);
        boolean kept = false;
        try {
            var answer = made.open(config);
            if (answer.failed()) {
                throw refusal.apply(answer.text());
            }
            synchronized (this) {
                if (closed) {
                    throw new IllegalStateException(
                            made + " was wanted after its pipeline's close");
                }
                processes[worker] = made;
                kept = true;
            }
            return made;
        } finally {
            if (!kept) {
                made.close();
            }
        }
    }

    private void forgetEnded(int worker) {
        synchronized (this) {
            if (processes[worker] == null || processes[worker].isAlive()) {
                return;
            }
            processes[worker] = null;
        }
        ended.accept(worker);
    }

    /// Ends all processes: those that are at work are killed after a short while.
    @Override
    public void close() {
        List<WorkerProcess> open;
        synchronized (this) {
            closed = true;
            open = Arrays.stream(processes).filter(Objects::nonNull).toList();
        }
        WorkerProcess.closeAll(open);
        for (int worker = 0; worker < processes.length; worker++) {
            forgetEnded(worker);
        }
    }
}
