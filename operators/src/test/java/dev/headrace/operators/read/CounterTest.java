package dev.headrace.operators.read;

import static dev.headrace.testkit.Tensors.int64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class CounterTest implements OperatorContract {
    @Override
    public List<Case> cases() {
        return List.of(
                Case.of("counts from 0", Counter.below(3))
                        .expect(int64("", Shape.SCALAR, 0))
                        .expect(int64("", Shape.SCALAR, 1))
                        .expect(int64("", Shape.SCALAR, 2)),
                Case.of("shuffles", Counter.below(5).shuffled()));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal("nothing", () -> Counter.below(0), "a counter of 0 numbers"),
                new Refusal(
                        "more than positions reach",
                        () -> Counter.below((1L << 48) + 1),
                        "a counter of 281474976710657 numbers"));
    }

    @Test
    void givesEachNumberOnceAnEpochInAnOrderOfItsOwn() {
        var graph = Graph.named("numbers");
        graph.output("number", graph.read(Counter.below(100).shuffled()));
        try (var pipeline = graph.build(Options.batchSize(10).threads(2))) {
            var first = epoch(pipeline);
            var second = epoch(pipeline);
            var all = LongStream.range(0, 100).boxed().toList();
            assertEquals(all, first.stream().sorted().toList());
            assertEquals(all, second.stream().sorted().toList());
            assertNotEquals(all, first);
            assertNotEquals(first, second);
        }
    }

    private static List<Long> epoch(Pipeline pipeline) {
        var numbers = new ArrayList<Long>();
        for (var batch : pipeline.epoch()) {
            for (int sample = 0; sample < batch.size(); sample++) {
                numbers.add(batch.get("number").get(sample).int64(0));
            }
        }
        return numbers;
    }
}
