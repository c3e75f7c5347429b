package dev.headrace.engine.run;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.Grid;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.MemoryKind;
import dev.headrace.engine.operator.Descriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/// What a kernel is told of the samples of a batch: an array of structures, behind the arrays that
/// those point to, in one piece of memory that a device copies from.
final class Descriptors implements Descriptor {
    private static final int THREADS = 256;
    private static final int MOST_BLOCKS = 1024; // each thread then does more than one piece
    private static final int MOST_SAMPLES = 65_535; // of one launch: what a grid has in y
    private static final long FIRST_BYTES = 16 * 1024;
    private static final long ALIGNMENT = 8; // of structures and arrays

    /// Memory that grows as it is filled.
    private final class Area {
        private Buffer buffer;
        private MemorySegment memory;
        private long used;

        Area() {
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

        /// Takes the next place of an alignment.
        long next(long alignment, long bytes) {
            long place = (used + alignment - 1) & -alignment;
            if (place + bytes > memory.byteSize()) {
                take(Math.max(place + bytes, 2 * memory.byteSize()));
            }
            used = place + bytes;
            return place;
        }

        long append(MemorySegment from) {
            long place = next(ALIGNMENT, from.byteSize());
            memory.asSlice(place).copyFrom(from);
            return place;
        }
    }

    private final Iteration iteration;
    private final String name;
    private final Gpu.Loaded kernel;
    private final Area structures;
    private Area arrays; // none while no structure points to one
    private final List<Long> pointers = new ArrayList<>(); // to arrays: their places
    private long start; // of the structures in the one piece
    private long begun;
    private long stride;
    private int samples;
    private long mostWork;

    /// @param name of the node, for the loan
    Descriptors(Iteration iteration, String name, Gpu.Loaded kernel) {
        this.iteration = iteration;
        this.name = name;
        this.kernel = kernel;
        structures = new Area();
    }

    /// The memory, which the caller closes.
    List<Buffer> buffers() {
        return areas().map(area -> area.buffer).toList();
    }

    private Stream<Area> areas() {
        return Stream.of(structures, arrays).filter(Objects::nonNull);
    }

    long mostWork() {
        return mostWork;
    }

    /// The next sample's structure begins.
    void begin() {
        begun = structures.used;
    }

    /// It ends.
    ///
    /// @param work how many pieces of work the sample is
    /// @throws BadBatch if it is not as large as that of the samples before, or not as large as the
    ///     kernel has it
    void end(long work) {
        structures.next(ALIGNMENT, 0);
        long described = structures.used - begun;
        long bytes = kernel.sampleBytes().orElse(described);
        if (described != bytes) {
            throw new BadBatch(
                    "the structure of kernel %s has %s bytes, and a sample is described by %s"
                            .formatted(kernel.name(), bytes, described));
        }
        if (samples > 0 && bytes != stride) {
            throw new BadBatch(
                    "descriptors of %s and %s bytes in one batch".formatted(stride, bytes));
        }
        stride = bytes;
        samples++;
        mostWork = Math.max(mostWork, work);
    }

    /// Makes one piece of all, once every sample is described.
    ///
    /// @return how many bytes it has
    private long join() {
        if (arrays != null) {
            start = arrays.append(structures.memory.asSlice(0, structures.used));
        }
        return piece().used;
    }

    private Area piece() {
        return arrays == null ? structures : arrays;
    }

    /// The one piece, for a place on the device.
    ///
    /// @return its address here
    private long pointingTo(long there) {
        var memory = piece().memory;
        for (long pointer : pointers) {
            long array = memory.get(JAVA_LONG, start + pointer);
            memory.set(JAVA_LONG, start + pointer, there + array);
        }
        return memory.address();
    }

    /// Queues the kernel on all that was described.
    ///
    /// @return where the structures lie on the device, in use until the kernel is done; the caller
    ///     closes it
    Buffer launch(Gpu gpu, GpuStream stream) {
        long bytes = join();
        var there = gpu.home(stream).lend(bytes, name);
        try {
            stream.copyToDevice(there.address(), pointingTo(there.address()), bytes);
            launches(
                    there.address(),
                    (grid, parameters) -> stream.launch(kernel.function(), grid, parameters));
            return there;
        } catch (Throwable failure) {
            stream.awaitEnd();
            there.close();
            throw failure;
        }
    }

    /// Tells each launch that is needed: its grid and its parameters.
    ///
    /// @param there where the one piece lies on the device
    private void launches(long there, BiConsumer<Grid, MemorySegment> launch) {
        int blocks = (int) Math.min(MOST_BLOCKS, (mostWork + THREADS - 1) / THREADS);
        try (var arena = Arena.ofConfined()) {
            for (int first = 0; first < samples; first += MOST_SAMPLES) {
                int count = Math.min(MOST_SAMPLES, samples - first);
                launch.accept(
                        new Grid(blocks, count, 1, THREADS, 1, 1),
                        arena.allocateFrom(JAVA_LONG, there + start + first * stride));
            }
        }
    }

    @Override
    public Descriptor pointer(Tensor tensor) {
        return int64(tensor.address());
    }

    @Override
    public Descriptor array(MemorySegment elements) {
        if (arrays == null) {
            arrays = new Area();
        }
        long place = structures.next(8, 8);
        pointers.add(place);
        structures.memory.set(JAVA_LONG, place, arrays.append(elements));
        return this;
    }

    @Override
    public Descriptor int64(long value) {
        long place = structures.next(8, 8);
        structures.memory.set(JAVA_LONG, place, value);
        return this;
    }

    @Override
    public Descriptor int32(int value) {
        long place = structures.next(4, 4);
        structures.memory.set(JAVA_INT, place, value);
        return this;
    }

    @Override
    public Descriptor float32(float value) {
        long place = structures.next(4, 4);
        structures.memory.set(JAVA_FLOAT, place, value);
        return this;
    }

    @Override
    public Descriptor float64(double value) {
        long place = structures.next(8, 8);
        structures.memory.set(JAVA_DOUBLE, place, value);
        return this;
    }
}
