package dev.headrace.engine.run;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.DriverFailure;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import java.util.Optional;

/// One holder's view of a delivered iteration. The last holder to let go gives its memory back.
final class LentBatch extends Storage implements Batch {
    /// What all holders of one iteration share. Guarded by itself.
    private static final class Shared {
        final Iteration iteration;
        final GpuStream on; // null where the host has waited for it
        final Runnable released;
        final ImmutableMap<String, SlotList> outputs;
        final ImmutableMap<String, SlotList> peeks;
        int holders;

        Shared(Iteration iteration, GpuStream on, Runnable released) {
            var plan = iteration.resources.plan;
            this.iteration = iteration;
            this.on = on;
            this.released = released;
            this.outputs = iteration.resources.lists(iteration, plan.outputs());
            this.peeks = iteration.resources.lists(iteration, plan.peeks());
        }
    }

    private final Shared shared;
    private BatchEvent event; // null where nobody records, and of a batch that was retained
    private boolean closed;

    private LentBatch(Shared shared) {
        this.shared = shared;
        shared.holders++;
    }

    /// The batch of an iteration that has just been taken from the flow.
    ///
    /// @param on the consumer's stream that it is delivered on, or null
    /// @param released told when the last holder has let go
    static LentBatch of(Iteration iteration, GpuStream on, Runnable released) {
        var batch = new LentBatch(new Shared(iteration, on, released));
        batch.event = BatchEvent.start();
        return batch;
    }

    @Override
    public long iteration() {
        return shared.iteration.number;
    }

    @Override
    public long epoch() {
        return shared.iteration.epoch;
    }

    @Override
    public int size() {
        checkOpen();
        var iteration = shared.iteration;
        return shared.outputs.isEmpty()
                ? iteration.idsOf(iteration.resources.links.countValue).count()
                : shared.outputs.values().iterator().next().size();
    }

    @Override
    public int padding() {
        return shared.iteration.padding;
    }

    @Override
    public ImmutableSet<String> names() {
        return shared.outputs.keySet();
    }

    @Override
    public TensorList get(String name) {
        checkOpen();
        var list = shared.outputs.get(name);
        checkArgument(
                list != null,
                "no output %s; there are: %s; name one with output(\"%s\", node) of the graph",
                name,
                String.join(", ", shared.outputs.keySet()),
                name);
        return new Lent(list);
    }

    @Override
    public ImmutableSet<String> peeks() {
        return shared.peeks.keySet();
    }

    @Override
    public TensorList peek(String name) {
        checkOpen();
        var list = shared.peeks.get(name);
        if (list == null) {
            throw new IllegalArgumentException(shared.iteration.resources.plan.whyNoPeek(name));
        }
        return new Lent(list);
    }

    /// One more handle on a batch that is still held, to look at it or to lend it again: its memory
    /// does not count as kept by the user. Empty if the batch was released.
    Optional<LentBatch> look() {
        synchronized (shared) {
            return closed ? Optional.empty() : Optional.of(new LentBatch(shared));
        }
    }

    @Override
    public Batch retain() {
        synchronized (shared) {
            checkOpen();
            var iteration = shared.iteration;
            iteration.resources.memory.keep(iteration.number, iteration.bookedBytes());
            return new LentBatch(shared);
        }
    }

    @Override
    public void close() {
        synchronized (shared) {
            if (closed) {
                return;
            }
            if (event != null) {
                event.end(shared.iteration, size());
            }
            closed = true;
            expire();
            if (--shared.holders > 0) {
                return;
            }
        }
        try {
            if (shared.on != null) {
                GpuContext.onSystemThread(this::leaveToStream);
            }
        } finally {
            shared.iteration.releaseAll();
            shared.iteration.resources.memory.letGo(shared.iteration.number);
            shared.released.run();
        }
    }

    /// Nobody else gets the memory before what the consumer has queued is done.
    private void leaveToStream() {
        try (var mark = shared.on.mark()) {
            shared.outputs.values().forEach(list -> list.busyUntil(mark));
        } catch (DriverFailure failure) {
            shared.on.awaitEnd();
        }
    }

    private void checkOpen() {
        synchronized (shared) {
            if (closed) {
                throw new IllegalStateException(
                        this + " was released; retain() keeps a batch beyond the next");
            }
        }
    }

    @Override
    public String toString() {
        return "batch " + shared.iteration.number;
    }

    /// A list of this batch, valid as long as it.
    private final class Lent implements TensorList {
        private final SlotList list;

        Lent(SlotList list) {
            this.list = list;
        }

        private Tensor lend(Tensor tensor) {
            return tensor.lentBy(LentBatch.this);
        }

        @Override
        public int size() {
            checkOpen();
            return list.size();
        }

        @Override
        public Tensor get(int sample) {
            checkOpen();
            return lend(list.get(sample));
        }

        @Override
        public TensorSpec spec(int sample) {
            checkOpen();
            return list.spec(sample);
        }

        @Override
        public SampleId id(int sample) {
            checkOpen();
            return list.id(sample);
        }

        @Override
        public Optional<TensorSpec> uniformSpec() {
            checkOpen();
            return list.uniformSpec();
        }

        @Override
        public boolean isDense() {
            checkOpen();
            return list.isDense();
        }

        @Override
        public Tensor dense() {
            checkOpen();
            var dense = list.dense();
            var iteration = shared.iteration;
            iteration.resources.memory.grew(iteration.number, iteration.bookedBytes());
            return lend(dense);
        }

        /// As in `64 × FLOAT32 CHW 3×224×224`.
        @Override
        public String toString() {
            synchronized (shared) {
                if (closed) {
                    return "tensors of " + LentBatch.this + ", which was released";
                }
                return list.size()
                        + " × "
                        + list.uniformSpec()
                                .map(TensorSpec::toString)
                                .orElse("tensors that differ");
            }
        }
    }
}
