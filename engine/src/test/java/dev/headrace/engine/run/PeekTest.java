package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.Jitter;
import dev.headrace.engine.run.Trial.LessSmallest;
import dev.headrace.engine.run.Trial.Noise;
import dev.headrace.engine.run.Trial.Repeat;
import dev.headrace.engine.run.Trial.Reverse;
import dev.headrace.engine.run.Trial.RunningSum;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.run.Trial.Split;
import dev.headrace.engine.run.Trial.Sum;
import dev.headrace.engine.run.Trial.Widen;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Looking at values inside a graph, and at the batch that the consumer holds.
@Timeout(60)
class PeekTest {
    private static final int BATCH = 4;

    private static Sketch mixed() {
        return Trial.graph()
                .node("counter", new Counter(22, true))
                .node("noise", new Noise(0))
                .node("jitter", new Jitter(), "counter")
                .node("split", new Split(3), "counter")
                .node("repeat", new Repeat(), "counter")
                .node("reverse", new Reverse(), "split[1]")
                .node("less", new LessSmallest(), "reverse")
                .node("sum", new Sum(), "jitter", "noise", "#5")
                .node("wide", new Widen(), "less")
                .node("running", new RunningSum(new ArrayList<>()), "wide")
                .output("sum", "sum")
                .output("running", "running")
                .output("counter", "counter");
    }

