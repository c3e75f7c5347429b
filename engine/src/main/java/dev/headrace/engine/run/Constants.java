package dev.headrace.engine.run;

import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Ref;
import dev.headrace.engine.plan.Part;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.IdentityHashMap;
import java.util.Map;

/// The constants of a plan as read-only tensors: copied off-heap once, shared by all samples. The
/// garbage collector frees each once neither the pipeline nor any tensor of it is left.
final class Constants {
    private volatile Map<TensorValue, Tensor> known = new IdentityHashMap<>();

    /// The tensor of a value.
    Tensor tensor(TensorValue value) {
        var tensor = known.get(value);
        return tensor != null ? tensor : add(value);
    }

    private synchronized Tensor add(TensorValue value) {
        var grown = new IdentityHashMap<>(known);
        var tensor =
                grown.computeIfAbsent(
                        value,
                        absent -> {
                            var bytes = absent.bytes();
                            var memory = Arena.ofAuto().allocate(Math.max(1, bytes.length), 64);
                            MemorySegment.copy(
                                    bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
                            return new Tensor(
                                    absent.spec(),
                                    memory.address(),
                                    Storage.collected("a constant", memory),
                                    false);
                        });
        known = grown;
        return tensor;
    }

    /// The tensor of an argument of an operator, or of a part of a fused one.
    Tensor tensor(Argument argument, Part part, Inputs inputs) {
        return switch (argument) {
            case Constant constant -> tensor(constant.value());
            case Input input -> inputs.get(part.places().get(input.place()));
            case Ref ref -> throw new IllegalStateException(ref + " was not replaced by an input");
        };
    }
}
