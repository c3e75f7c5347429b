package dev.headrace.testkit;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Short words for small tensors in tests: `uint8("HWC", shape(1, 1, 3), 10, 20, 30)`.
public final class Tensors {
    private Tensors() {}

    /// A shape.
    public static Shape shape(long... extents) {
        return Shape.of(extents);
    }

    /// A tensor of any type, its elements converted as by `Tensor.number`.
    public static TensorValue tensor(
            ElementType type, String layout, Shape shape, double... elements) {
        return TensorValue.of(new TensorSpec(type, shape, layout), elements);
    }

    /// A single number of any type.
    public static TensorValue scalar(ElementType type, double element) {
        return tensor(type, "", Shape.SCALAR, element);
    }

    /// A `UINT8` tensor.
    public static TensorValue uint8(String layout, Shape shape, double... elements) {
        return tensor(ElementType.UINT8, layout, shape, elements);
    }

    /// An `INT32` tensor.
    public static TensorValue int32(String layout, Shape shape, double... elements) {
        return tensor(ElementType.INT32, layout, shape, elements);
    }

    /// An `INT64` tensor, exact also beyond 2^53.
    public static TensorValue int64(String layout, Shape shape, long... elements) {
        var bytes = ByteBuffer.allocate(8 * elements.length).order(ByteOrder.nativeOrder());
        bytes.asLongBuffer().put(elements);
        return TensorValue.of(new TensorSpec(ElementType.INT64, shape, layout), bytes.array());
    }

    /// A `FLOAT32` tensor.
    public static TensorValue float32(String layout, Shape shape, double... elements) {
        return tensor(ElementType.FLOAT32, layout, shape, elements);
    }
}
