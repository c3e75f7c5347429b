package dev.headrace.testkit;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.TensorValue;
import java.util.Arrays;
import java.util.Optional;

/// Tells how two tensors differ.
public final class Compare {
    private Compare() {}

    /// Where a tensor first differs from what was expected, as in
    /// `element [0, 2] is 5.0, not 4.0; 3 of 6 differ by more than 0.5`.
    ///
    /// @param tolerance how far an element may be off; 0 asks for equal bytes
    /// @return empty if it does not differ
    public static Optional<String> difference(
            TensorValue got, TensorValue expected, double tolerance) {
        if (!got.spec().equals(expected.spec())) {
            return Optional.of("is " + got.spec() + ", not " + expected.spec());
        }
        if (got.equals(expected)) {
            return Optional.empty();
        }
        int width = got.spec().type().bytes();
        var gotBytes = got.bytes();
        var expectedBytes = expected.bytes();
        var gotNumbers = got.numbers();
        var expectedNumbers = expected.numbers();
        int first = -1;
        int count = 0;
        for (int i = 0; i < gotNumbers.length; i++) {
            boolean same =
                    Arrays.equals(
                            gotBytes,
                            i * width,
                            (i + 1) * width,
                            expectedBytes,
                            i * width,
                            (i + 1) * width);
            if (!same
                    && !(Math.abs(gotNumbers[i] - expectedNumbers[i]) <= tolerance
                            && tolerance > 0)) {
                first = first < 0 ? i : first;
                count++;
            }
        }
        if (count == 0) {
            return Optional.empty();
        }
        return Optional.of(
                "element %s is %s, not %s; %s of %s differ%s"
                        .formatted(
                                Arrays.toString(indexes(got.spec().shape(), first)),
                                gotNumbers[first],
                                expectedNumbers[first],
                                count,
                                gotNumbers.length,
                                tolerance == 0 ? "" : " by more than " + tolerance));
    }

    private static long[] indexes(Shape shape, long flat) {
        var indexes = new long[shape.rank()];
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            indexes[axis] = flat % shape.extent(axis);
            flat /= shape.extent(axis);
        }
        return indexes;
    }
}
