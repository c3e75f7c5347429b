package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The rest of a run goes on beside the next iteration's run.
@Timeout(60)
class FinishTest {
    private static final Duration HANG = Duration.ofSeconds(60); // only a hang takes so long

    private interface Body {
        void run(long before, BatchInputs in, BatchOutputs out, BatchContext context)
                throws Exception;
    }

    /// Counts its runs, and does what a test says.
    private record Counted(RunsOn runsOn, Body body) implements BatchOperator<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long run(Long before, BatchInputs in, BatchOutputs out, BatchContext context)
                throws Exception {
            body.run(before, in, out, context);
            return before + 1;
        }
    }

    static Stream<RunsOn> kinds() {
        return Stream.of(RunsOn.WORKER, RunsOn.VIRTUAL, new RunsOn.Thread("own"));
    }

    private static Trial.Sketch counted(RunsOn runsOn, Body body) {
        return Trial.graph()
                .node("counter", new Counter(400, false))
                .node("counted", new Counted(runsOn, body), "counter")
                .node("copy", new Copy(0), "counted")
                .output("n", "copy");
    }

    private static Options options() {
        return Options.batchSize(2).threads(1).prefetch(3);
    }

    private static void fill(BatchInputs in, BatchOutputs out, long number) {
        for (int sample = 0; sample < in.batchSize(); sample++) {
            out.make(0, sample, Trial.NUMBER)
                    .int64(0, 100 * number + in.get(0).get(sample).int64(0));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void theNextRunBeginsBeforeTheRestHasEnded(RunsOn runsOn) {
        var second = new CountDownLatch(1);
        var threads = new CopyOnWriteArrayList<Thread>();
        var graph =
                counted(
                        runsOn,
                        (before, in, out, context) -> {
                            if (before == 1) {
                                second.countDown();
                            }
                            context.finish(
                                    () -> {
                                        threads.add(Thread.currentThread());
                                        second.await();
                                        fill(in, out, before);
                                    });
                        });
        var pipeline = graph.build(options());
        assertEquals(List.of(0L, 1L), Trial.numbers(pipeline.next(), "n"));
        assertEquals(List.of(102L, 103L), Trial.numbers(pipeline.next(), "n"));
        assertEquals(List.of(204L, 205L), Trial.numbers(pipeline.next(), "n"));
        assertTrue(threads.stream().allMatch(Thread::isVirtual));
        pipeline.close();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aRestThatFailsFailsItsIterationAndTheStateStays(RunsOn runsOn) {
        var graph =
                counted(
                        runsOn,
                        (before, in, out, context) ->
                                context.finish(
                                        () -> {
                                            fill(in, out, before);
                                            if (before == 1) {
                                                throw new BadBatch("no rest");
                                            }
                                        }));
        try (var pipeline = graph.build(options())) {
            assertEquals(List.of(0L, 1L), Trial.numbers(pipeline.next(), "n"));
            assertEquals(
                    "no rest\n  at counted (Counted), added at Trial.java:2, iteration 1",
                    assertThrows(HeadraceException.class, pipeline::next).getMessage());
            assertEquals(List.of(204L, 205L), Trial.numbers(pipeline.next(), "n"));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aRunThatFailsHasNoRestAndLeavesTheState(RunsOn runsOn) {
        var rests = new AtomicInteger();
        var graph =
                counted(
                        runsOn,
                        (before, in, out, context) -> {
                            context.finish(
                                    () -> {
                                        rests.incrementAndGet();
                                        fill(in, out, before);
                                    });
                            if (context.iteration() == 1) {
                                throw new BadBatch("no run");
                            }
                        });
        try (var pipeline = graph.build(options().prefetch(1))) {
            pipeline.next();
            assertThrows(HeadraceException.class, pipeline::next);
            assertEquals(List.of(104L, 105L), Trial.numbers(pipeline.next(), "n"));
        }
        assertEquals(2, rests.get());
    }

    @Test
    void aRunThatMissesAnOutputLeavesTheState() {
        Body forgets =
                (before, in, out, context) -> {
                    if (context.iteration() != 1) {
                        fill(in, out, before);
                    }
                };
        try (var pipeline = counted(RunsOn.WORKER, forgets).build(options())) {
            pipeline.next();
            assertThrows(HeadraceException.class, pipeline::next);
            assertEquals(List.of(104L, 105L), Trial.numbers(pipeline.next(), "n"));
        }
    }

    @Test
    void whatTheRestDoesNotMakeIsMissed() {
        var graph =
                counted(
                        RunsOn.WORKER,
                        (before, in, out, context) ->
                                context.finish(
                                        () -> out.make(0, 1, Trial.NUMBER).int64(0, before)));
        try (var pipeline = graph.build(options())) {
            assertEquals(
                    "Counted made 1 of 2 samples of output out",
                    assertThrows(HeadraceException.class, pipeline::next).what());
        }
    }

    @Test
    void theRestMayLoopAndKeepThings() {
        var graph =
                counted(
                        RunsOn.WORKER,
                        (before, in, out, context) ->
                                context.finish(
                                        () ->
                                                context.forEach(
                                                        in.batchSize(),
                                                        (sample, own) ->
                                                                out.share(
                                                                        0,
                                                                        sample,
                                                                        in.get(0).get(sample)))));
        try (var pipeline = graph.build(options().withChecks())) {
            assertEquals(List.of(0L, 1L), Trial.numbers(pipeline.next(), "n"));
        }
    }

    @Test
    void aRestIsStatedOnce() {
        var graph =
                counted(
                        RunsOn.WORKER,
                        (before, in, out, context) -> {
                            context.finish(() -> {});
                            context.finish(() -> {});
                        });
        try (var pipeline = graph.build(options())) {
            assertEquals(
                    "Counted failed: IllegalStateException: the rest of this run was stated before",
                    assertThrows(HeadraceException.class, pipeline::next).what());
        }
    }

    /// A source that would go on later.
    private record Restless() implements SequentialSource<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            context.finish(() -> {});
            return before;
        }
    }

    @Test
    void aSourceLeavesNoRest() {
        var graph = Trial.graph().node("source", new Restless()).output("n", "source");
        try (var pipeline = graph.build(options())) {
            assertEquals(
                    "Restless failed: IllegalStateException: a sequential source leaves no rest of a"
                            + " run",
                    assertThrows(HeadraceException.class, pipeline::next).what());
        }
    }

    /// Says that it has no effect; its rest makes other numbers each time, if so told.
    private record Twice(AtomicInteger calls, boolean differs) implements StatelessBatchOperator {
        @Override
        public Effect effect() {
            return Effect.NONE;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            context.finish(() -> fill(in, out, differs ? calls.incrementAndGet() : 3));
        }
    }

    @Test
    void checkedModeRunsTheRestTwiceToo() {
        for (boolean differs : new boolean[] {false, true}) {
            var graph =
                    Trial.graph()
                            .node("counter", new Counter(4, false))
                            .node("twice", new Twice(new AtomicInteger(), differs), "counter")
                            .output("n", "twice");
            try (var pipeline = graph.build(options().withChecks())) {
                if (differs) {
                    assertEquals(
                            "Twice says that it has no effect, but run twice it made different bytes"
                                    + " of output out, first at byte 0",
                            assertThrows(HeadraceException.class, pipeline::next).what());
                } else {
                    assertEquals(List.of(300L, 301L), Trial.numbers(pipeline.next(), "n"));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void closingInterruptsARestAndWaitsForIt(RunsOn runsOn) throws Exception {
        var arrived = new CountDownLatch(1);
        var ended = new CountDownLatch(1);
        var graph =
                counted(
                        runsOn,
                        (before, in, out, context) ->
                                context.finish(
                                        () -> {
                                            fill(in, out, before);
                                            arrived.countDown();
                                            try {
                                                new CountDownLatch(1).await();
                                            } finally {
                                                ended.countDown();
                                            }
                                        }));
        var pipeline = graph.build(options());
        var consumer =
                Thread.ofPlatform().start(() -> assertThrows(Exception.class, pipeline::next));
        arrived.await();
        assertTimeoutPreemptively(HANG, pipeline::close);
        assertEquals(0, ended.getCount());
        consumer.join();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    /// Waits in its second iteration, until the first was delivered.
    private record Second(CountDownLatch delivered) implements StatelessBatchOperator {
        @Override
        public RunsOn runsOn() {
            return RunsOn.VIRTUAL;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception {
            if (context.iteration() == 1) {
                delivered.await();
            }
            fill(in, out, 0);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void theTurnIsPassedOnce(RunsOn runsOn) {
        var delivered = new CountDownLatch(1);
        Body body = (before, in, out, context) -> context.finish(() -> fill(in, out, before));
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("second", new Second(delivered), "counter")
                        .node("counted", new Counted(runsOn, body), "second")
                        .output("n", "counted");
        try (var pipeline = graph.build(options().prefetch(2))) {
            assertEquals(List.of(0L, 1L), Trial.numbers(pipeline.next(), "n"));
            delivered.countDown(); // until now the second had its turn, but no input
            assertEquals(List.of(102L, 103L), Trial.numbers(pipeline.next(), "n"));
        }
    }

    @Test
    void aRestThatComesTooLateIsNotDoneAndLeavesNothing() throws Exception {
        var arrived = new CountDownLatch(1);
        var rests = new AtomicInteger();
        var graph =
                counted(
                        RunsOn.WORKER,
                        (before, in, out, context) -> {
                            fill(in, out, before);
                            arrived.countDown();
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException closing) {
                                context.finish(rests::incrementAndGet);
                            }
                        });
        var pipeline = graph.build(options());
        var consumer =
                Thread.ofPlatform().start(() -> assertThrows(Exception.class, pipeline::next));
        arrived.await();
        assertTimeoutPreemptively(HANG, pipeline::close);
        consumer.join();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
        assertEquals(0, rests.get());
    }

    /// Leaves a rest that waits until the iteration has failed elsewhere.
    private record Late(CountDownLatch stated, CountDownLatch failing, AtomicInteger rests)
            implements StatelessBatchOperator {
        @Override
        public RunsOn runsOn() {
            return RunsOn.VIRTUAL;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            context.finish(
                    () -> {
                        stated.countDown();
                        failing.await();
                        rests.incrementAndGet();
                        fill(in, out, 1);
                    });
        }
    }

    /// Whoever waits for the rest outside would wait for ever.
    @Test
    void aRestIsDoneThoughTheIterationHasFailedElsewhere() {
        var stated = new CountDownLatch(1);
        var failing = new CountDownLatch(1);
        var rests = new AtomicInteger();
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("other", new Counter(4, false))
                        .node("fails", new Failing(stated, failing), "other")
                        .node("late", new Late(stated, failing, rests), "counter")
                        .output("n", "late")
                        .output("f", "fails");
        try (var pipeline = graph.build(options().prefetch(1))) {
            var failure = assertThrows(HeadraceException.class, pipeline::next);
            assertEquals("no good", failure.what());
            assertEquals(1, rests.get());
            assertFalse(pipeline.report().holders().containsKey("late"));
        }
    }

    /// Fails once a rest was stated.
    private record Failing(CountDownLatch stated, CountDownLatch failing)
            implements SampleOperator {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) throws Exception {
            stated.await();
            failing.countDown();
            throw new BadSample("no good");
        }
    }
}
