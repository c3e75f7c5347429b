package dev.headrace.operators.random;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Range;
import com.google.common.primitives.Longs;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.util.List;

/// Normally distributed numbers: `mean + normal("value", i) · deviation` for element i, computed in
/// `FLOAT64` and rounded once. For the source of the formula see `Gaussian`.
///
/// | | type | shape |
/// |---|---|---|
/// | out | `FLOAT32` | scalar, or `extents` |
///
/// @param mean finite
/// @param deviation the standard deviation, finite, at least 0
/// @param extents of the output; none for a scalar
public record Normal(Argument mean, Argument deviation, ImmutableList<Long> extents)
        implements CudaOperator {
    private static final Range<Double> FINITE = Range.closed(-Double.MAX_VALUE, Double.MAX_VALUE);
    private static final Range<Double> DEVIATIONS = Range.closed(0.0, Double.MAX_VALUE);

    public Normal {
        Argument.checked(mean, FINITE, "mean");
        Argument.checked(deviation, DEVIATIONS, "deviation");
        Shape.of(Longs.toArray(extents));
    }

    /// Numbers around a constant.
    ///
    /// @param deviation the standard deviation
    public static Normal of(double mean, double deviation) {
        return of(Argument.of(mean), Argument.of(deviation));
    }

    /// Numbers whose mean and deviation may be other nodes' values.
    ///
    /// @param deviation the standard deviation
    public static Normal of(Argument mean, Argument deviation) {
        return new Normal(mean, deviation, ImmutableList.of());
    }

    /// The same, so many of them.
    public Normal shape(long... extents) {
        return new Normal(mean, deviation, ImmutableList.copyOf(Longs.asList(extents)));
    }

    @Override
    public Range<Integer> arity() {
        return Range.singleton(0);
    }

    @Override
    public boolean random() {
        return true;
    }

    private TensorSpec spec() {
        return TensorSpec.of(ElementType.FLOAT32, "", Longs.toArray(extents));
    }

    /// @throws dev.headrace.engine.error.BadSample if the mean or the deviation is out of range
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        double centre = context.number(mean, FINITE, "mean");
        double spread = context.number(deviation, DEVIATIONS, "deviation");
        var values = out.make(0, spec());
        for (long i = 0, n = values.shape().volume(); i < n; i++) {
            values.float32(i, (float) (centre + context.normal("value", i) * spread));
        }
    }

    @Override
    public Kernel kernel() {
        return Kernel.beside(Normal.class, "normal");
    }

    @Override
    public List<TensorSpec> specs(Inputs in, SampleContext context) {
        return List.of(spec());
    }

    /// @throws dev.headrace.engine.error.BadSample if the mean or the deviation is out of range
    @Override
    public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
        double centre = context.number(mean, FINITE, "mean");
        double spread = context.number(deviation, DEVIATIONS, "deviation");
        long count = out.get(0).shape().volume();
        descriptor
                .pointer(out.get(0))
                .int64(count)
                .series(context.series("value"))
                .float64(centre)
                .float64(spread);
        return count;
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return List.of(SpecPattern.exactly(spec()));
    }
}
