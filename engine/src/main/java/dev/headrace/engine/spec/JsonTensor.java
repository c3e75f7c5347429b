package dev.headrace.engine.spec;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Doubles;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// What is written of a constant tensor: its elements as numbers where they are few and numbers say
/// them exactly, else its bytes.
///
/// @param type the type of each element
/// @param shape the extents
/// @param layout one letter an axis, or empty
/// @param numbers all elements, the last axis innermost
/// @param base64 the bytes, little endian; either this or `numbers` is present
record JsonTensor(
        ElementType type,
        Shape shape,
        String layout,
        Optional<ImmutableList<Double>> numbers,
        Optional<String> base64) {
    private static final int FEW = 64;

    JsonTensor {
        checkArgument(
                numbers.isPresent() != base64.isPresent(), "a tensor has either numbers or base64");
    }

    /// Whether a value is a `FLOAT64` scalar, so that its number alone says it.
    static boolean isNumber(TensorValue value) {
        return value.spec().rank() == 0 && value.equals(TensorValue.of(written(value)[0]));
    }

    static JsonTensor of(TensorValue value) {
        var spec = value.spec();
        boolean asNumbers =
                spec.shape().volume() <= FEW && value.equals(TensorValue.of(spec, written(value)));
        return new JsonTensor(
                spec.type(),
                spec.shape(),
                spec.layout(),
                asNumbers
                        ? Optional.of(ImmutableList.copyOf(Doubles.asList(value.numbers())))
                        : Optional.empty(),
                asNumbers
                        ? Optional.empty()
                        : Optional.of(Base64.getEncoder().encodeToString(value.bytes())));
    }

    /// The elements as their texts read: all NaNs are one.
    private static double[] written(TensorValue value) {
        return Arrays.stream(value.numbers())
                .map(number -> Double.isNaN(number) ? Double.NaN : number)
                .toArray();
    }

    /// @throws IllegalArgumentException if the parts do not fit together
    TensorValue value() {
        var spec = new TensorSpec(type, shape, layout);
        if (base64.isPresent()) {
            return TensorValue.of(spec, Base64.getDecoder().decode(base64.get()));
        }
        var elements = Doubles.toArray(numbers.orElseThrow());
        var value = TensorValue.of(spec, elements);
        checkArgument(
                type.isFloat() || Arrays.equals(elements, value.numbers()),
                "not all numbers are of type %s",
                type);
        return value;
    }
}
