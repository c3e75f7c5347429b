package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Reverse;
import dev.headrace.engine.spec.Options;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How far ahead the runner computes.
@Timeout(60)
class TicketTest {
    private static final int BATCH = 4;
    private static final int BATCHES_OF_AN_EPOCH = 10;

    /// Tells epoch and iteration of each sample that comes by.
    private record Watch(BiConsumer<Long, Long> seen) implements Transform {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            seen.accept(context.epoch(), context.iteration());
            out.copyFrom(in);
        }
    }

    private static Pipeline watched(int threads, int prefetch, BiConsumer<Long, Long> seen) {
        return Trial.graph()
                .node("counter", new Counter(BATCH * BATCHES_OF_AN_EPOCH, false))
                .node("watch", new Watch(seen), "counter")
                .node("reverse", new Reverse(), "watch")
                .node("again", new Watch(seen), "reverse")
                .output("n", "again")
                .build(Options.batchSize(BATCH).threads(threads).prefetch(prefetch));
    }

    /// Samples that went into the first node so far.
    private static long samplesRead(Pipeline pipeline) {
        return pipeline.report().nodes().stream()
                .filter(row -> row.name().equals("counter"))
                .mapToLong(Report.NodeRow::samples)
                .sum();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1", "1, 2", "1, 3", "1, 4", "2, 1", "2, 2", "2, 3", "2, 4", "7, 1", "7, 2", "7, 3",
        "7, 4"
    })
    void neverBeginsMoreThanWereAskedForAndMayBeAhead(int threads, int prefetch) {
        var asked = new AtomicLong();
        var tooFar = new AtomicInteger();
        BiConsumer<Long, Long> seen =
                (epoch, iteration) -> {
                    if (iteration + 1 > asked.get() + prefetch - 1) {
                        tooFar.incrementAndGet();
                    }
                };
        try (var pipeline = watched(threads, prefetch, seen)) {
            Iterator<Batch> batches = pipeline.endless().iterator();
            for (int i = 0; i < 35; i++) {
                asked.incrementAndGet();
                assertEquals(i, batches.next().iteration());
            }
        }
        assertEquals(0, tooFar.get(), "samples of iterations without a ticket");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void computesAsFarAheadAsItMayWhileNobodyAsks(int prefetch) throws InterruptedException {
        var farthest = new CountDownLatch(2 * BATCH); // both watches see all samples
        BiConsumer<Long, Long> seen =
                (epoch, iteration) -> {
                    if (iteration == prefetch - 1) {
                        farthest.countDown();
                    }
                };
        try (var pipeline = watched(1, prefetch, seen)) {
            var batch = pipeline.next();
            farthest.await();
            assertEquals(prefetch * BATCH, samplesRead(pipeline));
            assertEquals(0, batch.iteration());
        }
    }

    @Test
    void prefetchOfOneComputesNothingAhead() {
        try (var pipeline = watched(2, 1, (epoch, iteration) -> {})) {
            for (int i = 1; i <= 3; i++) {
                pipeline.next();
                assertEquals(i * BATCH, samplesRead(pipeline));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void whatIsAskedForBoundsWhatIsComputed(int prefetch) {
        try (var pipeline = watched(2, prefetch, (epoch, iteration) -> {})) {
            pipeline.take(3).forEach(batch -> {});
            assertEquals(3 * BATCH, samplesRead(pipeline));
            pipeline.take(0).forEach(batch -> {});
            assertEquals(3 * BATCH, samplesRead(pipeline));
            pipeline.epoch().forEach(batch -> {});
            assertEquals(BATCHES_OF_AN_EPOCH * BATCH, samplesRead(pipeline));
            for (int i = 0; i < BATCHES_OF_AN_EPOCH; i++) {
                pipeline.next();
            }
            assertEquals(2 * BATCHES_OF_AN_EPOCH * BATCH, samplesRead(pipeline));
            pipeline.epochs(2).forEach(batch -> {});
            assertEquals(4 * BATCHES_OF_AN_EPOCH * BATCH, samplesRead(pipeline));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void crossesTheEndOfAnEpochWhereMoreEpochsWereAskedFor(boolean endless)
            throws InterruptedException {
        var second = new CountDownLatch(1);
        BiConsumer<Long, Long> seen =
                (epoch, iteration) -> {
                    if (epoch == 1) {
                        second.countDown();
                    }
                };
        try (var pipeline = watched(2, 2, seen)) {
            var batches = (endless ? pipeline.endless() : pipeline.epochs(2)).iterator();
            for (int i = 0; i < BATCHES_OF_AN_EPOCH; i++) {
                assertEquals(0, batches.next().epoch());
            }
            second.await(); // while the last batch of the first epoch is held
            assertEquals(1, batches.next().epoch());
        }
    }

    /// A row of bytes, so that a batch has a size to speak of.
    private record Row(int length) implements Transform {
        private TensorSpec spec() {
            return TensorSpec.of(ElementType.UINT8, "", length);
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return spec();
        }

        @Override
        public SpecPattern promise(SpecPattern in) {
            return SpecPattern.exactly(spec());
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.segment().fill((byte) in.number(0));
        }
    }

    /// A block of 4 rows, of 7/4 · 2^16 bytes: a size that the pool has, so nothing is rounded up.
    private static final int ROW = 7 * (1 << 14) / BATCH;

    private static final int ITERATION = BATCH * ROW;

    @ParameterizedTest
    @ValueSource(doubles = {1.1, 1.9, 2.1, 3.1, 10})
    void beginsOnlyWhatHasRoomBesideAllThatIsLent(double iterations) {
        int prefetch = 4;
        long limit = (long) (iterations * ITERATION);
        var graph =
                Trial.graph()
                        .node("counter", new Counter(100, false))
                        .node("row", new Row(ROW), "counter")
                        .output("row", "row");
        var options = Options.batchSize(BATCH).threads(2).prefetch(prefetch).memoryLimit(limit);
        try (var pipeline = graph.build(options)) {
            var batches = pipeline.endless().iterator();
            batches.next(); // what an iteration needs is not known before the first is done
            for (int i = 1; i < 40; i++) {
                assertEquals(i * BATCH % 100, batches.next().get("row").get(0).uint8(0));
                long lent = pipeline.report().lentBytes();
                assertTrue(lent <= limit, lent + " bytes are lent of " + limit);
                long atOnce = Math.min(prefetch, (long) iterations);
                assertTrue(lent < (atOnce + 1) * ITERATION, lent + " bytes for " + atOnce);
            }
        }
    }

    @Test
    void aBatchThatIsHeldKeepsTheNextFromBeginning() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(100, false))
                        .node("row", new Row(ROW), "counter")
                        .output("row", "row");
        var options =
                Options.batchSize(BATCH).threads(2).prefetch(4).memoryLimit(3 * ITERATION / 2);
        try (var pipeline = graph.build(options)) {
            pipeline.next();
            pipeline.next();
            var held = pipeline.next();
            assertEquals(3 * BATCH, samplesRead(pipeline), "nothing but what was delivered");
            held.close();
            assertEquals(12, pipeline.next().get("row").get(0).uint8(0));
        }
    }
}
