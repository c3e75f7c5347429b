package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.Noise;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.spec.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Training on the same batches again: what is given, what goes on afterwards, what is measured.
@Timeout(60)
class HeadspaceTest {
    private static Pipeline counting(long samples, Options options) {
        return Trial.graph()
                .node("counter", new Counter(samples, false))
                .node("copy", new Copy(0), "counter")
                .output("n", "copy")
                .build(options);
    }

    private static Options options() {
        return Options.batchSize(2).threads(2);
    }

    private static List<Long> firsts(Iterable<Batch> batches) {
        var firsts = new ArrayList<Long>();
        batches.forEach(batch -> firsts.add(Trial.numbers(batch, "n").getFirst()));
        return firsts;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void givesTheNextBatchesAgainAndAgainAndThenThePipelineGoesOn(int prefetch) {
        var pipeline = counting(20, options().prefetch(prefetch));
        try (pipeline) {
            assertEquals(List.of(0L, 2L), firsts(pipeline.take(2)));
            try (var headspace = pipeline.headspace(3)) {
                assertEquals(List.of(4L, 6L), firsts(headspace.take(2)));
                assertEquals(List.of(8L, 4L, 6L, 8L, 4L), firsts(headspace.take(5)));
                assertEquals(List.of(6L), firsts(headspace.take(1)));
            }
            assertEquals(List.of(10L, 12L, 14L, 16L, 18L), firsts(pipeline.epoch()));
            assertEquals(10, pipeline.report().iterations(), "each counts once");
            assertEquals(20, pipeline.report().samples());
        }
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @Test
    void keepsNoMoreThanTheEpochHasLeft() {
        try (var pipeline = counting(6, options())) {
            pipeline.next();
            try (var headspace = pipeline.headspace(4)) {
                assertEquals(List.of(2L, 4L, 2L, 4L, 2L), firsts(headspace.take(5)));
            }
            try (var headspace = pipeline.headspace(1)) {
                assertEquals(List.of(0L, 0L), firsts(headspace.take(2)));
            }
            assertEquals(List.of(2L, 4L), firsts(pipeline.epoch()));
        }
    }

    /// Four numbers; only after them it says that it has ended.
    private record EndsLate() implements SequentialSource<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            if (before == 4) {
                context.end();
                return before;
            }
            out.make(0, 0, Trial.NUMBER).int64(0, before);
            out.make(0, 1, Trial.NUMBER).int64(0, before + 1);
            return before + 2;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void whereAnEpochTurnsOutToHaveEndedItKeepsBatchesOfTheNext(int prefetch) {
        var stream = Trial.graph().node("s", new EndsLate()).output("n", "s");
        try (var pipeline = stream.build(options().prefetch(prefetch))) {
            assertEquals(List.of(0L, 2L), firsts(pipeline.take(2)));
            try (var headspace = pipeline.headspace(5)) {
                assertEquals(List.of(0L, 2L, 0L), firsts(headspace.take(3)));
            }
            assertEquals(4, pipeline.report().iterations());
        }
    }

    @Test
    void keepsWhatAStreamGivesAndWhatHasNoEnd() {
        var stream = Trial.graph().node("s", new Stream(5, 2)).output("n", "s");
        try (var pipeline = stream.build(options());
                var headspace = pipeline.headspace(10)) {
            assertEquals(List.of(0L, 2L, 4L, 0L, 2L), firsts(headspace.take(5)));
        }
        var noise = Trial.graph().node("noise", new Noise(0)).output("n", "noise");
        try (var pipeline = noise.build(options());
                var headspace = pipeline.headspace(2)) {
            var iterations = new ArrayList<Long>();
            headspace.take(5).forEach(batch -> iterations.add(batch.iteration()));
            assertEquals(List.of(0L, 1L, 0L, 1L, 0L), iterations);
        }
    }

    /// Counts its samples.
    private record Counted(AtomicLong runs) implements Transform {
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
            runs.incrementAndGet();
            out.copyFrom(in);
        }
    }

    @Test
    void computesAndCopiesNothingMeanwhile() {
        var runs = new AtomicLong();
        var graph =
                Trial.graph()
                        .node("counter", new Counter(100, false))
                        .node("counted", new Counted(runs), "counter")
                        .output("n", "counted");
        try (var pipeline = graph.build(options().prefetch(8))) {
            pipeline.next();
            try (var headspace = pipeline.headspace(2)) {
                var addresses = new ArrayList<Long>();
                long atFirst = 0;
                for (var batch : headspace.take(8)) {
                    addresses.add(batch.get("n").get(0).address());
                    if (addresses.size() == 3) {
                        atFirst = runs.get();
                        assertEquals(
                                pipeline.report().iterationsInFlight(),
                                pipeline.report().batchesReady());
                    }
                }
                assertEquals(atFirst, runs.get());
                assertEquals(addresses.subList(0, 2), addresses.subList(2, 4));
                assertEquals(addresses.subList(0, 2), addresses.subList(6, 8));
                assertEquals(0, pipeline.report().packedBytes());
            }
        }
    }

    @Test
    void aBatchIsLentUntilTheNextIsAskedFor() {
        var pipeline = counting(20, options());
        Batch mine;
        try (pipeline) {
            var headspace = pipeline.headspace(1);
            Batch before = null;
            var all = new ArrayList<Batch>();
            for (var batch : headspace.take(3)) {
                if (before != null) {
                    var gone = before;
                    assertEquals(
                            "batch 0 was released; retain() keeps a batch beyond the next",
                            assertThrows(IllegalStateException.class, () -> gone.get("n"))
                                    .getMessage());
                }
                before = batch;
                all.add(batch);
            }
            assertThrows(IllegalStateException.class, () -> all.getLast().get("n"), "loop's end");
            mine = headspace.take(1).iterator().next().retain();
            headspace.close();
            headspace.close();
            assertEquals(List.of(2L, 4L), firsts(pipeline.take(2)));
            assertEquals(List.of(0L, 1L), Trial.numbers(mine, "n"));
        }
        mine.close();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    /// A sample of so many bytes.
    private record Large(int bytes) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return TensorSpec.of(ElementType.UINT8, "", bytes);
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.uint8(0, (int) in.int64(0));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 3", "3, 1", "3, 3"})
    void keepsFewerWhereMemoryIsShort(int prefetch, int batchesOfRoom) {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(40, false))
                        .node("large", new Large(1 << 20), "counter")
                        .output("n", "large");
        long limit = (2L << 20) * batchesOfRoom + (1 << 20);
        var pipeline = graph.build(options().prefetch(prefetch).memoryLimit(limit));
        try (pipeline) {
            pipeline.take(5).forEach(batch -> {});
            List<Long> given;
            try (var headspace = pipeline.headspace(10)) {
                given = firsts(headspace.take(20));
            }
            int kept = given.lastIndexOf(given.stream().max(Long::compare).get());
            long different = given.stream().distinct().count();
            assertEquals(10, given.getFirst());
            assertTrue(different < 10, given.toString());
            assertTrue(kept > 0, given.toString());
            var rest = firsts(pipeline.epoch()); // nothing is refused for what was kept
            assertEquals(10 + 2 * different, rest.getFirst());
            assertEquals(15 - different, rest.size());
        }
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @Test
    void whatIsKeptDoesNotCountAsAWaitForMemory() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(40, false))
                        .node("large", new Large(1 << 20), "counter")
                        .output("n", "large");
        try (var pipeline = graph.build(options().memoryLimit(5 << 20))) {
            pipeline.take(5).forEach(batch -> {});
            try (var headspace = pipeline.headspace(10)) {
                firsts(headspace.take(9)); // more than there is room for
                var before = pipeline.report();
                firsts(headspace.take(20));
                var after = pipeline.report();
                assertTrue(after.consumer().paused().compareTo(before.consumer().paused()) > 0);
                assertEquals(before.memoryWait(), after.memoryWait());
            }
        }
    }

