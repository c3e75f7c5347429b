package dev.headrace.engine.run;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.DriverFailure;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.device.Mark;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.operator.CudaBatchOperator;
import dev.headrace.engine.operator.DeviceQueue;
import dev.headrace.engine.operator.Hold;
import dev.headrace.engine.plan.Step;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/// What a batch operator queues on a device in one iteration: behind what it reads, and with a mark
/// behind it. On the thread that runs the operator.
final class DeviceRun implements DeviceQueue {
    private final Iteration iteration;
    private final Step.Launch step;
    private final Gpu gpu;
    private final GpuStream stream;
    private final List<Buffer> used = // beside inputs and outputs; retained
            Collections.synchronizedList(new ArrayList<>());

    DeviceRun(Iteration iteration, Step.Launch step) {
        this.iteration = iteration;
        this.step = step;
        gpu = iteration.resources.gpus.of(step.device());
        stream = gpu.stream(step.stream());
    }

    /// Has the stream of a step await what it reads from other streams.
    static void awaitInputs(Iteration iteration, Step.Launch step, GpuStream stream) {
        step.streamAwaits().forEach(before -> stream.waitFor(iteration.marks[before]));
    }

    /// Whether the host waits for the stream before the run, as is done by then.
    static boolean isAwaited(Step.Launch step) {
        return step.node().operator() instanceof CudaBatchOperator<?> operator
                && operator.awaitsStream();
    }

    /// Does all of a run, and marks its end.
    ///
    /// @param uses tells who else uses memory until the mark
    <T> T run(Callable<T> work, Consumer<Mark> uses) throws Exception {
        return gpu.context.visit(
                () -> {
                    boolean marked = false;
                    try {
                        if (!isAwaited(step)) {
                            awaitInputs(iteration, step, stream);
                        }
                        var result = work.call();
                        finish(uses);
                        marked = true;
                        return result;
                    } finally {
                        if (!marked) {
                            discard(uses);
                        }
                        used.forEach(Buffer::close);
                        used.clear();
                    }
                });
    }

    private void finish(Consumer<Mark> uses) {
        var mark = stream.mark();
        iteration.marks[step.index()] = mark;
        used.forEach(buffer -> buffer.busyUntil(mark));
        uses.accept(mark);
    }

    /// What was made before something failed may be in use still.
    private void discard(Consumer<Mark> uses) {
        try {
            finish(uses);
        } catch (DriverFailure second) {
            stream.awaitEnd();
        }
    }

    /// Memory that its work is the first to use.
    Home home() {
        return gpu.home(stream);
    }

    /// The device, and its constants.
    Gpu gpu() {
        return gpu;
    }

    GpuStream queue() {
        return stream;
    }

    /// Nobody else gets a buffer before the work is done.
    Buffer use(Buffer buffer) {
        used.add(buffer.retain());
        return buffer;
    }

    /// Fills what was just made with bytes that nobody may rely on.
    void poison(Tensor tensor) {
        stream.fill(tensor.address(), Checks.POISON, tensor.spec().bytes());
    }

    /// What keeps memory for others beyond this run.
    Hold hold(SlotList list) {
        return list.hold(stream);
    }

    @Override
    public Hold hold(Buffer buffer) {
        return new HeldInput(iteration, List.of(buffer.retain()), List.of(), stream);
    }

    @Override
    public Device.Gpu device() {
        return step.device();
    }

    @Override
    public long stream() {
        return stream.handle();
    }

    @Override
    public long context() {
        return gpu.context.handle();
    }

    @Override
    public <T> T lend(Callable<T> call) throws Exception {
        return gpu.context.lend(call);
    }

    @Override
    public void visit(Runnable call) {
        GpuContext.onSystemThread(call);
    }

    @Override
    public void copy(long to, long from, long bytes) {
        if (bytes > 0) {
            stream.copy(to, from, bytes);
        }
    }

    @Override
    public void copyToDevice(long to, long from, long bytes) {
        if (bytes > 0) {
            stream.copyToDevice(to, from, bytes);
        }
    }

    @Override
    public void launch(Kernel kernel, int samples, Description each) {
        var name = step.node().where().node();
        var descriptors = new Descriptors(iteration, name, gpu.kernel(kernel));
        try {
            for (int sample = 0; sample < samples; sample++) {
                descriptors.begin();
                descriptors.end(each.describe(sample, descriptors));
            }
            if (descriptors.mostWork() > 0) {
                try (var there = descriptors.launch(gpu, stream)) {
                    use(there);
                }
            }
        } finally {
            descriptors.buffers().forEach(buffer -> use(buffer).close());
        }
    }
}