    private static List<String> batches(GraphSpec graph, Options options) {
        var lines = new ArrayList<String>();
        try (var pipeline = Pipeline.of(Plan.of(graph, options))) {
            for (var batch : pipeline.epochs(2)) {
                lines.addAll(Trial.describe(batch));
            }
        }
        return lines;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, false", "4, 2, false", "4, 2, true", "7, 7, false"})
    void lookingChangesNoOutput(int batch, int threads, boolean checked) {
        var plain = Options.batchSize(batch).threads(threads).seed(3);
        var options = checked ? plain.withChecks() : plain;
        var graph = mixed().spec();
        assertEquals(batches(graph, options), batches(graph.peeked(), options));
    }

    @Test
    void showsValuesInsideASegmentSampleBySample() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(10, false))
                        .node("split", new Split(3), "counter")
                        .peek()
                        .node("sum", new Sum(), "split", "split[1]")
                        .output("sum", "sum");
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(2))) {
            pipeline.next();
            var batch = pipeline.next();
            assertEquals(ImmutableSet.of("split.quotient", "split.remainder"), batch.peeks());
            var quotient = batch.peek("split.quotient");
            var remainder = batch.peek("split.remainder");
            assertEquals(BATCH, quotient.size());
            for (int i = 0; i < BATCH; i++) {
                assertEquals((BATCH + i) / 3, quotient.get(i).int64(0));
                assertEquals((BATCH + i) % 3, remainder.get(i).int64(0));
                assertEquals(BATCH + i, quotient.id(i).position());
            }
            assertEquals(ImmutableSet.of("sum"), batch.names());
            pipeline.next();
            assertThrows(IllegalStateException.class, () -> quotient.get(0));
        }
    }

    @Test
    void saysWhyThereIsNothingToSee() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(10, false))
                        .node("unused", new Copy(1), "counter")
                        .peek()
                        .output("n", "counter");
        try (var pipeline = graph.build(Options.batchSize(BATCH))) {
            var batch = pipeline.next();
            assertEquals(ImmutableSet.of(), batch.peeks());
            assertEquals(
                    "unused (Copy), added at Trial.java:2 has no value to look at: nobody needs it",
                    assertThrows(IllegalArgumentException.class, () -> batch.peek("unused"))
                            .getMessage());
        }
    }

    @Test
    void aNodeWhoseNameLooksLikeAnOutputIsItself() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(10, false))
                        .node("counter.next", new Copy(1), "counter")
                        .output("n", "counter.next");
        try (var pipeline = graph.build(Options.batchSize(BATCH))) {
            var batch = pipeline.next();
            assertEquals(
                    "counter.next (Copy), added at Trial.java:2 is not looked at; add .peek() to the"
                            + " node",
                    assertThrows(IllegalArgumentException.class, () -> batch.peek("counter.next"))
                            .getMessage());
        }
    }

    @Test
    void aSampleThatWasReplacedHasNothingToSee() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(BATCH, false))
                        .node("copy", new Copy(0), "counter")
                        .peek()
                        .node("fail", new FailOn(number -> number == 2), "copy")
                        .output("n", "fail");
        var minusOne = TensorValue.of(Trial.NUMBER, -1);
        var options =
                Options.batchSize(BATCH)
                        .badSamples(BadSamples.replace(ImmutableMap.of("n", minusOne), 1));
        var pipeline = graph.build(options);
        var batch = pipeline.next();
        assertEquals(List.of(0L, 1L, -1L, 3L), Trial.numbers(batch, "n"));
        assertEquals(3, batch.peek("copy").get(3).int64(0));
        assertEquals(0, batch.peek("copy").get(2).shape().volume());
        pipeline.close();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    private static Pipeline plain() {
        return Trial.graph()
                .node("counter", new Counter(100, false))
                .output("n", "counter")
                .build(Options.batchSize(BATCH).memoryLimit(4096));
    }

    private static Optional<Batch> look(Pipeline pipeline) {
        try {
            return pipeline.look(Duration.ZERO);
        } catch (InterruptedException stopped) {
            throw new AssertionError(stopped);
        }
    }

    /// A consumer that does nothing but ask holds each batch for a moment only.
    @Test
    void whoWaitsSeesTheNextBatchThoughItIsReleasedAtOnce() throws Exception {
        var pipeline = plain();
        var seen = new FutureTask<>(() -> pipeline.look(Duration.ofMinutes(1)));
        var looker = Thread.ofPlatform().start(seen);
        while (looker.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        pipeline.next().close();
        try (var look = seen.get().orElseThrow()) {
            assertEquals(0, look.iteration());
            assertEquals(List.of(0L, 1L, 2L, 3L), Trial.numbers(look, "n"));
        }
        pipeline.close();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @Test
    void whoWaitsForABatchIsToldWhenNoneWillCome() throws Exception {
        var pipeline = plain();
        var seen = new FutureTask<>(() -> pipeline.look(Duration.ofMinutes(1)));
        Thread.ofPlatform().start(seen);
        pipeline.close();
        assertEquals(Optional.empty(), seen.get());
    }

    @Test
    void whoIsInterruptedWhileWaitingKeepsNothing() throws Exception {
        var pipeline = plain();
        var seen = new FutureTask<>(() -> pipeline.look(Duration.ofMinutes(1)));
        var looker = Thread.ofPlatform().start(seen);
        looker.interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, seen::get).getCause());
        pipeline.next();
        pipeline.close();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @Test
    void theBatchThatTheConsumerHoldsCanBeLookedAt() throws InterruptedException {
        try (var pipeline = plain()) {
            assertEquals(Optional.empty(), look(pipeline));
            var batch = pipeline.next();
            var seen = new ArrayList<Long>();
            Thread.ofPlatform()
                    .start(
                            () -> {
                                try (var look = look(pipeline).orElseThrow()) {
                                    seen.addAll(Trial.numbers(look, "n"));
                                }
                            })
                    .join();
            assertEquals(List.of(0L, 1L, 2L, 3L), seen);
            assertEquals(seen, Trial.numbers(batch, "n"), "the consumer's own is still valid");
            batch.close();
            assertEquals(Optional.empty(), look(pipeline));
        }
    }

    @Test
    void whatIsLookedAtStaysValidUntilItIsClosedAndLeavesNothing() {
        var pipeline = plain();
        pipeline.next();
        var look = look(pipeline).orElseThrow();
        pipeline.next();
        pipeline.next();
        assertEquals(List.of(0L, 1L, 2L, 3L), Trial.numbers(look, "n"));
        pipeline.close();
        assertEquals(List.of(0L, 1L, 2L, 3L), Trial.numbers(look, "n"));
        assertEquals(Optional.empty(), look(pipeline));
        look.close();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
        assertEquals(0, pipeline.report().lentBytes());
    }

    @Test
    void lookingDoesNotCountAsKeeping() {
        var kept = new ArrayList<Batch>();
        try (var pipeline = plain()) {
            assertThrows(
                    NoRoom.class,
                    () -> {
                        while (true) {
                            kept.add(pipeline.next().retain());
                        }
                    });
            kept.forEach(Batch::close);
        }
        try (var pipeline = plain()) {
            var looks = new ArrayList<Batch>();
            while (looks.size() < 2 * kept.size()) {
                pipeline.next();
                looks.add(look(pipeline).orElseThrow());
            }
            looks.forEach(Batch::close);
        }
    }
}
