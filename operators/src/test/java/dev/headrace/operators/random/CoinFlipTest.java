package dev.headrace.operators.random;

import static dev.headrace.engine.data.ElementType.BOOL;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.testkit.Tensors.scalar;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.util.List;
import org.junit.jupiter.api.Test;

class CoinFlipTest implements CudaContract {
    private static final TensorValue YES = scalar(BOOL, 1);
    private static final TensorValue NO = scalar(BOOL, 0);

    /// Draws by `operators/src/test/reference/draws.py`: 0.281, 0.703, 0.914, 0.961, 0.074, 0.465.
    @Override
    public List<Case> cases() {
        return List.of(
                Case.of("a fair coin", CoinFlip.of(0.5))
                        .expect(YES)
                        .expect(NO)
                        .expect(NO)
                        .expect(NO)
                        .expect(YES)
                        .expect(YES),
                Case.of("never", CoinFlip.of(0)).expect(NO).expect(NO).expect(NO),
                Case.of("always", CoinFlip.of(1)).expect(YES).expect(YES).expect(YES),
                Case.of("each sample with a chance of its own", CoinFlip.of(new Input(0)))
                        .given(scalar(FLOAT32, 0.25))
                        .given(scalar(FLOAT32, 0.75))
                        .given(scalar(FLOAT32, 0.9))
                        .given(scalar(FLOAT32, 1))
                        .expect(NO)
                        .expect(YES)
                        .expect(NO)
                        .expect(YES));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "a constant that is no probability",
                        () -> CoinFlip.of(1.5),
                        "probability 1.5 is not in [0.0..1.0]"),
                new Refusal(
                        "a value that is no probability",
                        () -> CoinFlip.of(new Input(0)),
                        ImmutableList.of(scalar(FLOAT32, -0.5)),
                        "probability -0.5 is not in [0.0..1.0]"));
    }

    /// Of n = 20,000 flips n·p = 6,000 are expected; five standard deviations, √(n·p·(1 - p)) each,
    /// are 324.
    @Test
    void showsItsFaceAsOftenAsItsProbabilitySays() {
        double ones =
                Trial.of(CoinFlip.of(0.3), List.of())
                        .size(20_000)
                        .run(Options.batchSize(1_000).threads(2))
                        .getFirst()
                        .stream()
                        .mapToDouble(value -> value.number(0))
                        .sum();
        assertEquals(6_000, ones, 324, "ones with seed " + Case.SEED);
    }
}
