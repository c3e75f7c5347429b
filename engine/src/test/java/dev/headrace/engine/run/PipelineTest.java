package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PipelineTest {
    @Test
    void deliversEverySampleOfAnEpochInOrder() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(10, false))
                        .node("copy", new Copy(0), "counter")
                        .output("number", "copy");
        try (var pipeline = graph.build(Options.batchSize(4).threads(2))) {
            var all = new ArrayList<List<Long>>();
            for (var batch : pipeline.epoch()) {
                all.add(Trial.numbers(batch, "number"));
            }
            assertEquals(
                    List.of(List.of(0L, 1L, 2L, 3L), List.of(4L, 5L, 6L, 7L), List.of(8L, 9L)),
                    all);
        }
    }

    @Test
    void everyEpochOfAShuffledSourceHasAnOrderOfItsOwn() {
        var graph =
                Trial.graph().node("counter", new Counter(50, true)).output("number", "counter");
        try (var pipeline = graph.build(Options.batchSize(50).threads(2))) {
            var first = Trial.numbers(pipeline.next(), "number");
            var second = Trial.numbers(pipeline.next(), "number");
            var inOrder = LongStream.range(0, 50).boxed().toList();
            assertEquals(inOrder, first.stream().sorted().toList());
            assertEquals(inOrder, second.stream().sorted().toList());
            assertNotEquals(inOrder, first);
            assertNotEquals(first, second);
        }
    }
}
