package dev.headrace.operators.random;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Range;
import com.google.common.primitives.Doubles;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.util.List;

/// One of some numbers, each equally likely or as likely as its weight says.
///
/// With weights it is the first value whose weight, added to those of all before it, exceeds
/// `uniform("choice")` times the sum of all; without, the one at `integer("choice", count)`.
///
/// | | type | shape |
/// |---|---|---|
/// | out | `FLOAT32` | scalar |
///
/// @param values at least one
/// @param weights none, or one a value: finite, at least 0, not all 0
public record Choice(ImmutableList<Double> values, ImmutableList<Double> weights)
        implements SampleOperator {
    private static final TensorSpec NUMBER = TensorSpec.scalar(ElementType.FLOAT32);

    public Choice {
        checkArgument(!values.isEmpty(), "a choice of no values");
        checkArgument(
                weights.isEmpty() || weights.size() == values.size(),
                "%s weights for %s values",
                weights.size(),
                values.size());
        for (double weight : weights) {
            checkArgument(
                    weight >= 0 && weight <= Double.MAX_VALUE,
                    "weight %s is not a finite number of at least 0",
                    weight);
        }
        checkArgument(weights.isEmpty() || sum(weights) > 0, "all weights are 0");
        checkArgument(sum(weights) <= Double.MAX_VALUE, "the weights' sum is infinite");
    }

    /// One of these values, each equally likely.
    public static Choice of(double... values) {
        return new Choice(ImmutableList.copyOf(Doubles.asList(values)), ImmutableList.of());
    }

    /// The same, each as likely as its weight; weights need not add up to 1.
    public Choice weights(double... weights) {
        return new Choice(values, ImmutableList.copyOf(Doubles.asList(weights)));
    }

    private static double sum(List<Double> numbers) {
        double sum = 0;
        for (double number : numbers) {
            sum += number;
        }
        return sum;
    }

    @Override
    public Range<Integer> arity() {
        return Range.singleton(0);
    }

    @Override
    public boolean random() {
        return true;
    }

    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        int place =
                weights.isEmpty()
                        ? (int) context.integer("choice", values.size())
                        : weighted(context.uniform("choice") * sum(weights));
        out.make(0, NUMBER).float32(0, values.get(place).floatValue());
    }

    /// Never a value of weight 0. Rounding can make the product as large as the sum: then the last.
    private int weighted(double drawn) {
        double sum = 0;
        int last = 0;
        for (int place = 0; place < weights.size() && sum <= drawn; place++) {
            if (weights.get(place) > 0) {
                sum += weights.get(place);
                last = place;
            }
        }
        return last;
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return List.of(SpecPattern.exactly(NUMBER));
    }
}
