package dev.headrace.operators.tensor;

import static com.google.common.base.Preconditions.checkArgument;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.SampleContext;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Puts the axes into another order, and the elements with them.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any | has these axes and no others |
/// | out | that of `in` | the extents of `in` in the order of `axes`; so is the layout |
///
/// @param axes in the order of the output, one character each: a letter of the layout, or a digit
///     that counts from the outermost axis of the input
public record Transpose(String axes) implements CudaTransform {
    public Transpose {
        Axes.checked(axes);
    }

    /// Into the order of this layout, as in `CHW`.
    public static Transpose to(String layout) {
        return new Transpose(layout);
    }

    /// Into an order by number: axis k of the output is axis `axes[k]` of the input.
    public static Transpose axes(int... axes) {
        checkArgument(
                IntStream.of(axes).allMatch(axis -> axis >= 0 && axis < Math.min(10, axes.length)),
                "axes %s are not 0 to %s in some order",
                IntStream.of(axes).boxed().toList(),
                axes.length - 1);
        return new Transpose(
                IntStream.of(axes).mapToObj(Integer::toString).collect(Collectors.joining()));
    }

    /// @throws BadSample if the axes of `in` are others
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        if (in.rank() != axes.length()) {
            throw new BadSample(refusal(in));
        }
        var extents = new long[axes.length()];
        var layout = new StringBuilder();
        for (int i = 0; i < extents.length; i++) {
            int axis = Axes.find(axes.charAt(i), in, "Transpose");
            extents[i] = in.shape().extent(axis);
            layout.append(in.layout().isEmpty() ? "" : in.layout().charAt(axis));
        }
        return new TensorSpec(in.type(), Shape.of(extents), layout.toString());
    }

    private String refusal(Object in) {
        return "Transpose to "
                + axes
                + " takes a tensor with "
                + axes.length()
                + " axes, got "
                + in;
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        if (in.rank() >= 0 && in.rank() != axes.length()) {
            throw new IllegalArgumentException(refusal(in));
        }
        var extents = new long[axes.length()];
        var letters = new StringBuilder();
        var layout = in.layout().orElse("");
        for (int i = 0; i < extents.length; i++) {
            int axis = Axes.find(axes.charAt(i), in, "Transpose");
            extents[i] = axis == Axes.UNKNOWN ? SpecPattern.ANY : in.extent(axis);
            letters.append(layout.isEmpty() ? "" : layout.charAt(axis));
        }
        var out = in.withExtents(extents);
        if (Character.isLetter(axes.charAt(0))) {
            return out.withLayout(axes);
        }
        return in.layout().isPresent() ? out.withLayout(letters.toString()) : out;
    }

    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        Strided.copy(in.segment(), 0, steps(in.spec()), out);
    }

    /// Bytes from one element to the next along each axis of the output.
    private long[] steps(TensorSpec in) {
        var inSteps = Strided.steps(in.shape(), in.type().bytes());
        var steps = new long[inSteps.length];
        for (int i = 0; i < steps.length; i++) {
            steps[i] = inSteps[Axes.find(axes.charAt(i), in, "Transpose")];
        }
        return steps;
    }

    @Override
    public Kernel kernel() {
        return Strided.kernel();
    }

    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        return Strided.describe(in, 0, steps(in.spec()), out, descriptor);
    }
}
