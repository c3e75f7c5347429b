package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Noise;
import dev.headrace.engine.run.Trial.Repeat;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.run.Trial.Widen;
import dev.headrace.engine.spec.Options;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Batches are lent: until when they are valid, what they hold, and what making them dense costs.
@Timeout(60)
class LendingTest {
    private static final int BATCH = 4;

    /// Bytes of a row: a batch of them is a block of a size that the pool has.
    private static final int ROW = 1 << 12;

    /// Rows of bytes that are the number; the length may be known before.
    private record Row(int length, boolean promised) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return TensorSpec.of(ElementType.UINT8, "", length);
        }

        @Override
        public SpecPattern promise(SpecPattern in) {
            return promised ? SpecPattern.exactly(outputSpec(null, null)) : SpecPattern.OPEN;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.segment().fill((byte) in.number(0));
        }
    }

    private static Pipeline rows(boolean promised, Options options) {
        return rows(ROW, promised, options);
    }

    private static Pipeline rows(int length, boolean promised, Options options) {
        return Trial.graph()
                .node("counter", new Counter(100, false))
                .node("row", new Row(length, promised), "counter")
                .output("n", "counter")
                .output("row", "row")
                .build(options);
    }

    private static Options options() {
        return Options.batchSize(BATCH).threads(2).prefetch(1);
    }

    private static void assertHolds(long iteration, Batch batch) {
        for (int sample = 0; sample < BATCH; sample++) {
            long number = iteration * BATCH + sample;
            assertEquals(number, batch.get("n").get(sample).int64(0));
            assertEquals(number, batch.get("row").get(sample).uint8(ROW - 1));
            assertEquals(number, batch.get("row").dense().uint8((sample + 1L) * ROW - 1));
        }
    }

    private static void assertAllRefuse(Batch batch, TensorList list, Tensor tensor) {
        var accessors =
                List.<Runnable>of(
                        batch::size,
                        () -> batch.get("n"),
                        batch::retain,
                        list::size,
                        () -> list.get(0),
                        () -> list.spec(0),
                        () -> list.id(0),
                        list::uniformSpec,
                        list::isDense,
                        list::dense);
        for (int i = 0; i < accessors.size(); i++) {
            var failure =
                    assertThrows(IllegalStateException.class, accessors.get(i)::run, "number " + i);
            assertEquals(
                    "batch 0 was released; retain() keeps a batch beyond the next",
                    failure.getMessage());
        }
        var readers =
                List.<Runnable>of(
                        () -> tensor.int64(0),
                        () -> tensor.number(0),
                        tensor::address,
                        tensor::segment,
                        tensor::buffer,
                        tensor::toBytes,
                        () -> tensor.as(tensor.spec()));
        for (int i = 0; i < readers.size(); i++) {
            var failure =
                    assertThrows(IllegalStateException.class, readers.get(i)::run, "number " + i);
            assertEquals(
                    "this tensor (INT64 scalar) belongs to batch 0, which was released",
                    failure.getMessage());
        }
    }

    @Test
    void aBatchThatWasReleasedRefusesToBeRead() {
        var waysToRelease =
                ImmutableMap.<String, Function<Pipeline, Consumer<Batch>>>of(
                        "next", pipeline -> batch -> pipeline.next(),
                        "close", pipeline -> Batch::close,
                        "the pipeline's close", pipeline -> batch -> pipeline.close());
        waysToRelease.forEach(
                (way, release) -> {
                    try (var pipeline = rows(true, options())) {
                        var batch = pipeline.next();
                        var list = batch.get("n");
                        var tensor = list.get(2);
                        assertEquals(2, tensor.int64(0), way);
                        release.apply(pipeline).accept(batch);
                        assertAllRefuse(batch, list, tensor);
                        assertEquals(0, batch.iteration(), "what it was can still be told");
                    }
                });
    }

    @Test
    void anOutputThatThereIsNotIsRefusedWithThoseThereAre() {
        try (var pipeline = rows(true, options())) {
            var batch = pipeline.next();
            var failure = assertThrows(IllegalArgumentException.class, () -> batch.get("x"));
            assertEquals(
                    "no output x; there are: n, row; name one with output(\"x\", node) of the graph",
                    failure.getMessage());
        }
    }

    @Test
    void batchesThatWereRetainedAreValidUntilTheyAreClosed() {
        var kept = new ArrayList<Batch>();
        var pipeline = rows(false, options().prefetch(4));
        for (int iteration = 0; iteration < 5; iteration++) {
            kept.add(pipeline.next().retain());
        }
        var again = kept.getFirst().retain();
        kept.getFirst().close();
        kept.set(0, again);
        pipeline.close();
        for (int iteration = 0; iteration < 5; iteration++) {
            assertHolds(iteration, kept.get(iteration));
        }
        for (int iteration = 0; iteration < 5; iteration++) {
            assertHolds(iteration, kept.get(iteration));
            kept.get(iteration).close();
            var batch = kept.get(iteration);
            assertThrows(IllegalStateException.class, batch::size);
        }
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
        assertEquals(0, pipeline.report().lentBytes());
        assertEquals(0, pipeline.report().keptBytes(), "a closed pool keeps nothing");
    }

    @Test
    void whatIsReleasedGoesBackToThePoolOnce() {
        try (var pipeline = rows(true, options())) {
            var old = pipeline.next();
            long lent = pipeline.report().lentBytes();
            long address = old.get("row").dense().address();
            old.close();
            assertTrue(pipeline.report().lentBytes() <= lent - BATCH * ROW);
            long misses = pipeline.report().poolMisses();
            var next = pipeline.next();
            assertEquals(address, next.get("row").dense().address(), "the same memory again");
            assertEquals(misses, pipeline.report().poolMisses());
            assertEquals(lent, pipeline.report().lentBytes());
            old.close();
            assertEquals(lent, pipeline.report().lentBytes(), "closing twice does nothing");
            assertHolds(1, next);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whereTheSpecIsForeseenADenseBlockCostsNoCopy(boolean promised) {
        try (var pipeline = rows(promised, options())) {
            long packed = 0;
            for (int iteration = 0; iteration < 3; iteration++) {
                var list = pipeline.next().get("row");
                boolean scattered = !promised && iteration == 0;
                assertEquals(!scattered, list.isDense());
                var dense = list.dense();
                assertEquals(TensorSpec.of(ElementType.UINT8, "", BATCH, ROW), dense.spec());
                packed += scattered ? BATCH * ROW : 0;
                assertEquals(packed, pipeline.report().packedBytes());
                assertTrue(list.isDense());
                assertEquals(dense.address(), list.dense().address(), "packed once");
                assertEquals(packed, pipeline.report().packedBytes());
                if (!scattered) {
                    assertEquals(dense.address(), list.get(0).address());
                    assertEquals(dense.address() + 3 * ROW, list.get(3).address());
                } else {
                    assertNotEquals(dense.address(), list.get(0).address());
                }
                assertEquals(iteration * BATCH + 3, dense.uint8(4 * ROW - 1));
                assertFalse(dense.isWritable());
            }
        }
    }

    @Test
    void aSingleSampleIsDenseWhereverItLies() {
        try (var pipeline = rows(false, Options.batchSize(1))) {
            var list = pipeline.next().get("row");
            assertTrue(list.isDense());
            assertEquals(list.get(0).address(), list.dense().address());
            assertEquals(0, pipeline.report().packedBytes());
        }
    }

    @Test
    void samplesOfDifferentSpecsMakeNoDenseTensor() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("ragged", new Repeat(), "counter")
                        .output("r", "ragged");
        try (var pipeline = graph.build(options())) {
            var list = pipeline.next().get("r");
            assertFalse(list.isDense());
            assertTrue(list.uniformSpec().isEmpty());
            assertEquals(TensorSpec.of(ElementType.INT64, "", 3), list.spec(3));
            var failure = assertThrows(BadBatch.class, list::dense);
            assertEquals(
                    "ragged has samples of different specs, such as INT64 0 and INT64 1; they make"
                            + " no dense tensor",
                    failure.getMessage());
        }
    }

    @Test
    void aBatchWithoutSamplesMakesNoDenseTensor() {
        var source = new SequentialTest.Portions(List.of(0, 1), false, false);
        var graph = Trial.graph().node("source", source).output("n", "source");
        try (var pipeline = graph.build(options())) {
            var list = pipeline.next().get("n");
            assertEquals(0, list.size());
            var failure = assertThrows(BadBatch.class, list::dense);
            assertEquals("source has no samples", failure.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {ROW, 1 << 18}) // the larger is packed by many threads
    void twoThreadsThatAskForTheBlockAtOnceGetTheSame(int length) throws Exception {
        var barrier = new CyclicBarrier(2);
        try (var pipeline = rows(length, false, options());
                var threads = Executors.newFixedThreadPool(2)) {
            var list = pipeline.next().get("row");
            var blocks = new ArrayList<Future<Tensor>>();
            for (int i = 0; i < 2; i++) {
                blocks.add(
                        threads.submit(
                                () -> {
                                    barrier.await();
                                    return list.dense();
                                }));
            }
            var first = blocks.getFirst().get();
            assertEquals(first.address(), blocks.getLast().get().address());
            assertEquals((long) BATCH * length, pipeline.report().packedBytes());
            IntStream.range(0, BATCH)
                    .forEach(
                            sample -> {
                                assertEquals(sample, first.uint8((long) sample * length));
                                assertEquals(sample, first.uint8((sample + 1L) * length - 1));
                            });
        }
    }

    @Test
    void retainedBatchesCountAgainstTheLimitUntilTheyAreClosed() {
        long each = BATCH * ROW + 64; // the numbers take a block of the smallest size
        try (var pipeline = rows(true, options().memoryLimit(2 * each + each / 2))) {
            var first = pipeline.next().retain();
            var second = pipeline.next().retain();
            var failure = assertThrows(NoRoom.class, pipeline::next);
            assertTrue(
                    failure.getMessage()
                            .contains("retained batches 0, 1 hold " + 2 * each + ", the limit is "),
                    failure.getMessage());
            first.close();
            assertHolds(3, pipeline.next());
            assertHolds(1, second);
            second.close();
        }
    }

    @Test
    void aBlockPackedInARetainedBatchIsCountedOnce() {
        long each = BATCH * ROW + 64; // the numbers take a block of the smallest size
        long packed = BATCH * ROW;
        try (var pipeline = rows(false, options().memoryLimit(2 * each + packed / 2))) {
            var kept = pipeline.next().retain();
            assertEquals(3, kept.get("row").dense().uint8(4 * ROW - 1));
            var failure = assertThrows(NoRoom.class, pipeline::next);
            assertTrue(
                    failure.getMessage().contains("retained batches 0 hold " + (each + packed)),
                    failure.getMessage());
            kept.close();
            assertHolds(2, pipeline.next());
        }
    }

    @Test
    void aValueThatNobodyReadsAnyMoreGoesBackEvenIfItStatedTheNumberOfSamples() {
        var graph =
                Trial.graph()
                        .node("source", new Stream(8, BATCH))
                        .node("widened", new Widen(), "source")
                        .node("noise", new Noise(0))
                        .output("widened", "widened")
                        .output("noise", "noise");
        try (var pipeline = graph.build(options())) {
            for (var batch : pipeline.epochs(2)) {
                assertEquals(
                        Set.of("ids", "widened", "noise"), pipeline.report().holders().keySet());
                assertEquals(BATCH, batch.size());
            }
        }
    }

    @Test
    void afterClosingTheReportNamesWhatIsStillHeld() {
        var pipeline = rows(true, options());
        var kept = pipeline.next().retain();
        pipeline.next();
        pipeline.close();
        assertEquals(
                ImmutableMap.of("counter", 64L, "ids", 96L, "row", (long) BATCH * ROW),
                pipeline.report().holders());
        assertEquals(BATCH * ROW + 64 + 96, pipeline.report().lentBytes());
        kept.close();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    /// A vector so long that 64 of them have 2^64 bytes.
    private record Endless() implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return TensorSpec.of(ElementType.FLOAT32, "", 1L << 56);
        }

        @Override
        public SpecPattern promise(SpecPattern in) {
            return SpecPattern.exactly(outputSpec(null, null));
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            throw new AssertionError("there is no such memory");
        }
    }

    @Test
    void aBlockOfMoreBytesThanALongCountsIsRefused() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(64, false))
                        .node("endless", new Endless(), "counter")
                        .output("x", "endless");
        try (var pipeline = graph.build(Options.batchSize(64).threads(1))) {
            assertThrows(NoRoom.class, pipeline::next);
        }
    }

    /// Gives memory that the garbage collector looks after.
    private record Adopted(List<WeakReference<MemorySegment>> given)
            implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < in.batchSize(); sample++) {
                var memory = Arena.ofAuto().allocate(8);
                given.add(new WeakReference<>(memory));
                try (var buffer = out.adopt(memory, Runnable::run)) {
                    out.share(0, sample, buffer.tensor(Trial.NUMBER, 0, false));
                }
            }
        }
    }

    @Test
    void memoryOfACollectedArenaLivesAsLongAsItsBatch() {
        var adopted = new Adopted(new ArrayList<>());
        var graph =
                Trial.graph()
                        .node("counter", new Counter(BATCH, false))
                        .node("adopted", adopted, "counter")
                        .output("x", "adopted");
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(1).prefetch(1));
                var batch = pipeline.next()) {
            System.gc();
            assertEquals(BATCH, batch.size());
            adopted.given().forEach(memory -> assertNotNull(memory.get()));
        }
    }
}
