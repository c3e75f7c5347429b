package dev.headrace.operators.tensor;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Range;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.SampleContext;

/// A box out of a tensor: `length` elements from `start` along some axes, all along the others.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any | has the axes, each at least as long as the cut reaches |
/// | out | that of `in` | `length` along the axes of the cuts |
///
/// @param cuts at least one, of different axes
public record Slice(ImmutableList<Cut> cuts) implements CudaTransform {
    /// What is taken along one axis.
    ///
    /// @param axis one character: a letter of the layout, or a digit that counts from the outermost
    /// @param start the first element taken, a whole number, at least 0
    /// @param length how many are taken, at least 0
    public record Cut(String axis, Argument start, long length) {
        public Cut {
            checkArgument(axis.length() == 1, "axis %s is not one letter or digit", axis);
            Argument.checked(start, Range.atLeast(0.0), "start");
            if (start instanceof Constant constant) {
                double number = constant.value().number(0);
                checkArgument(number == Math.rint(number), "start %s is no whole number", number);
            }
            checkArgument(length >= 0, "length %s is negative", length);
        }
    }

    public Slice {
        checkArgument(!cuts.isEmpty(), "a slice has at least one cut");
        var axes = new StringBuilder();
        cuts.forEach(cut -> axes.append(cut.axis()));
        Axes.checked(axes.toString());
    }

    /// A cut along one axis.
    public static Slice along(String axis, Argument start, long length) {
        return new Slice(ImmutableList.of(new Cut(axis, start, length)));
    }

    /// A cut along one axis, at the same place in each sample.
    public static Slice along(String axis, long start, long length) {
        return along(axis, Argument.of(start), length);
    }

    /// The same, cut along one more axis.
    public Slice and(String axis, Argument start, long length) {
        return new Slice(
                ImmutableList.<Cut>builder()
                        .addAll(cuts)
                        .add(new Cut(axis, start, length))
                        .build());
    }

    /// The same, cut along one more axis, at the same place in each sample.
    public Slice and(String axis, long start, long length) {
        return and(axis, Argument.of(start), length);
    }

    private static int axis(Cut cut, TensorSpec in) {
        return Axes.find(cut.axis().charAt(0), in, "Slice");
    }

    /// @throws BadSample if `in` lacks an axis or ends before a cut
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        var out = in;
        for (var cut : cuts) {
            int axis = axis(cut, in);
            double start = context.number(cut.start());
            if (!(start >= 0 && start <= in.shape().extent(axis) - cut.length())
                    || start != Math.rint(start)) {
                throw new BadSample(refusal(cut, start, in));
            }
            out = out.withExtent(axis, cut.length());
        }
        return out;
    }

    private static String refusal(Cut cut, double start, Object in) {
        var from = start == Math.rint(start) ? "%.0f".formatted(start) : Double.toString(start);
        return "Slice takes %s elements from %s along %s, got %s"
                .formatted(cut.length(), from, cut.axis(), in);
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        var out = in;
        for (var cut : cuts) {
            int axis = Axes.find(cut.axis().charAt(0), in, "Slice");
            if (axis == Axes.UNKNOWN) {
                return in.withOpenShape();
            }
            long extent = in.extent(axis);
            if (extent != SpecPattern.ANY && cut.start() instanceof Constant constant) {
                double start = constant.value().number(0);
                checkArgument(start <= extent - cut.length(), refusal(cut, start, in));
            }
            out = out.withExtent(axis, cut.length());
        }
        return out;
    }

    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        Strided.copy(in.segment(), start(in.spec(), context), steps(in.spec()), out);
    }

    private static long[] steps(TensorSpec in) {
        return Strided.steps(in.shape(), in.type().bytes());
    }

    /// The first byte of the box.
    private long start(TensorSpec in, SampleContext context) {
        var steps = steps(in);
        long start = 0;
        for (var cut : cuts) {
            start += (long) context.number(cut.start()) * steps[axis(cut, in)];
        }
        return start;
    }

    @Override
    public Kernel kernel() {
        return Strided.kernel();
    }

    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        return Strided.describe(in, start(in.spec(), context), steps(in.spec()), out, descriptor);
    }
}
