package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
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
    void samplesAreAnnouncedInTheOrderOfTheirIterationAndNoOthers(int shard, int shards) {
        var told = new LinkedBlockingQueue<Long>();
        var announced = new ConcurrentHashMap<Long, Semaphore>();
        LongFunction<Semaphore> of =
                index -> announced.computeIfAbsent(index, _ -> new Semaphore(0));
        var far =
                new Far(
                        50,
                        () -> true,
                        index -> {
                            told.add(index);
                            of.apply(index).release();
                        },
                        index -> assertTrue(of.apply(index).tryAcquire(1, TimeUnit.MINUTES)));
        var graph = Trial.graph().node("far", far).output("number", "far");
        var options = Options.batchSize(4).threads(2).prefetch(1).shard(shard, shards);
        try (var pipeline = graph.build(options)) {
            for (var batch : pipeline.epochs(2)) {
                for (long number : Trial.numbers(batch, "number")) {
                    assertEquals(number, told.poll());
                }
            }
        }
        assertEquals(List.of(), List.copyOf(told));
    }

    @Test
    void whatFailsToBeAnnouncedIsReadAllTheSame() {
        Waits fails =
                index -> {
                    throw new AssertionError("too far");
                };
        readsAll(new Far(9, () -> true, fails, index -> {}));
    }

    @Test
    void whereASourceFailsToSayWhetherItReadsAheadItIsReadAllTheSame() {
        BooleanSupplier fails =
                () -> {
                    throw new AssertionError("cannot say");
                };
        readsAll(new Far(9, fails, index -> {}, index -> {}));
    }

    private static void readsAll(Far far) {
        var graph = Trial.graph().node("far", far).output("number", "far");
        try (var pipeline = graph.build(Options.batchSize(4).threads(2).prefetch(3))) {
            for (int epoch = 0; epoch < 3; epoch++) {
                var seen = new ArrayList<Long>();
                pipeline.epoch().forEach(batch -> seen.addAll(Trial.numbers(batch, "number")));
                assertEquals(numbersBelow(9), seen.stream().sorted().toList());
            }
        }
    }

    @Test
    void whatWasReadMeanwhileIsNotAnnouncedAnyMore() {
        var told = new LinkedBlockingQueue<Long>();
        var begun = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        var far =
                new Far(
                        50,
                        () -> true,
                        index -> {
                            told.add(index);
                            begun.countDown();
                            goOn.await();
                        },
                        index -> assertTrue(begun.await(1, TimeUnit.MINUTES)));
        var graph = Trial.graph().node("far", far).output("number", "far");
        try (var pipeline = graph.build(Options.batchSize(4).threads(2).prefetch(3))) {
            pipeline.epoch().forEach(batch -> {});
            assertEquals(1, told.size(), "one thread at a time");
            goOn.countDown();
        }
        assertEquals(1, told.size());
    }

    @Test
    void whatIsGivenUpIsNotAnnouncedAnyMore() throws Exception {
        var told = new LinkedBlockingQueue<Long>();
        var announcer = new CompletableFuture<Thread>();
        var never = new CountDownLatch(1);
        var read = new CountDownLatch(1);
        var far =
                new Far(
                        50,
                        () -> true,
                        index -> {
                            told.add(index);
                            if (announcer.complete(Thread.currentThread())) {
                                never.await(); // until the pipeline is closed
                            }
                        },
                        index -> Uninterruptibles.awaitUninterruptibly(read));
        var graph = Trial.graph().node("far", far).output("number", "far");
        var pipeline = graph.build(Options.batchSize(4).threads(1).prefetch(1));
        var consumer =
                Thread.ofVirtual()
                        .start(() -> assertThrows(IllegalStateException.class, pipeline::next));
        var thread = announcer.get(1, TimeUnit.MINUTES);
        var closer = Thread.ofVirtual().start(pipeline::close);
        thread.join();
        read.countDown(); // not before: an iteration that has ended is not announced either
        closer.join();
        consumer.join();
        assertEquals(1, told.size());
    }

    private interface Waits {
        void accept(long index) throws InterruptedException;
    }

    /// Shuffled samples that are announced before they are read.
    private record Far(long samples, BooleanSupplier ahead, Waits told, Waits read)
            implements IndexedSource<Far.Open> {
        record Open(long size, BooleanSupplier ahead, Waits told) implements IndexedSource.Dataset {
            @Override
            public boolean readsAhead() {
                return ahead.getAsBoolean();
            }

            @Override
            public void readAhead(long index) {
                try {
                    told.accept(index);
                } catch (InterruptedException closed) {
                    return; // as one that was about to
                }
            }
        }

        @Override
        public Open open() {
            return new Open(samples, ahead, told);
        }

        @Override
        public boolean shuffle() {
            return true;
        }

        @Override
        public void read(Open dataset, long index, Outputs out, SampleContext context)
                throws InterruptedException {
            read.accept(index);
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