    @Test
    void nothingBeginsMeanwhileThoughTheUserLetsGoOfMemory() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(40, false))
                        .node("large", new Large(1 << 20), "counter")
                        .output("n", "large");
        try (var pipeline = graph.build(options().memoryLimit(7 << 20))) {
            var mine = pipeline.next().retain();
            try (var headspace = pipeline.headspace(10)) {
                firsts(headspace.take(9)); // more than there is room for
                assertEquals(0, pipeline.report().iterationsInFlight());
                mine.close();
                assertEquals(0, pipeline.report().iterationsInFlight());
            }
            assertEquals(0, pipeline.report().iterationsInFlight());
        }
    }

    /// A sample of 2 MiB, then one of 5.
    private record Growing() implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return TensorSpec.of(
                    ElementType.UINT8, "", (context.id().position() == 0 ? 2 : 5) << 20);
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.uint8(0, (int) in.int64(0));
        }
    }

    @Test
    void noIterationIsRefusedForWhatIsKept() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(2, false))
                        .node("growing", new Growing(), "counter")
                        .output("n", "growing");
        var options = Options.batchSize(1).threads(1).prefetch(1).memoryLimit(6 << 20);
        try (var pipeline = graph.build(options);
                var headspace = pipeline.headspace(2)) {
            assertEquals(List.of(0L, 1L, 0L), firsts(headspace.take(3)));
        }
    }

    /// Waits with all numbers from 4 on until let go.
    private record Held(CountDownLatch letGo) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) throws Exception {
            if (in.int64(0) >= 4) {
                letGo.await();
            }
            out.copyFrom(in);
        }
    }

    @Test
    void whatWasBegunIsFinishedBeforeAnythingIsMeasured() throws Exception {
        var held = new Held(new CountDownLatch(1));
        var graph =
                Trial.graph()
                        .node("counter", new Counter(100, false))
                        .node("held", held, "counter")
                        .output("n", "held");
        try (var pipeline = graph.build(options().prefetch(3))) {
            pipeline.next(); // so the next two iterations are begun
            try (var headspace = pipeline.headspace(1)) {
                firsts(headspace.take(1));
                var consumer = Thread.ofPlatform().start(() -> firsts(headspace.take(1)));
                while (consumer.getState() != Thread.State.WAITING) {
                    assertTrue(consumer.isAlive(), "it has not waited for iteration 2");
                    Thread.onSpinWait();
                }
                held.letGo().countDown();
                consumer.join();
                assertEquals(1, pipeline.report().iterationsInFlight());
                assertEquals(1, pipeline.report().batchesReady());
            }
        }
    }

    @Test
    void anIterationThatFailsIsToldAndTheOthersAreKept() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(20, false))
                        .node("fail", new FailOn(number -> number == 3), "counter")
                        .output("n", "fail");
        var pipeline = graph.build(options());
        try (pipeline) {
            try (var headspace = pipeline.headspace(3)) {
                var loop = headspace.take(9);
                assertThrows(BadSample.class, () -> firsts(loop));
                assertEquals(List.of(4L, 0L, 4L, 0L), firsts(headspace.take(4)));
            }
            assertEquals(6, Trial.numbers(pipeline.next(), "n").getFirst());
        }
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @Test
    void thePipelineIsNotAskedMeanwhile() {
        try (var pipeline = counting(20, options())) {
            var headspace = pipeline.headspace(2);
            assertEquals(
                    "a headspace of trial is open: close it, then the pipeline goes on",
                    assertThrows(IllegalStateException.class, pipeline::next).getMessage());
            assertEquals(
                    "a headspace of trial is open already",
                    assertThrows(IllegalStateException.class, () -> pipeline.headspace(2))
                            .getMessage());
            headspace.close();
            assertEquals(
                    "this headspace was closed",
                    assertThrows(IllegalStateException.class, () -> firsts(headspace.take(1)))
                            .getMessage());
            try (var other = pipeline.headspace(2)) {
                headspace.close(); // ends its own only
                assertThrows(IllegalStateException.class, pipeline::next);
                assertEquals(List.of(0L), firsts(other.take(1)));
            }
            assertEquals(2, Trial.numbers(pipeline.next(), "n").getFirst());
        }
    }

    @Test
    void atLeastOneBatchIsKept() {
        try (var pipeline = counting(20, options())) {
            assertEquals(
                    "0 batches to keep, at least 1 is needed",
                    assertThrows(IllegalArgumentException.class, () -> pipeline.headspace(0))
                            .getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void aPipelineThatIsClosedMeanwhileTakesItsBatchesBack(int given) {
        var pipeline = counting(20, options());
        var headspace = pipeline.headspace(2);
        var loop = headspace.take(9).iterator();
        Batch last = null;
        for (int i = 0; i < given; i++) {
            last = loop.next();
        }
        pipeline.close();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
        if (last != null) {
            assertThrows(IllegalStateException.class, last::size);
        }
        assertEquals(
                "pipeline trial was closed",
                assertThrows(IllegalStateException.class, loop::next).getMessage());
        headspace.close();
        assertEquals(
                "pipeline trial was closed",
                assertThrows(IllegalStateException.class, () -> pipeline.headspace(1))
                        .getMessage());
    }

    @Test
    void measuresTheTimeFromGettingABatchToAskingForTheNext() {
        try (var pipeline = counting(40, options())) {
            pipeline.take(3).forEach(batch -> {});
            try (var headspace = pipeline.headspace(2)) {
                firsts(headspace.take(2));
                assertEquals(Duration.ZERO, headspace.trainingAlone(), "they are new");
                long inside = 0;
                long before = System.nanoTime();
                for (var batch : headspace.take(50)) {
                    long start = System.nanoTime();
                    assertNotNull(batch.get("n"));
                    inside += System.nanoTime() - start;
                }
                long outside = System.nanoTime() - before;
                long alone = headspace.trainingAlone().toNanos();
                assertTrue(50 * alone >= inside - 50, alone + " each, of at least " + inside);
                assertTrue(50 * alone <= outside + 50, alone + " each, of at most " + outside);
            }
        }
    }

    @Test
    void comparesWithWhatTrainingAndWaitingTookBefore() {
        try (var pipeline = counting(40, options())) {
            pipeline.take(5).forEach(batch -> {});
            var consumer = pipeline.report().consumer();
            try (var headspace = pipeline.headspace(2)) {
                firsts(headspace.take(6));
                var all = consumer.waited().plus(consumer.worked()).toNanos();
                assertEquals(all / 4.0, headspace.withPipeline().toNanos(), 1, "four full batches");
                assertEquals(
                        (double) headspace.withPipeline().toNanos()
                                / headspace.trainingAlone().toNanos(),
                        headspace.timesFaster());
            }
        }
    }

    @Test
    void replaysAreNoTimeOfThePipeline() {
        try (var pipeline = counting(40, options())) {
            pipeline.take(5).forEach(batch -> {});
            try (var headspace = pipeline.headspace(1)) {
                firsts(headspace.take(2));
                var before = pipeline.report().consumer();
                firsts(headspace.take(50));
                var after = pipeline.report().consumer();
                assertEquals(before.worked(), after.worked());
                assertEquals(before.waited(), after.waited());
                assertTrue(after.paused().compareTo(before.paused()) > 0);
            }
        }
    }

    @Test
    void aShortBatchCountsByItsSamples() {
        assertEquals(Duration.ofNanos(40), Headspace.forABatch(64, 160, 100));
        assertEquals(Duration.ZERO, Headspace.forABatch(64, 0, 0));
    }

    @Test
    void saysTheResultInASentence() {
        var alone = Duration.ofMillis(41);
        var with = Duration.ofMillis(52);
        assertEquals(
                "training alone takes 41.0 ms for a batch of 64, with this pipeline 52.0 ms: at best"
                        + " 1.27 times faster",
                Headspace.sentence(64, alone, with));
        assertEquals(
                "training alone takes 52.0 ms for a batch of 64, with this pipeline 41.0 ms: a"
                        + " faster pipeline gains nothing",
                Headspace.sentence(64, with, alone));
        assertEquals(
                "training alone takes 41.0 ms for a batch of 64; to compare, train on some batches"
                        + " of the pipeline before",
                Headspace.sentence(64, alone, Duration.ZERO));
        assertEquals(
                "nothing was trained on again yet: take more batches than are kept",
                Headspace.sentence(64, Duration.ZERO, with));
    }

    @Test
    void theSentenceIsThatOfWhatWasMeasured() {
        try (var pipeline = counting(40, options());
                var headspace = pipeline.headspace(1)) {
            assertEquals(1, headspace.timesFaster());
            assertTrue(headspace.toString().startsWith("nothing was trained on again yet"));
            firsts(headspace.take(3));
            assertFalse(headspace.trainingAlone().isZero());
            assertTrue(headspace.toString().contains("for a batch of 2; to compare"));
        }
    }
}
