package dev.headrace.operators.random;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Range;
import com.google.common.primitives.Longs;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.util.List;

/// Numbers drawn evenly between two bounds: `low + uniform("value", i) · (high - low)` for element
/// i, computed in `FLOAT64` and rounded once, which may give `high` itself.
///
/// | | type | shape |
/// |---|---|---|
/// | out | `FLOAT32` | scalar, or `extents` |
///
/// @param low the lower bound, finite
/// @param high the upper bound, finite, at least `low`
/// @param extents of the output; none for a scalar
public record Uniform(Argument low, Argument high, ImmutableList<Long> extents)
        implements CudaOperator {
    private static final Range<Double> FINITE = Range.closed(-Double.MAX_VALUE, Double.MAX_VALUE);

    public Uniform {
        Argument.checked(low, FINITE, "low");
        Argument.checked(high, FINITE, "high");
        if (low instanceof Constant from && high instanceof Constant to) {
            checkArgument(
                    from.value().number(0) <= to.value().number(0),
                    "low %s is above high %s",
                    low,
                    high);
        }
        Shape.of(Longs.toArray(extents));
    }

    /// Numbers between constants.
    public static Uniform between(double low, double high) {
        return between(Argument.of(low), Argument.of(high));
    }

    /// Numbers between bounds that may be other nodes' values.
    public static Uniform between(Argument low, Argument high) {
        return new Uniform(low, high, ImmutableList.of());
    }

    /// The same, so many of them.
    public Uniform shape(long... extents) {
        return new Uniform(low, high, ImmutableList.copyOf(Longs.asList(extents)));
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

    private double upTo(double from, SampleContext context) {
        double to = context.number(high, FINITE, "high");
        if (from > to) {
            throw new BadSample("low " + from + " is above high " + to);
        }
        return to;
    }

    /// @throws BadSample if a bound is not finite, or `low` is above `high`
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        double from = context.number(low, FINITE, "low");
        double to = upTo(from, context);
        var values = out.make(0, spec());
        for (long i = 0, n = values.shape().volume(); i < n; i++) {
            values.float32(i, (float) (from + context.uniform("value", i) * (to - from)));
        }
    }

    @Override
    public Kernel kernel() {
        return Kernel.beside(Uniform.class, "uniform");
    }

    @Override
    public List<TensorSpec> specs(Inputs in, SampleContext context) {
        return List.of(spec());
    }

    /// @throws BadSample if a bound is not finite, or `low` is above `high`
    @Override
    public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
        double from = context.number(low, FINITE, "low");
        double to = upTo(from, context);
        long count = out.get(0).shape().volume();
        descriptor
                .pointer(out.get(0))
                .int64(count)
                .series(context.series("value"))
                .float64(from)
                .float64(to);
        return count;
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return List.of(SpecPattern.exactly(spec()));
    }
}
