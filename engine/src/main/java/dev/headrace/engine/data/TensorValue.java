package dev.headrace.engine.data;

import static com.google.common.base.Preconditions.checkArgument;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// An immutable tensor that is a value: it compares by content and may stand in a graph.
///
/// Meant for constants and replacements, not for data: equal ones are compared byte by byte.
public final class TensorValue {
    private final TensorSpec spec;
    private final byte[] bytes;

    private TensorValue(TensorSpec spec, byte[] bytes) {
        checkArgument(
                bytes.length == spec.bytes(),
                "%s has %s bytes, got %s",
                spec,
                spec.bytes(),
                bytes.length);
        this.spec = spec;
        this.bytes = bytes;
    }

    /// A value of these bytes, in native byte order.
    public static TensorValue of(TensorSpec spec, byte[] bytes) {
        return new TensorValue(spec, bytes.clone());
    }

    /// A value of these elements, converted as by [Tensor#number(long, double)].
    public static TensorValue of(TensorSpec spec, double... elements) {
        checkArgument(
                elements.length == spec.shape().volume(),
                "%s has %s elements, got %s",
                spec,
                spec.shape().volume(),
                elements.length);
        try (var arena = Arena.ofConfined()) {
            var segment = arena.allocate(Math.max(1, spec.bytes()), 8);
            var tensor = new Tensor(spec, segment.address(), Storage.permanent("a constant"), true);
            for (int i = 0; i < elements.length; i++) {
                tensor.number(i, elements[i]);
            }
            return new TensorValue(spec, tensor.toBytes());
        }
    }

    /// A single number of type `FLOAT64`.
    public static TensorValue of(double number) {
        return of(TensorSpec.scalar(ElementType.FLOAT64), number);
    }

    /// A tensor with every element the same.
    public static TensorValue filled(TensorSpec spec, double element) {
        var elements = new double[Math.toIntExact(spec.shape().volume())];
        Arrays.fill(elements, element);
        return of(spec, elements);
    }

    /// A copy of a tensor's content.
    public static TensorValue copyOf(Tensor tensor) {
        return new TensorValue(tensor.spec(), tensor.toBytes());
    }

    /// Element type, shape and layout.
    public TensorSpec spec() {
        return spec;
    }

    /// A copy of the bytes.
    public byte[] bytes() {
        return bytes.clone();
    }

    void copyTo(MemorySegment memory, long at) {
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, at, bytes.length);
    }

    /// One element as a double.
    public double number(int index) {
        return numbers()[index];
    }

    /// All elements as doubles.
    public double[] numbers() {
        var numbers = new double[Math.toIntExact(spec.shape().volume())];
        try (var arena = Arena.ofConfined()) {
            var segment = arena.allocate(Math.max(1, bytes.length), 8);
            segment.asByteBuffer().put(bytes);
            var tensor =
                    new Tensor(spec, segment.address(), Storage.permanent("a constant"), false);
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = tensor.number(i);
            }
        }
        return numbers;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorValue value
                && spec.equals(value.spec)
                && Arrays.equals(bytes, value.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * spec.hashCode() + Arrays.hashCode(bytes);
    }

    /// The number itself for a scalar, the spec and the first elements else.
    @Override
    public String toString() {
        if (spec.rank() == 0) {
            double number = number(0);
            return number == Math.rint(number) && Math.abs(number) < 1e15
                    ? Long.toString((long) number)
                    : Double.toString(number);
        }
        var numbers = numbers();
        var head = Arrays.toString(Arrays.copyOf(numbers, Math.min(4, numbers.length)));
        return spec
                + " "
                + (numbers.length > 4 ? head.substring(0, head.length() - 1) + ", …]" : head);
    }
}
