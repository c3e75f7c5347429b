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
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    @ParameterizedTest
    @CsvSource({"0,1", "1,3"})
    void samplesAreAnnouncedInTheOrderOfTheirIterationAndNoOthers(int shard, int shards)
            throws InterruptedException {
        var told = new LinkedBlockingQueue<Long>();
        var graph = Trial.graph().node("far", new Far(50, told::add)).output("number", "far");
        var options = Options.batchSize(4).threads(2).prefetch(1).shard(shard, shards);
        try (var pipeline = graph.build(options)) {
            for (var batch : pipeline.epochs(2)) {
                for (long number : Trial.numbers(batch, "number")) {
                    assertEquals(number, told.poll(1, TimeUnit.MINUTES));
                }
            }
        }
        assertEquals(List.of(), List.copyOf(told));
    }

    @Test
    void whatFailsToBeAnnouncedIsReadAllTheSame() {
        var graph =
                Trial.graph()
                        .node(
                                "far",
                                new Far(
                                        9,
                                        index -> {
                                            throw new IllegalStateException("too far");
                                        }))
                        .output("number", "far");
        try (var pipeline = graph.build(Options.batchSize(4).threads(2).prefetch(3))) {
            var seen = new ArrayList<Long>();
            pipeline.epoch().forEach(batch -> seen.addAll(Trial.numbers(batch, "number")));
            assertEquals(numbersBelow(9), seen.stream().sorted().toList());
        }
    }

    /// Shuffled samples that are announced before they are read.
    private record Far(long samples, LongConsumer told) implements IndexedSource<Far.Open> {
        record Open(long size, LongConsumer told) implements IndexedSource.Dataset {
            @Override
            public boolean readsAhead() {
                return true;
            }

            @Override
            public void readAhead(long index) {
                told.accept(index);
            }
        }

        @Override
        public Open open() {
            return new Open(samples, told);
        }

        @Override
        public boolean shuffle() {
            return true;
        }

        @Override
        public void read(Open dataset, long index, Outputs out, SampleContext context) {
            out.make(0, Trial.NUMBER).int64(0, index);
        }
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
