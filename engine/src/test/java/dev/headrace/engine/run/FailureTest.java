package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.LessSmallest;
import dev.headrace.engine.run.Trial.Noise;
import dev.headrace.engine.run.Trial.RunningSum;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.run.Trial.Sum;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What follows when something fails: who is told what, and that the pipeline goes on.
class FailureTest {
    /// A user's function that does what a test says.
    interface Act {
        void on(long number) throws Exception;
    }

    record Acting(Act act) implements Transform {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) throws Exception {
            act.on(in.int64(0));
            out.copyFrom(in);
        }
    }

    /// Forgets its output.
    record Lazy() implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {}
    }

    private static Sketch failing(LongPredicate refused) {
        return Trial.graph()
                .node("counter", new Counter(12, false))
                .node("fail", new FailOn(refused), "counter")
                .node("copy", new Copy(0), "fail")
                .output("number", "copy");
    }

    private static Options options(int threads, int prefetch) {
        return Options.batchSize(4).threads(threads).prefetch(prefetch).seed(1);
    }

    private static void assertNothingLent(Pipeline pipeline) {
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,4", "2,1", "2,4", "7,1", "7,4"})
    void aBadSampleFailsItsIterationAndTheNextIsDelivered(int threads, int prefetch) {
        var pipeline =
                failing(number -> number == 5 || number == 6).build(options(threads, prefetch));
        try (pipeline) {
            assertEquals(List.of(0L, 1L, 2L, 3L), Trial.numbers(pipeline.next(), "number"));
            var failure = assertThrows(BadSample.class, pipeline::next);
            assertEquals(
                    """
                    FailOn refuses 5
                      at fail (FailOn), added at Trial.java:2, iteration 1, sample 5 [number 5]\
                    """,
                    failure.getMessage());
            assertEquals(List.of(8L, 9L, 10L, 11L), Trial.numbers(pipeline.next(), "number"));
            assertEquals(1, pipeline.report().failures());
        }
        assertNothingLent(pipeline);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,4", "7,4"})
    void ofManyBadSamplesTheFirstIsTold(int threads, int prefetch) {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(64, false))
                        .node("late", new FailOn(number -> number >= 7), "counter")
                        .node("less", new LessSmallest(), "late")
                        .node("later", new FailOn(number -> number >= 3), "counter")
                        .output("less", "less")
                        .output("later", "later");
        for (int round = 0; round < 50; round++) {
            try (var pipeline =
                    graph.build(Options.batchSize(64).threads(threads).prefetch(prefetch))) {
                var failure = assertThrows(BadSample.class, pipeline::next);
                assertEquals("FailOn refuses 3", failure.what());
            }
        }
    }

    @Test
    void aFailureInTheLoopKeepsThePlace() {
        try (var pipeline = failing(number -> number == 5).build(options(2, 2))) {
            var seen = new ArrayList<Long>();
            assertThrows(
                    BadSample.class,
                    () -> {
                        for (var batch : pipeline.epoch()) {
                            seen.addAll(Trial.numbers(batch, "number"));
                        }
                    });
            for (var batch : pipeline.epoch()) {
                seen.addAll(Trial.numbers(batch, "number"));
            }
            assertEquals(List.of(0L, 1L, 2L, 3L, 8L, 9L, 10L, 11L), seen);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,4", "7,4"})
    void anOrderedStepKeepsItsStateOverAFailure(int threads, int prefetch) {
        var noted = new ArrayList<Double>();
        var graph =
                failing(number -> number == 5)
                        .node("running", new RunningSum(noted), "fail")
                        .output("running", "running");
        try (var pipeline = graph.build(options(threads, prefetch))) {
            pipeline.next();
            assertThrows(BadSample.class, pipeline::next);
            pipeline.next();
        }
        assertEquals(List.of(6.0, 6.0 + 8 + 9 + 10 + 11), noted);
    }

    private static HeadraceException failureOf(Act act) {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(8, false))
                        .node("act", new Acting(act), "counter")
                        .output("number", "act");
        var pipeline = graph.build(options(2, 2));
        try (pipeline) {
            var failure = assertThrows(HeadraceException.class, pipeline::next);
            assertEquals(List.of(4L, 5L, 6L, 7L), Trial.numbers(pipeline.next(), "number"));
            return failure;
        } finally {
            assertNothingLent(pipeline);
        }
    }

    private static void onTwo(long number, RuntimeException failure) {
        if (number == 2) {
            throw failure;
        }
    }

    @Test
    void anExceptionOfAUsersFunctionIsABadSampleWithItsCause() {
        var cause = new ArithmeticException("too much");
        var failure = failureOf(number -> onTwo(number, cause));
        assertInstanceOf(BadSample.class, failure);
        assertEquals(
                """
                Acting failed: ArithmeticException: too much
                  at act (Acting), added at Trial.java:2, iteration 0, sample 2 [number 2]\
                """,
                failure.getMessage());
        assertEquals(cause, failure.getCause());
    }

    @Test
    void anErrorOfAUsersFunctionIsABadBatch() {
        var failure =
                failureOf(
                        number -> {
                            if (number == 1) {
                                throw new StackOverflowError();
                            }
                        });
        assertInstanceOf(BadBatch.class, failure);
        assertEquals("Acting died: java.lang.StackOverflowError", failure.what());
    }

    @Test
    void anInterruptOfAUsersFunctionStaysInItsIteration() {
        var failure =
                failureOf(
                        number -> {
                            if (number == 0) {
                                Thread.currentThread().interrupt();
                                new CountDownLatch(1).await();
                            }
                        });
        assertInstanceOf(BadBatch.class, failure);
        assertEquals("Acting was interrupted", failure.what());
    }

    @Test
    void anOutputThatWasNotMadeIsTold() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("lazy", new Lazy(), "counter")
                        .output("number", "lazy");
        try (var pipeline = graph.build(options(2, 2))) {
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals("Lazy made no output out", failure.what());
        }
    }

    @Test
    void anOperatorThatDrawsWithoutSayingSoIsTold() {
        record Sly() implements SampleOperator {
            @Override
            public void run(Inputs in, Outputs out, SampleContext context) {
                out.make(0, Trial.REAL).float64(0, context.uniform("sly"));
            }
        }
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("sly", new Sly(), "counter")
                        .output("number", "sly");
        try (var pipeline = graph.build(options(1, 1))) {
            var failure = assertThrows(BadSample.class, pipeline::next);
            assertEquals(
                    "Sly failed: IllegalStateException: Sly draws sly but does not say that it is"
                            + " random",
                    failure.what());
        }
    }

    @Test
    void writingAnInputIsRefused() {
        record Writing() implements SampleOperator {
            @Override
            public void run(Inputs in, Outputs out, SampleContext context) {
                in.get(0).int64(0, 1);
            }
        }
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("writing", new Writing(), "counter")
                        .output("number", "writing");
        try (var pipeline = graph.build(options(1, 1))) {
            var failure = assertThrows(BadSample.class, pipeline::next);
            assertTrue(failure.what().contains("is an input: read only"), failure.what());
        }
    }

    @Test
    void aSourceThatCannotBeOpenedIsABadGraphWithItsCause() {
        record Broken() implements IndexedSource<Trial.Counting> {
            @Override
            public Trial.Counting open() {
                throw new IllegalArgumentException("there is nothing here");
            }

            @Override
            public void read(
                    Trial.Counting dataset, long index, Outputs out, SampleContext context) {}
        }
        var graph = Trial.graph().node("broken", new Broken()).output("number", "broken");
        var failure = assertThrows(BadGraph.class, () -> graph.build(options(1, 1)));
        assertEquals(
                "there is nothing here\n  at broken (Broken), added at Trial.java:1",
                failure.getMessage());
        assertInstanceOf(IllegalArgumentException.class, failure.getCause());
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,4", "7,4"})
    void skippedSamplesAreListedAndCounted(int threads, int prefetch) {
        var graph = failing(number -> number == 5 || number == 9);
        var options = options(threads, prefetch).badSamples(BadSamples.skip(100));
        var pipeline = graph.build(options);
        try (pipeline) {
            var seen = new ArrayList<Long>();
            for (var batch : pipeline.epoch()) {
                assertEquals(4, batch.size());
                seen.addAll(Trial.numbers(batch, "number"));
            }
            assertEquals(12, seen.size());
            assertTrue(
                    seen.stream().noneMatch(number -> number == 5 || number == 9), () -> "" + seen);
            for (int kept : new int[] {0, 1, 2, 3, 4, 6, 7, 8, 10, 11}) {
                assertEquals(kept, seen.get(kept), "the others stand where they stood");
            }
            var report = pipeline.report();
            assertEquals(report.badSampleCount(), report.badSamples().size());
            assertEquals(5, report.badSamples().getFirst().id().position());
            assertEquals(
                    """
                    FailOn refuses 5
                      at fail (FailOn), added at Trial.java:2, iteration 1, sample 5 [number 5]\
                    """,
                    report.badSamples().getFirst().message());
            for (var bad : report.badSamples()) {
                long position = bad.id().position();
                assertEquals(Optional.of("number " + seen.get((int) position)), bad.replacement());
            }
        }
        assertNothingLent(pipeline);
    }

    @Test
    void samplesThatTheirSourceCannotNameAreSkippedAllTheSame() {
        var graph =
                Trial.graph()
                        .node("nameless", new Nameless())
                        .node("fail", new FailOn(number -> number == 2), "nameless")
                        .output("number", "fail");
        var pipeline = graph.build(options(1, 1).badSamples(BadSamples.skip(100)));
        try (pipeline) {
            assertEquals(4, pipeline.next().size());
            var bad = pipeline.report().badSamples().getFirst();
            assertEquals(2, bad.id().position());
            assertEquals(Optional.empty(), bad.replacement());
        }
        assertNothingLent(pipeline);
    }

    /// A source that fails to name its samples.
    private record Nameless() implements IndexedSource<Nameless.Open> {
        record Open(long size) implements IndexedSource.Dataset {
            @Override
            public String name(long index) {
                throw new AssertionError("no name");
            }
        }

        @Override
        public Open open() {
            return new Open(12);
        }

        @Override
        public void read(Open dataset, long index, Outputs out, SampleContext context) {
            out.make(0, Trial.NUMBER).int64(0, index);
        }
    }

    @Test
    void aSourceThatIsAllBadEndsWithAFailure() {
        var graph = failing(number -> true);
        try (var pipeline =
                graph.build(options(2, 2).badSamples(BadSamples.skip(Long.MAX_VALUE)))) {
            assertThrows(BadSample.class, pipeline::next);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,4", "7,4"})
    void moreBadSamplesThanAllowedFailAtTheSameIteration(int threads, int prefetch) {
        var graph = failing(number -> number == 1 || number == 5 || number == 9);
        var values = ImmutableMap.of("number", TensorValue.of(Trial.NUMBER, -1));
        try (var pipeline =
                graph.build(options(threads, prefetch).badSamples(BadSamples.replace(values, 2)))) {
            pipeline.next();
            pipeline.next();
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals(
                    "FailOn refuses 9; it is one bad sample more than the 2 allowed",
                    failure.what());
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,4", "7,4"})
    void badSamplesAreReplacedByGivenValues(int threads, int prefetch) {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(12, false))
                        .node("fail", new FailOn(number -> number % 5 == 0), "counter")
                        .node("noise", new Noise(0))
                        .node("sum", new Sum(), "fail", "noise")
                        .output("sum", "sum")
                        .output("number", "fail");
        var values =
                ImmutableMap.of(
                        "number", TensorValue.of(Trial.NUMBER, -7),
                        "sum", TensorValue.of(Trial.REAL, -1.5));
        try (var pipeline =
                graph.build(
                        options(threads, prefetch).badSamples(BadSamples.replace(values, 100)))) {
            for (var batch : pipeline.epoch()) {
                for (int sample = 0; sample < batch.size(); sample++) {
                    var sum = batch.get("sum").get(sample).number(0);
                    long number = (long) batch.get("number").get(sample).number(0);
                    long position = batch.get("number").id(sample).position();
                    assertEquals(position % 5 == 0 ? -7 : position, number);
                    assertEquals(position % 5 == 0, sum == -1.5);
                }
            }
            assertEquals(3, pipeline.report().badSampleCount());
        }
    }

    /// A source that cannot say whether it is ready, once.
    private record Moody(AtomicInteger asked) implements SequentialSource<Integer> {
        @Override
        public boolean ready(int iterations) {
            if (asked.incrementAndGet() == 2) {
                throw new IllegalArgumentException("who knows");
            }
            return true;
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer read(Integer before, BatchOutputs out, BatchContext context) {
            out.make(0, 0, Trial.NUMBER).int64(0, before);
            return before + 1;
        }
    }

    @Test
    void aSourceThatCannotSayWhetherItIsReadyIsToldAndThePipelineGoesOn() {
        var graph =
                Trial.graph()
                        .node("moody", new Moody(new AtomicInteger()))
                        .output("number", "moody");
        try (var pipeline = graph.build(options(1, 1))) {
            assertEquals(List.of(0L), Trial.numbers(pipeline.next(), "number"));
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals("Moody failed: IllegalArgumentException: who knows", failure.what());
            assertEquals(List.of(1L), Trial.numbers(pipeline.next(), "number"));
        }
    }
}
