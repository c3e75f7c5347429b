package dev.headrace.operators.random;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.testkit.Tensors.scalar;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.spec.Options;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChoiceTest implements OperatorContract {
    private static Case expecting(Case chosen, double... values) {
        for (double value : values) {
            chosen = chosen.expect(scalar(FLOAT32, value));
        }
        return chosen;
    }

    /// Places by `operators/src/test/reference/draws.py`.
    @Override
    public List<Case> cases() {
        return List.of(
                expecting(
                        Case.of("a quarter turn", Choice.of(0, 90, 180, 270)),
                        0,
                        90,
                        90,
                        90,
                        270,
                        0),
                expecting(
                        Case.of("by weight", Choice.of(10, 20, 30, 40).weights(1, 0, 2, 5)),
                        10,
                        30,
                        40,
                        30,
                        40,
                        10),
                expecting(Case.of("no choice", Choice.of(7)), 7, 7, 7),
                expecting(Case.of("weight on one", Choice.of(7, 8).weights(0, 3)), 8, 8, 8));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal("no values", Choice::of, "a choice of no values"),
                new Refusal(
                        "a weight too few",
                        () -> Choice.of(1, 2).weights(1),
                        "1 weights for 2 values"),
                new Refusal(
                        "a negative weight",
                        () -> Choice.of(1, 2).weights(1, -1),
                        "weight -1.0 is not a finite number of at least 0"),
                new Refusal(
                        "a weight that is not a number",
                        () -> Choice.of(1, 2).weights(1, Double.NaN),
                        "weight NaN is not a finite number of at least 0"),
                new Refusal(
                        "weights of nothing",
                        () -> Choice.of(1, 2).weights(0, 0),
                        "all weights are 0"),
                new Refusal(
                        "weights that are too large together",
                        () -> Choice.of(1, 2).weights(Double.MAX_VALUE, Double.MAX_VALUE),
                        "the weights' sum is infinite"));
    }

    /// Of n samples k values are chosen as often as expected to within a χ² of k - 1 degrees of
    /// freedom, so of mean k - 1 and deviation √(2·(k - 1)); the bound is five of those above.
    private static void assertShares(Choice choice, double... shares) {
        int n = 10_000;
        var counts = new int[shares.length];
        for (var value :
                Trial.of(choice, List.of())
                        .size(n)
                        .run(Options.batchSize(1_000).threads(2))
                        .getFirst()) {
            counts[(int) value.number(0)]++;
        }
        double chi = 0;
        int free = -1;
        for (int i = 0; i < shares.length; i++) {
            if (shares[i] == 0) {
                assertEquals(0, counts[i], "a value of weight 0");
            } else {
                chi += Math.pow(counts[i] - n * shares[i], 2) / (n * shares[i]);
                free++;
            }
        }
        assertTrue(chi < free + 5 * Math.sqrt(2 * free), "χ² is " + chi + ", seed " + Case.SEED);
    }

    @Test
    void choosesEachAsOften() {
        assertShares(Choice.of(0, 1, 2, 3, 4), 0.2, 0.2, 0.2, 0.2, 0.2);
    }

    @Test
    void choosesEachAsOftenAsItsWeightSays() {
        assertShares(Choice.of(0, 1, 2, 3).weights(1, 0, 2, 5), 0.125, 0, 0.25, 0.625);
    }
}
