package dev.headrace.operators.python;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.DeviceQueue;
import dev.headrace.engine.operator.Hold;
import java.util.Optional;

/// Inputs on a device, each as one tensor with a leading N: what does not lie so is copied on the
/// node's stream.
final class DenseInputs implements BatchInputs {
    private final BatchInputs all;
    private final DeviceQueue queue;
    private final Packed[] packed; // null where nothing had to be copied

    DenseInputs(BatchInputs all, BatchOutputs out, DeviceQueue queue) {
        this.all = all;
        this.queue = queue;
        packed = new Packed[all.count()];
        for (int input = 0; input < packed.length; input++) {
            var list = all.get(input);
            var spec = list.uniformSpec().filter(its -> its.rank() < Shape.MAX_RANK);
            if (!list.isDense() && spec.isPresent()) { // else the list says what is wrong
                packed[input] = pack(list, spec.get(), out);
            }
        }
    }

    private Packed pack(TensorList list, TensorSpec spec, BatchOutputs out) {
        var whole = spec.stacked(list.size());
        try (var memory = out.lend(whole.bytes())) { // it stays until the run is over
            for (int sample = 0; sample < list.size(); sample++) {
                long place = memory.address() + sample * spec.bytes();
                queue.copy(place, list.get(sample).address(), spec.bytes());
            }
            return new Packed(list, memory, memory.tensor(whole, 0, false));
        }
    }

    /// A list whose samples were copied into one piece.
    private record Packed(TensorList list, Buffer memory, Tensor dense) implements TensorList {
        @Override
        public int size() {
            return list.size();
        }

        @Override
        public Tensor get(int sample) {
            return list.get(sample);
        }

        @Override
        public TensorSpec spec(int sample) {
            return list.spec(sample);
        }

        @Override
        public SampleId id(int sample) {
            return list.id(sample);
        }

        @Override
        public Optional<TensorSpec> uniformSpec() {
            return list.uniformSpec();
        }

        @Override
        public boolean isDense() {
            return true;
        }
    }

    @Override
    public int count() {
        return all.count();
    }

    @Override
    public TensorList get(int input) {
        return packed[input] == null ? all.get(input) : packed[input];
    }

    @Override
    public Hold hold(int input) {
        return packed[input] == null ? all.hold(input) : queue.hold(packed[input].memory());
    }

    @Override
    public int batchSize() {
        return all.batchSize();
    }
}
