package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Several indexed sources in one graph.
class SourcesTest {
    @Test
    void sourcesOfDifferentSizesAreRefusedAndClosedUnlessTheSmallerStartsOver() {
        var closed = new AtomicInteger();
        var graph =
                Trial.graph()
                        .node("ten", new Closed(10, closed))
                        .node("four", new Counter(4, true))
                        .output("ten", "ten")
                        .output("four", "four");
        var failure = assertThrows(BadGraph.class, () -> graph.build(Options.batchSize(5)));
        assertEquals(
                "sources of different sizes: 4 samples here, 10 at ten (Closed), added at"
                        + " Trial.java:1; with Options.cycled() the smaller starts over\n"
                        + "  at four (Counter), added at Trial.java:2",
                failure.getMessage());
        assertEquals(1, closed.get());
        try (var pipeline = graph.build(Options.batchSize(5).cycled())) {
            var ten = new ArrayList<Long>();
            var four = new ArrayList<Long>();
            for (var batch : pipeline.epochs(2)) {
                ten.addAll(Trial.numbers(batch, "ten"));
                four.addAll(Trial.numbers(batch, "four"));
            }
            assertEquals(20, ten.size());
            for (int epoch = 0; epoch < 2; epoch++) {
                assertEquals(
                        List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L),
                        ten.subList(10 * epoch, 10 * epoch + 10));
                for (int round = 0; round < 2; round++) {
                    int from = 10 * epoch + 4 * round;
                    assertEquals(
                            List.of(0L, 1L, 2L, 3L),
                            four.subList(from, from + 4).stream().sorted().toList());
                }
            }
            assertTrue(new HashSet<>(four.subList(8, 10)).size() == 2, "a third round begun");
        }
        assertEquals(2, closed.get());
    }

    private record Closed(long samples, AtomicInteger closed)
            implements IndexedSource<Closed.Open> {
        record Open(long size, AtomicInteger closed) implements IndexedSource.Dataset {
            @Override
            public void close() {
                closed.incrementAndGet();
            }
        }

        @Override
        public Open open() {
            return new Open(samples, closed);
        }

        @Override
        public void read(Open dataset, long index, Outputs out, SampleContext context) {
            out.make(0, Trial.NUMBER).int64(0, index);
        }
    }
}
