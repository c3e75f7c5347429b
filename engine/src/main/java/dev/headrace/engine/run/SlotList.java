package dev.headrace.engine.run;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.Mark;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.Buffer;
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
    private final Home home;
    private final int slots;
    private final List<Buffer> owned = new ArrayList<>(2);
    private final List<Storage> constants = new ArrayList<>(0);
    private volatile Buffer block;
    private Tensor[] apart;
    private Ids ids;
    private int count;
    private Tensor packed;
    private boolean released;

    /// @param foreseen the spec that samples are expected to have, or null
    /// @param promised whether they will have it
    /// @param home where it lends memory
    SlotList(
            Iteration iteration,
            String name,
            TensorSpec foreseen,
            boolean promised,
            Ids ids,
            Home home) {
        this.iteration = iteration;
        this.name = name;
        this.ids = ids;
        this.slots = ids.count();
        this.count = ids.count();
        this.foreseen = slots > 0 ? foreseen : null;
        this.promised = promised;
        this.home = home;
    }

    /// The value's name, for messages.
    String name() {
        return name;
    }

    /// Bytes of a block of tensors; where they pass what a `long` counts, still more than there is.
    static long blockBytes(TensorSpec spec, int count) {
        return count > 0 && spec.bytes() > (1L << 56) / count ? 1L << 57 : spec.bytes() * count;
    }

    /// The block of all samples, lent now if it was not before; empty where no spec is foreseen, or
    /// one that leaves no axis for them.
    Optional<Tensor> block() {
        if (foreseen == null || foreseen.rank() == Shape.MAX_RANK) {
            return Optional.empty();
        }
        var memory = lendBlock();
        return Optional.of(new Tensor(foreseen.stacked(slots), memory.address(), memory, true));
    }

    private Buffer lendBlock() {
        var known = block;
        if (known != null) {
            return known;
        }
        synchronized (this) {
            if (block == null) {
                long bytes = blockBytes(foreseen, slots);
                var lent =
                        promised
                                ? iteration.lend(bytes, name, home)
                                : iteration.lendAhead(bytes, name, home);
                owned.add(lent);
                block = lent;
            }
            return block;
        }
    }

    private void bookSlot() {
        if (!promised) {
            iteration.book(foreseen.bytes(), name, home);
        }
    }

    /// The tensor to fill for a sample; what an earlier attempt put there is forgotten.
    Tensor make(int sample, TensorSpec spec) {
        if (sample < slots && spec.equals(foreseen)) {
            var memory = lendBlock();
            bookSlot();
            if (apart != null) {
                put(sample, null);
            }
            return new Tensor(spec, memory.address() + sample * spec.bytes(), memory, true);
        }
        var loan = iteration.lend(spec.bytes(), name, home);
        var tensor = loan.tensor(spec, 0, true);
        synchronized (this) {
            owned.add(loan);
            put(sample, tensor);
        }
        return tensor;
    }

    /// A tensor that lies somewhere already as the one of a sample. Its buffer stays at least as
    /// long as this list.
    ///
    /// @throws IllegalArgumentException if it belongs to a batch that the user was given
    synchronized void share(int sample, Tensor tensor) {
        switch (tensor.storage()) {
            case Buffer buffer -> keep(buffer, tensor);
            case LentBatch batch ->
                    throw new IllegalArgumentException(
                            "a tensor of " + batch + " was shared as " + name + "; copy it");
            case Storage other -> {
                if (constants.isEmpty() || constants.getLast() != other) {
                    constants.add(other);
                }
            }
        }
        put(
                sample,
                tensor.isWritable()
                        ? new Tensor(tensor.spec(), tensor.address(), tensor.storage(), false)
                        : tensor);
    }

    private void keep(Buffer buffer, Tensor tensor) {
        if (buffer == block) {
            bookSlot();
            return;
        }
        if (!owned.isEmpty() && owned.getLast() == buffer) {
            return; // as the samples before
        }
        buffer.retain();
        owned.add(buffer);
        tensor.address(); // fails where the buffer was lent anew meanwhile
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
        return own != null ? own : inSlot(sample);
    }

    private Tensor inSlot(int sample) {
        var memory = block;
        return new Tensor(foreseen, memory.address() + sample * foreseen.bytes(), memory, false);
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
        return packed != null || inOnePiece() != null;
    }

    /// All samples as one tensor, if they lie one behind the other in one buffer; else null.
    private Tensor inOnePiece() {
        if (count == 0 || spec(0).rank() == Shape.MAX_RANK) {
            return null;
        }
        var first = get(0);
        for (int sample = 1; apart != null && sample < count; sample++) {
            var next = get(sample);
            if (next.storage() != first.storage()
                    || next.address() != first.address() + sample * first.spec().bytes()
                    || !next.spec().equals(first.spec())) {
                return null;
            }
        }
        var spec = first.spec().stacked(count);
        return new Tensor(spec, first.address(), first.storage(), false);
    }

    @Override
    public synchronized Tensor dense() {
        if (packed != null) {
            return packed;
        }
        var dense = inOnePiece();
        if (dense != null) {
            return dense;
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
        if (spec.rank() == Shape.MAX_RANK) {
            throw new BadBatch(
                    name
                            + " has samples of rank "
                            + Shape.MAX_RANK
                            + ", the highest; they make no dense tensor");
        }
        var loan = iteration.lend(blockBytes(spec, count), name + ", packed", home);
        owned.add(loan);
        var event = CopyEvent.start();
        iteration.copyAll(
                count,
                spec.bytes(),
                sample ->
                        new Tensor(spec, loan.address() + sample * spec.bytes(), loan, true)
                                .copyFrom(get(sample)));
        if (event != null) {
            event.end(iteration, name, blockBytes(spec, count), CopyEvent.TO_PACK);
        }
        return loan.tensor(spec.stacked(count), 0, false);
    }

    private TensorSpec firstOther() {
        int sample = 1;
        while (spec(sample).equals(spec(0))) {
            sample++;
        }
        return spec(sample);
    }

    /// A device uses all that lies here until a mark is reached.
    synchronized void busyUntil(Mark mark) {
        owned.forEach(buffer -> buffer.busyUntil(mark));
    }

    /// Keeps all that lies here valid until the hold is closed.
    ///
    /// @param stream on which it is used until then; null on the host
    synchronized HeldInput hold(GpuStream stream) {
        if (released) {
            throw new IllegalStateException(name + " was released");
        }
        owned.forEach(Buffer::retain);
        return new HeldInput(iteration, List.copyOf(owned), List.copyOf(constants), stream);
    }

    /// Gives back all memory. Doing it twice does nothing.
    void release() {
        List<Buffer> last;
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
