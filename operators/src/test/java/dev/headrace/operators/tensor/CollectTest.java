package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.spec.Options;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CollectTest implements OperatorContract {
    @Override
    public List<Case> cases() {
        return List.of(
                Case.of("takes several inputs and leaves them alone", Collect.into(_ -> {}))
                        .given(scalar(INT64, 1), uint8("W", shape(2), 1, 2))
                        .given(scalar(INT64, 2), uint8("W", shape(2), 3, 4)));
    }

    @Override
    public boolean goesToJson() {
        return false;
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "a consumer that throws",
                        Collect.into(
                                _ -> {
                                    throw new IOException("disk full");
                                }),
                        scalar(INT64, 1),
                        "the consumer given to Collect threw java.io.IOException: disk full"),
                new Refusal(
                        "a consumer that dies with an Error",
                        Collect.into(
                                _ -> {
                                    throw new AssertionError("no");
                                }),
                        scalar(INT64, 1),
                        "the consumer given to Collect threw java.lang.AssertionError: no"));
    }

    @Test
    void handsOverEveryBatchInOrder() {
        var samples =
                LongStream.range(0, 50)
                        .mapToObj(i -> (List<TensorValue>) ImmutableList.of(scalar(INT64, i)))
                        .toList();
        for (int threads : new int[] {1, 4}) {
            var seen = Collections.synchronizedList(new ArrayList<List<Long>>());
            Trial.of(Collect.into(batch -> seen.add(longs(batch))), samples)
                    .run(Options.batchSize(7).threads(threads).prefetch(3).withChecks());
            var expected = new ArrayList<List<Long>>();
            for (long start = 0; start < 50; start += 7) {
                expected.add(LongStream.range(start, Math.min(50, start + 7)).boxed().toList());
            }
            assertEquals(expected, seen, threads + " threads");
        }
    }

    private static List<Long> longs(BatchInputs batch) {
        var longs = new ArrayList<Long>();
        for (int sample = 0; sample < batch.batchSize(); sample++) {
            longs.add(batch.get(0).get(sample).int64(0));
        }
        return longs;
    }

    @Test
    void isKeptThoughNobodyReadsIt() {
        assertEquals(Effect.VISIBLE, Collect.into(_ -> {}).effect());
    }
}
