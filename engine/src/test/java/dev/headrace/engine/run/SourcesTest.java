package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Several indexed sources in one graph.
class SourcesTest {
    private static List<Long> numbersBelow(long size) {
        return LongStream.range(0, size).boxed().toList();
    }

    @Test
    void sourcesOfDifferentSizesAreRefusedAndClosedUnlessTheSmallerStartsOver() {
        var closed = new AtomicInteger();
        var graph =
                Trial.graph()
                        .node("large", new Closed(50, closed))
                        .node("small", new Counter(20, true))
                        .output("large", "large")
                        .output("small", "small");
        var failure = assertThrows(BadGraph.class, () -> graph.build(Options.batchSize(25)));
        assertEquals(
                "sources of different sizes: 20 samples here, 50 at large (Closed), added at"
                        + " Trial.java:1; with Options.cycled() the smaller starts over\n"
                        + "  at small (Counter), added at Trial.java:2",
                failure.getMessage());
        assertEquals(1, closed.get());
        try (var pipeline = graph.build(Options.batchSize(25).cycled())) {
            var orders = new HashSet<List<Long>>();
            for (int epoch = 0; epoch < 3; epoch++) {
                var large = new ArrayList<Long>();
                var small = new ArrayList<Long>();
                for (var batch : pipeline.epoch()) {
                    large.addAll(Trial.numbers(batch, "large"));
                    small.addAll(Trial.numbers(batch, "small"));
                }
                assertEquals(numbersBelow(50), large);
                for (var round : List.of(small.subList(0, 20), small.subList(20, 40))) {
                    assertEquals(numbersBelow(20), round.stream().sorted().toList());
                    orders.add(List.copyOf(round));
                }
                assertEquals(10, new HashSet<>(small.subList(40, 50)).size(), "a third begun");
            }
            assertEquals(6, orders.size(), "each round has an order of its own");
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
