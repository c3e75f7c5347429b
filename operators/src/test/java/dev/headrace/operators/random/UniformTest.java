package dev.headrace.operators.random;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class UniformTest implements CudaContract {
    /// Values by `operators/src/test/reference/draws.py`.
    @Override
    public List<Case> cases() {
        return List.of(
                Case.of("between -1 and 3", Uniform.between(-1, 3))
                        .expect(scalar(FLOAT32, 0.6230039934158058))
                        .expect(scalar(FLOAT32, 2.18286985526367))
                        .expect(scalar(FLOAT32, 2.085031789359263))
                        .expect(scalar(FLOAT32, -0.7934715107769166))
                        .expect(scalar(FLOAT32, 2.6464540054046917))
                        .expect(scalar(FLOAT32, 2.2766412386117088)),
                Case.of("many a sample", Uniform.between(0, 1).shape(2, 3))
                        .expect(
                                float32(
                                        "",
                                        shape(2, 3),
                                        0.40575099835395145,
                                        0.7180748814951547,
                                        0.2105393215499115,
                                        0.3531966104063199,
                                        0.4591734157124534,
                                        0.10060444206287533))
                        .expect(
                                float32(
                                        "",
                                        shape(2, 3),
                                        0.7957174638159175,
                                        0.2705589128100122,
                                        0.33532457860374065,
                                        0.06274967074832971,
                                        0.681243381704611,
                                        0.499379170136389)),
                Case.of(
                                "bounds that are other nodes' values",
                                Uniform.between(new Input(0), new Input(1)))
                        .given(scalar(FLOAT32, -1), scalar(FLOAT32, 3))
                        .given(scalar(FLOAT32, 5), scalar(FLOAT32, 5))
                        .expect(scalar(FLOAT32, 0.6230039934158058))
                        .expect(scalar(FLOAT32, 5)));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "constants in the wrong order",
                        () -> Uniform.between(3, 1),
                        "low 3 is above high 1"),
                new Refusal(
                        "values in the wrong order",
                        () -> Uniform.between(new Input(0), new Input(1)),
                        ImmutableList.of(scalar(FLOAT32, 3), scalar(FLOAT32, 1)),
                        "low 3.0 is above high 1.0"),
                new Refusal(
                        "a bound that is not a number",
                        () -> Uniform.between(0, Double.NaN),
                        "high NaN is not in [-1.7976931348623157E308..1.7976931348623157E308]"),
                new Refusal(
                        "a negative extent",
                        () -> Uniform.between(0, 1).shape(-2),
                        "negative extent in -2"));
    }

    private static double[] numbers(Uniform uniform, int samples) {
        return Trial.of(uniform, List.of())
                .size(samples)
                .run(Options.batchSize(500).threads(2))
                .getFirst()
                .stream()
                .flatMapToDouble(value -> Arrays.stream(value.numbers()))
                .toArray();
    }

    /// χ² of 20,000 numbers in 100 equal bins has 99 degrees of freedom, so a mean of 99 and a
    /// standard deviation of √198; the bound is five of those above.
    @Test
    void fillsEqualBinsEvenly() {
        var numbers = numbers(Uniform.between(2, 4).shape(5), 4_000);
        var bins = new int[100];
        for (double number : numbers) {
            assertTrue(number >= 2 && number <= 4, "drew " + number);
            bins[Math.min(99, (int) ((number - 2) * 50))]++;
        }
        double chi =
                Arrays.stream(bins).mapToDouble(bin -> (bin - 200.0) * (bin - 200) / 200).sum();
        assertTrue(chi < 99 + 5 * Math.sqrt(198), "χ² is " + chi + " with seed " + Case.SEED);
    }

    /// For independent numbers the correlation of n pairs is about normal with deviation 1/√n.
    @Test
    void neighboursInASampleAndInAnEpochAreIndependent() {
        var numbers = numbers(Uniform.between(-0.5, 0.5).shape(5), 4_000);
        for (int lag : new int[] {1, 5}) {
            double sum = 0;
            for (int i = lag; i < numbers.length; i++) {
                sum += numbers[i] * numbers[i - lag];
            }
            double correlation = 12 * sum / (numbers.length - lag); // the variance is 1/12
            assertEquals(0, correlation, 5 / Math.sqrt(numbers.length), "lag " + lag);
        }
    }
}
