package dev.headrace.engine.run;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.Buffer;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A value's tensors in one iteration: each sample in its slot of one block where the spec was
/// foreseen, else in a loan of its own.
///
/// Filled by any workers, one a sample; read once the step that fills it is done.
final class SlotList implements TensorList {
    private final Iteration iteration;
    private final String name;
    private final TensorSpec foreseen;
    private final boolean promised;
    private final Buffer block;
    private final int slots;
    private final List<AutoCloseable> owned = new ArrayList<>(2);
    private Tensor[] apart;
    private Ids ids;
    private int count;
    private Tensor packed;
    private boolean released;

    /// @param foreseen the spec that samples are expected to have, or null
    /// @param promised whether they will have it
    SlotList(Iteration iteration, String name, TensorSpec foreseen, boolean promised, Ids ids) {
        this.iteration = iteration;
        this.name = name;
        this.ids = ids;
        this.slots = ids.count();
        this.count = ids.count();
        boolean block = foreseen != null && slots > 0;
        this.foreseen = block ? foreseen : null;
        this.promised = promised;
        if (block) {
            long bytes = blockBytes(foreseen, slots);
            this.block = promised ? iteration.lend(bytes, name) : iteration.lendAhead(bytes, name);
            owned.add(this.block);
        } else {
            this.block = null;
        }
    }

    /// Bytes of a block of tensors; where they pass what a `long` counts, still more than there is.
    static long blockBytes(TensorSpec spec, int count) {
        return count > 0 && spec.bytes() > (1L << 56) / count ? 1L << 57 : spec.bytes() * count;
    }

    /// The tensor to fill for a sample; what an earlier attempt put there is forgotten.
    Tensor make(int sample, TensorSpec spec) {
        if (sample < slots && spec.equals(foreseen)) {
            if (!promised) {
                iteration.book(spec.bytes(), name);
            }
            if (apart != null) {
                put(sample, null);
            }
            return new Tensor(spec, block.address() + sample * spec.bytes(), block, true);
        }
        var loan = iteration.lend(spec.bytes(), name);
        var tensor = loan.tensor(spec, 0, true);
        synchronized (this) {
            owned.add(loan);
            put(sample, tensor);
        }
        return tensor;
    }

    /// Memory of the operator's own for a sample.
    synchronized void adopt(int sample, TensorSpec spec, MemorySegment memory, Runnable release) {
        owned.add(
                () -> {
                    Reference.reachabilityFence(memory); // else a collected arena would free it
                    release.run();
                });
        if (!memory.scope().isAlive()) {
            throw new BadBatch("the memory given for " + spec + " was freed before");
        }
        if (memory.byteSize() < spec.bytes() || !memory.isNative()) {
            throw new BadBatch(
                    spec
                            + " needs "
                            + spec.bytes()
                            + " bytes off-heap, got "
                            + memory.byteSize()
                            + (memory.isNative() ? "" : " on the heap"));
        }
        var storage = Storage.permanent(name); // kept alive by this list
        put(sample, new Tensor(spec, memory.address(), storage, false));
    }

    /// Another list's or a constant's tensor for a sample, which outlives this list.
    void share(int sample, Tensor tensor) {
        put(sample, tensor);
    }

    private synchronized void put(int sample, Tensor tensor) {
        if (apart == null || apart.length <= sample) {
            apart =
                    apart == null
                            ? new Tensor[Math.max(slots, sample + 1)]
                            : Arrays.copyOf(apart, Math.max(sample + 1, 2 * apart.length));
        }
        apart[sample] = tensor;
    }

    /// States how many samples there are after all, and their ids, once known.
    void settle(Ids known) {
        ids = known;
        count = known.count();
    }

    @Override
    public int size() {
        return count;
    }

    @Override
    public Tensor get(int sample) {
        Objects.checkIndex(sample, count);
        var own = apart == null || sample >= apart.length ? null : apart[sample];
        return own != null
                ? own
                : new Tensor(foreseen, block.address() + sample * foreseen.bytes(), block, false);
    }

    @Override
    public TensorSpec spec(int sample) {
        Objects.checkIndex(sample, count);
        var own = apart == null || sample >= apart.length ? null : apart[sample];
        return own != null ? own.spec() : foreseen;
    }

    @Override
    public SampleId id(int sample) {
        return ids.get(sample);
    }

    Ids ids() {
        return ids;
    }

    @Override
    public Optional<TensorSpec> uniformSpec() {
        if (count == 0) {
            return Optional.empty();
        }
        var first = spec(0);
        for (int sample = 1; apart != null && sample < count; sample++) {
            if (!spec(sample).equals(first)) {
                return Optional.empty();
            }
        }
        return Optional.of(first);
    }

    @Override
    public synchronized boolean isDense() {
        return packed != null || inBlock() || count == 1;
    }

    private boolean inBlock() {
        if (block == null || count > slots || count == 0) {
            return false;
        }
        for (int sample = 0; apart != null && sample < count; sample++) {
            if (sample < apart.length && apart[sample] != null) {
                return false;
            }
        }
        return true;
    }

    @Override
    public synchronized Tensor dense() {
        if (packed != null) {
            return packed;
        }
        if (inBlock()) {
            return new Tensor(foreseen.stacked(count), block.address(), block, false);
        }
        if (count == 1) {
            return get(0).as(spec(0).stacked(1));
        }
        if (released) {
            throw new IllegalStateException(name + " was released"); // by another thread, just now
        }
        packed = pack();
        return packed;
    }

    private Tensor pack() {
        var spec =
                uniformSpec()
                        .orElseThrow(
                                () ->
                                        new BadBatch(
                                                count == 0
                                                        ? name + " has no samples"
                                                        : name
                                                                + " has samples of different"
                                                                + " specs, such as "
                                                                + spec(0)
                                                                + " and "
                                                                + firstOther()
                                                                + "; they make no dense tensor"));
        var loan = iteration.lend(blockBytes(spec, count), name + ", packed");
        owned.add(loan);
        iteration.copyAll(
                count,
                spec.bytes(),
                sample ->
                        new Tensor(spec, loan.address() + sample * spec.bytes(), loan, true)
                                .copyFrom(get(sample)));
        return loan.tensor(spec.stacked(count), 0, false);
    }

    private TensorSpec firstOther() {
        int sample = 1;
        while (spec(sample).equals(spec(0))) {
            sample++;
        }
        return spec(sample);
    }

    /// Gives back all memory. Doing it twice does nothing.
    void release() {
        List<AutoCloseable> last;
        synchronized (this) {
            if (released) {
                return;
            }
            released = true;
            last = List.copyOf(owned);
        }
        Closing.all(last);
    }
}
