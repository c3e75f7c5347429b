package dev.headrace.operators.python;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/// Calls a node's function in this process: one crossing into Python a batch.
final class InProcess implements Caller, Exchange {
    private final PythonFunction operator;
    private final Trampoline trampoline;
    private final Lender lender;
    private final String name;
    private final long node;
    private final Request request = new Request();
    private MemorySegment words = MemorySegment.NULL;
    private volatile boolean closed;

    private InProcess(PythonFunction operator, Trampoline trampoline, Where where) {
        this.operator = operator;
        this.trampoline = trampoline;
        lender = new Lender(operator, trampoline.loans(), address -> address, this::release);
        name = where.node();
        node = trampoline.open(Config.of(operator, where), lender);
    }

    /// Loads the function.
    ///
    /// @throws BadGraph if there is no Python, or no such function
    static InProcess start(PythonFunction operator, Where where) {
        if (operator.view() == View.TORCH) {
            refuseTwoTorches(PythonEnvironment.forThisProcess().prefix());
        }
        return new InProcess(operator, Trampoline.get(), where);
    }

    /// Two builds of PyTorch in one process would mix: one finds the other's functions.
    private static void refuseTwoTorches(Path environment) {
        try (var loaded = Files.lines(Path.of("/proc/self/maps"))) {
            var other =
                    loaded.filter(line -> line.contains("/libtorch"))
                            .map(line -> line.substring(line.indexOf('/')))
                            .filter(file -> !Path.of(file).startsWith(environment))
                            .findFirst();
            if (other.isPresent()) {
                throw new BadGraph(
                        "view TORCH cannot be used in this process, where another PyTorch is loaded ("
                                + other.get()
                                + "); with workers(n) it can");
            }
        } catch (IOException unknown) {
            // a system without such a file
        }
    }

    @Override
    public void call(BatchInputs given, BatchOutputs out, BatchContext context) throws Exception {
        var queue = context.deviceQueue();
        var in =
                operator.stacked() && queue.isPresent()
                        ? new DenseInputs(given, out, queue.get())
                        : given;
        context.keep(PythonThread.class, trampoline::newThread);
        lender.begin(out, context, 0, in.batchSize());
        try {
            switch (ask(in, context)) {
                case byte[] words -> {
                    var response = new Response(operator, in);
                    response.read(words, 0, in.batchSize());
                    Results.take(operator, in, out, context, response, this);
                }
                case String failure -> throw lender.failed(failure);
                case Object other -> throw new IllegalStateException("Python answered " + other);
            }
        } finally {
            lender.end();
        }
    }

    private Object ask(BatchInputs in, BatchContext context) throws Exception {
        var shown = new Shown(trampoline.loans());
        try (var released = trampoline.releases().take()) {
            write(in, context, released.handles(), shown);
            var event = PythonCallEvent.start();
            Object answer = null;
            try {
                answer = run(context);
                released.freed();
                return answer;
            } finally {
                if (event != null) {
                    event.failed = !(answer instanceof byte[]);
                    event.end(context, name, 0, in.batchSize());
                }
                trampoline.readRing();
                shown.outlive();
            }
        }
    }

    /// On a device with its context current.
    private Object run(BatchContext context) throws Exception {
        long address = words.address();
        int count = request.words().count();
        var queue = context.deviceQueue();
        return queue.isEmpty()
                ? trampoline.run(node, address, count)
                : queue.get().lend(() -> trampoline.run(node, address, count));
    }

    private void write(BatchInputs in, BatchContext context, long[] released, Shown shown) {
        int samples = in.batchSize();
        request.begin(samples, 0, samples, context.iteration(), context.epoch(), in.count());
        request.on(context.deviceQueue());
        request.release(released);
        try {
            for (int input = 0; input < in.count(); input++) {
                var list = in.get(input);
                var dense =
                        operator.stacked()
                                ? list.dense()
                                : null; // packed first, so that it is held
                long loan = shown.add(in.hold(input));
                if (dense != null) {
                    request.addDense(dense, loan, tensor -> tensor.address());
                } else {
                    request.add(list, 0, samples, loan, tensor -> tensor.address());
                }
            }
        } catch (Throwable refusal) {
            shown.takeBack();
            throw refusal;
        }
        long bytes = (long) request.words().count() * Long.BYTES;
        if (words.byteSize() < bytes) {
            words = Arena.ofAuto().allocate(2 * bytes, Long.BYTES);
        }
        MemorySegment.copy(
                request.words().array(), 0, words, JAVA_LONG, 0, request.words().count());
    }

    @Override
    public long inputAddress(long word) {
        return word;
    }

    @Override
    public long outputAddress(long word) {
        return word;
    }

    @Override
    public Buffer lent(int sample, long loan) {
        return lender.lent(loan);
    }

    @Override
    public void release(long handle, Runnable freed) {
        trampoline.releases().add(handle, freed);
        if (closed) {
            trampoline.releases().now(); // no call of this node comes any more
            trampoline.readRing(); // what was let go of may have held a view
        }
    }

    @Override
    public void close() {
        closed = true;
        trampoline.releases().now();
        trampoline.close(node);
    }
}
