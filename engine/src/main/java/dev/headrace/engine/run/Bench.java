package dev.headrace.engine.run;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.plan.PlannedNode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// What one worker has at hand: scratch memory for values that stay in it, and what operators keep.
/// Used by one thread at a time.
final class Bench implements AutoCloseable {
    /// Memory of more bytes than this is not kept for samples that need far less: {@value}.
    static final long LARGE_BYTES = 64 << 20;

    final Resources resources;
    final Meters.Meter meter;
    /// Its name in events: what runs here runs one after the other.
    final String lane;

    /// The node whose operator runs, or ran last. Read by others too, for messages only.
    PlannedNode running;

    private final Buffer[] scratch;
    private final Tensor[] written;
    private final Tensor[] read;
    private final Map<Object, Object> kept = new HashMap<>();
    private Buffer[] unwanted = new Buffer[0];
    private Buffer temporary;
    private MemorySegment temporaryMemory; // all of it
    private SampleRun samples;

    Bench(Resources resources, String lane) {
        this.resources = resources;
        this.lane = lane;
        this.meter = resources.meters.newMeter();
        this.scratch = new Buffer[resources.plan.values().size()];
        this.written = new Tensor[scratch.length];
        this.read = new Tensor[scratch.length];
    }

    SampleRun samples() {
        if (samples == null) {
            samples = new SampleRun(this);
        }
        return samples;
    }

    /// The tensor to fill of a value that stays in this worker: the same as for the sample before,
    /// if that had the same spec.
    Tensor scratch(Iteration iteration, int value, TensorSpec spec) {
        if (written[value] == null || !written[value].spec().equals(spec)) {
            scratch[value] = atLeast(scratch[value], iteration, spec.bytes());
            written[value] = scratch[value].tensor(spec, 0, true);
            read[value] = scratch[value].tensor(spec, 0, false);
        }
        return written[value];
    }

    /// The same memory, for those who read it.
    Tensor filled(int value) {
        return read[value];
    }

    /// A tensor that nobody reads, but perhaps the operator that makes it: so each of its outputs
    /// has memory of its own.
    Tensor unwanted(Iteration iteration, int output, TensorSpec spec) {
        if (output >= unwanted.length) {
            unwanted = Arrays.copyOf(unwanted, output + 1);
        }
        unwanted[output] = atLeast(unwanted[output], iteration, spec.bytes());
        return unwanted[output].tensor(spec, 0, true);
    }

    /// Memory for an operator's intermediate results.
    MemorySegment temporary(Iteration iteration, long bytes) {
        var buffer = atLeast(temporary, iteration, bytes);
        if (buffer != temporary) {
            temporary = buffer;
            temporaryMemory =
                    MemorySegment.ofAddress(buffer.address()).reinterpret(buffer.capacity());
        }
        return temporaryMemory.asSlice(0, bytes);
    }

    private Buffer atLeast(Buffer buffer, Iteration iteration, long bytes) {
        if (buffer != null && fits(buffer.capacity(), bytes)) {
            return buffer;
        }
        var borrower = "scratch of " + resources.name() + " " + lane;
        iteration.checkScratch(bytes, borrower);
        var fitting = resources.pool.lend(bytes, borrower);
        if (buffer != null) {
            buffer.close();
        }
        return fitting;
    }

    private static boolean fits(long capacity, long bytes) {
        return capacity >= bytes && (capacity <= LARGE_BYTES || capacity / 8 <= bytes);
    }

    @SuppressWarnings("unchecked") // a key stands for one type, as the contract of keep says
    <T> T keep(Object key, Supplier<T> maker) {
        var known = kept.get(key);
        if (known == null) {
            known = maker.get();
            kept.put(key, known);
        }
        return (T) known;
    }

    @Override
    public void close() {
        List<AutoCloseable> all = new ArrayList<>();
        for (var thing : kept.values()) {
            if (thing instanceof AutoCloseable closeable) {
                all.add(closeable);
            }
        }
        Stream.of(scratch, unwanted, new Buffer[] {temporary})
                .flatMap(Arrays::stream)
                .filter(Objects::nonNull)
                .forEach(all::add);
        Closing.all(all);
        kept.clear();
    }
}
