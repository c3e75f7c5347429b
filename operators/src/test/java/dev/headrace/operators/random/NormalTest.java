package dev.headrace.operators.random;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NormalTest implements CudaContract {
    /// Logarithm and cosine of two libraries may differ in the last place of a double.
    private static final double LAST_PLACE = 1e-6;

    /// Values by `operators/src/test/reference/draws.py`.
    @Override
    public List<Case> cases() {
        return List.of(
                Case.of("mean 10, deviation 2", Normal.of(10, 2))
                        .expect(scalar(FLOAT32, 9.593431821977848))
                        .expect(scalar(FLOAT32, 9.540827210431054))
                        .expect(scalar(FLOAT32, 13.320828926389316))
                        .expect(scalar(FLOAT32, 10.650796563101864))
                        .expect(scalar(FLOAT32, 13.918771609524883))
                        .expect(scalar(FLOAT32, 8.387417615705658))
                        .within(LAST_PLACE),
                Case.of("many a sample", Normal.of(0, 1).shape(3))
                        .expect(
                                float32(
                                        "",
                                        shape(3),
                                        -0.20328408901107628,
                                        -0.41525905168113747,
                                        0.894511200137991))
                        .expect(
                                float32(
                                        "",
                                        shape(3),
                                        -0.22958639478447296,
                                        0.8344885745096944,
                                        -1.512157414084873))
                        .within(LAST_PLACE),
                Case.of("without deviation", Normal.of(new Input(0), Argument.of(0)))
                        .given(scalar(FLOAT32, 3))
                        .given(scalar(FLOAT32, -4))
                        .expect(scalar(FLOAT32, 3))
                        .expect(scalar(FLOAT32, -4)));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "a negative deviation",
                        () -> Normal.of(0, -1),
                        "deviation -1.0 is not in [0.0..1.7976931348623157E308]"),
                new Refusal(
                        "a negative deviation from a node",
                        () -> Normal.of(Argument.of(0), new Input(0)),
                        ImmutableList.of(scalar(FLOAT32, -1)),
                        "deviation -1.0 is not in [0.0..1.7976931348623157E308]"),
                new Refusal(
                        "a mean that is not a number",
                        () -> Normal.of(Double.NaN, 1),
                        "mean NaN is not in [-1.7976931348623157E308..1.7976931348623157E308]"));
    }

    private static double[] numbers() {
        return Trial.of(Normal.of(3, 2).shape(5), List.of())
                .size(4_000)
                .run(Options.batchSize(500).threads(2))
                .getFirst()
                .stream()
                .flatMapToDouble(value -> Arrays.stream(value.numbers()))
                .toArray();
    }

    /// The mean of n numbers of deviation σ has the deviation σ/√n, their variance about σ²·√(2/n);
    /// the share below the mean plus a deviation has √(q·(1 - q)/n). The bounds are five of those.
    @Test
    void hasItsMeanItsDeviationAndItsShape() {
        var numbers = numbers();
        int n = numbers.length;
        double mean = Arrays.stream(numbers).average().orElseThrow();
        double variance =
                Arrays.stream(numbers).map(each -> (each - mean) * (each - mean)).sum() / n;
        assertEquals(3, mean, 5 * 2 / Math.sqrt(n), "mean with seed " + Case.SEED);
        assertEquals(4, variance, 5 * 4 * Math.sqrt(2.0 / n), "variance with seed " + Case.SEED);
        double[] deviations = {-2, -1, 0, 1, 2};
        double[] shares = {0.02275, 0.15866, 0.5, 0.84134, 0.97725}; // Φ, from tables
        for (int i = 0; i < shares.length; i++) {
            double bound = 3 + 2 * deviations[i];
            double below = Arrays.stream(numbers).filter(each -> each < bound).count();
            double spread = Math.sqrt(shares[i] * (1 - shares[i]) / n);
            assertEquals(shares[i], below / n, 5 * spread, "share below " + bound);
        }
    }

    /// For independent numbers the correlation of n pairs is about normal with deviation 1/√n.
    @Test
    void neighboursInASampleAndInAnEpochAreIndependent() {
        var numbers = numbers();
        for (int lag : new int[] {1, 5}) {
            double sum = 0;
            for (int i = lag; i < numbers.length; i++) {
                sum += (numbers[i] - 3) * (numbers[i - lag] - 3);
            }
            double correlation = sum / 4 / (numbers.length - lag);
            assertEquals(0, correlation, 5 / Math.sqrt(numbers.length), "lag " + lag);
        }
    }
}
