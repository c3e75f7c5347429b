package dev.headrace.engine.run;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.Grid;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.MemoryKind;
import dev.headrace.engine.operator.Descriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.BiConsumer;

/// What a kernel is told of the samples of a batch: an array of structures, in memory that a device
/// copies from.
final class Descriptors implements Descriptor {
    private static final int THREADS = 256;
    private static final int MOST_BLOCKS = 1024; // each thread then does more than one piece
    private static final int MOST_SAMPLES = 65_535; // of one launch: what a grid has in y
    private static final long FIRST_BYTES = 16 * 1024;

    private final Iteration iteration;
    private final String name;
    private Buffer buffer;
    private MemorySegment memory;
    private long begun;
    private long used;
    private long stride;
    private int samples;
    private long mostWork;

    /// @param name of the node, for the loan
    Descriptors(Iteration iteration, String name) {
        this.iteration = iteration;
        this.name = name;
        take(FIRST_BYTES);
    }

    private void take(long bytes) {
        var home = iteration.resources.home(MemoryKind.PINNED);
        var larger = iteration.lend(bytes, "descriptors of " + name, home);
        var its = MemorySegment.ofAddress(larger.address()).reinterpret(larger.capacity());
        if (buffer != null) {
            its.copyFrom(memory.asSlice(0, used));
            buffer.close();
        }
        buffer = larger;
        memory = its;
    }

    /// The memory, which the caller closes.
    Buffer buffer() {
        return buffer;
    }

    private long address() {
        return buffer.address();
    }

    long mostWork() {
        return mostWork;
    }

    /// The next sample's structure begins.
    void begin() {
        begun = used;
    }

    /// It ends.
    ///
    /// @param work how many pieces of work the sample is
    void end(long work) {
        room(8, 8);
        if (samples > 0 && used - begun != stride) {
            throw new BadBatch(
                    "descriptors of %s and %s bytes in one batch".formatted(stride, used - begun));
        }
        stride = used - begun;
        samples++;
        mostWork = Math.max(mostWork, work);
    }

    /// Queues a kernel on all that was described.
    ///
    /// @return where the structures lie on the device, in use until the kernel is done; the caller
    ///     closes it
    Buffer launch(Gpu gpu, GpuStream stream, Kernel kernel) {
        var there = gpu.home(stream).lend(used, name);
        try {
            stream.copyToDevice(there.address(), address(), used);
            var function = gpu.function(kernel);
            launches(
                    there.address(),
                    (grid, parameters) -> stream.launch(function, grid, parameters));
            return there;
        } catch (Throwable failure) {
            stream.awaitEnd();
            there.close();
            throw failure;
        }
    }

    /// Tells each launch that is needed: its grid and its parameters.
    ///
    /// @param there where the structures lie on the device
    private void launches(long there, BiConsumer<Grid, MemorySegment> launch) {
        int blocks = (int) Math.min(MOST_BLOCKS, (mostWork + THREADS - 1) / THREADS);
        try (var arena = Arena.ofConfined()) {
            for (int first = 0; first < samples; first += MOST_SAMPLES) {
                int count = Math.min(MOST_SAMPLES, samples - first);
                launch.accept(
                        new Grid(blocks, count, 1, THREADS, 1, 1),
                        arena.allocateFrom(JAVA_LONG, there + first * stride));
            }
        }
    }

    /// Goes to the next place of an alignment.
    private void room(long alignment, long bytes) {
        used = (used + alignment - 1) & -alignment;
        if (used + bytes > memory.byteSize()) {
            take(2 * memory.byteSize());
        }
    }

    private long next(long bytes) {
        room(bytes, bytes);
        long place = used;
        used += bytes;
        return place;
    }

    @Override
    public Descriptor pointer(Tensor tensor) {
        return int64(tensor.address());
    }

    @Override
    public Descriptor int64(long value) {
        memory.set(JAVA_LONG, next(8), value);
        return this;
    }

    @Override
    public Descriptor int32(int value) {
        memory.set(JAVA_INT, next(4), value);
        return this;
    }

    @Override
    public Descriptor float32(float value) {
        memory.set(JAVA_FLOAT, next(4), value);
        return this;
    }

    @Override
    public Descriptor float64(double value) {
        memory.set(JAVA_DOUBLE, next(8), value);
        return this;
    }
}
