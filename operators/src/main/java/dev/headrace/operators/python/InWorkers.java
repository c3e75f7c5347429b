package dev.headrace.operators.python;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.SharedMemory;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/// Calls a node's function in worker processes, which read inputs and write results in shared
/// memory. A batch waits for its processes on virtual threads, while the next is sent.
final class InWorkers implements Caller {
    private final PythonFunction operator;
    private final String node;
    private final WorkerPool pool;
    private final List<Loans> loans; // by process
    private int turn;

    private InWorkers(PythonFunction operator, String node, WorkerPool pool, List<Loans> loans) {
        this.operator = operator;
        this.node = node;
        this.pool = pool;
        this.loans = loans;
    }

    /// Starts the processes, each of which loads the function.
    ///
    /// @throws BadGraph if there is no Python, or no such function
    static InWorkers start(PythonFunction operator, Where where) throws InterruptedException {
        var setup =
                new WorkerSetup(
                        PythonEnvironment.forWorkers().executable(),
                        PythonSources.folder(),
                        where.node(),
                        operator.function(),
                        operator.timeLimit());
        var loans =
                IntStream.range(0, operator.workers()).mapToObj(_ -> new Loans(() -> {})).toList();
        var pool =
                WorkerPool.start(
                        setup,
                        operator.workers(),
                        Config.of(operator, where),
                        InWorkers::refusal,
                        worker -> loans.get(worker).close());
        return new InWorkers(operator, where.node(), pool, loans);
    }

    private static BadGraph refusal(String text) {
        return PythonFailure.of(text).toBadGraph();
    }

    @Override
    public void call(BatchInputs in, BatchOutputs out, BatchContext context) {
        int samples = in.batchSize();
        var shares = new ArrayList<Share>();
        if (operator.batchProcessing()) {
            shares.add(new Share(turn, 0, samples));
            turn = (turn + 1) % pool.size();
        } else {
            for (int worker = 0; worker < pool.size(); worker++) {
                int first = (int) ((long) samples * worker / pool.size());
                int end = (int) ((long) samples * (worker + 1) / pool.size());
                if (first < end) {
                    shares.add(new Share(worker, first, end - first));
                }
            }
        }
        context.finish(() -> finish(shares, in, out, context));
    }

    private void finish(List<Share> shares, BatchInputs in, BatchOutputs out, BatchContext context)
            throws Exception {
        var memory = context.sharedMemory();
        var response = new Response(operator, in);
        try {
            runAll(shares, share -> share.run(in, out, context, memory, response));
            var failure = shares.stream().map(share -> share.failure).filter(Objects::nonNull);
            var first = failure.findFirst();
            if (first.isPresent()) {
                throw first.get();
            }
            Results.take(operator, in, out, context, response, new Shared(memory, shares));
        } finally {
            shares.forEach(Share::end);
        }
    }

    private interface Work {
        void run(Share share) throws Exception;
    }

    private static void runAll(List<Share> shares, Work work) throws Exception {
        if (shares.size() == 1) {
            work.run(shares.getFirst());
            return;
        }
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var running = new ArrayList<Future<?>>();
            for (var share : shares) {
                running.add(
                        threads.submit(
                                (Callable<Void>)
                                        () -> {
                                            work.run(share);
                                            return null;
                                        }));
            }
            try {
                for (var each : running) {
                    each.get();
                }
            } catch (ExecutionException failure) {
                switch (failure.getCause()) {
                    case Exception cause -> throw cause;
                    case Throwable cause -> throw new IllegalStateException(cause);
                }
            } finally {
                threads.shutdownNow(); // the pipeline closes: nobody waits for the others
            }
        }
    }

    /// What one process has of a batch.
    private final class Share {
        private final int worker;
        private final int first;
        private final int count;
        private final WorkerPool.Turn turn;
        private Lender lender;
        private RuntimeException failure;
        private boolean failed = true; // until the process has answered otherwise

        Share(int worker, int first, int count) {
            this.worker = worker;
            this.first = first;
            this.count = count;
            turn = pool.turn(worker);
        }

        void run(
                BatchInputs in,
                BatchOutputs out,
                BatchContext context,
                SharedMemory memory,
                Response response)
                throws InterruptedException {
            var its = loans.get(worker);
            lender = new Lender(operator, its, address -> address - memory.address(), null);
            lender.begin(out, context, first, count);
            try (turn) {
                turn.begin(); // else the end of the process before would end what is lent now
                var shown = new Shown(its);
                var words = write(in, context, memory, shown);
                var event = PythonCallEvent.start();
                try {
                    var answer = turn.run(memory, words, words.length, lender);
                    failed = answer.failed();
                    if (answer.failed()) {
                        failure = lender.failed(answer.text());
                    } else {
                        response.read(answer.body(), first, count);
                    }
                } finally {
                    shown.outlive();
                    if (event != null) {
                        event.pid = turn.pid();
                        event.failed = failed;
                        event.end(context, node, worker + 1, count);
                    }
                }
            } catch (BadBatch ended) {
                failure = ended;
            }
        }

        private byte[] write(
                BatchInputs in, BatchContext context, SharedMemory memory, Shown shown) {
            var request = new Request();
            request.begin(
                    count, first, in.batchSize(), context.iteration(), context.epoch(), in.count());
            request.on(Optional.empty());
            request.release(new long[0]);
            try {
                for (int input = 0; input < in.count(); input++) {
                    var list = in.get(input);
                    var dense =
                            operator.stacked() ? list.dense() : null; // first, so that it is held
                    long loan = shown.add(in.hold(input));
                    if (dense != null) {
                        request.addDense(
                                dense, loan, tensor -> tensor.address() - memory.address());
                    } else {
                        request.add(
                                list,
                                first,
                                first + count,
                                loan,
                                tensor -> tensor.address() - memory.address());
                    }
                }
            } catch (Throwable refusal) {
                shown.takeBack();
                throw refusal;
            }
            int words = request.words().count();
            var bytes = ByteBuffer.allocate(words * Long.BYTES).order(ByteOrder.nativeOrder());
            bytes.asLongBuffer().put(request.words().array(), 0, words);
            return bytes.array();
        }

        void end() {
            turn.close(); // where it was not taken
            if (lender != null) {
                lender.end();
            }
        }
    }

    /// What numbers in the answers stand for: offsets in shared memory.
    private record Shared(SharedMemory memory, List<Share> shares) implements Exchange {
        @Override
        public long inputAddress(long word) {
            return memory.address() + word;
        }

        @Override
        public long outputAddress(long word) {
            return memory.address() + word;
        }

        @Override
        public Buffer lent(int sample, long loan) {
            for (var share : shares) {
                if (sample < share.first + share.count) {
                    return share.lender.lent(loan);
                }
            }
            throw new IllegalStateException("sample " + sample + " is in no share");
        }

        @Override
        public void release(long handle, Runnable freed) {
            throw new IllegalStateException("a worker process keeps no results");
        }
    }

    @Override
    public void close() {
        pool.close();
        loans.forEach(Loans::close);
    }
}
