package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a batch operator may do with its batch, and what it is told if it does something else.
@Timeout(60)
class BatchRunTest {
    private static final int BATCH = 4;

    private interface Body {
        void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception;
    }

    /// Does what a test says.
    private record Scripted(Argument argument, Body body) implements StatelessBatchOperator {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception {
            body.run(in, out, context);
        }
    }

    private static Sketch scripted(Body body) {
        return Trial.graph()
                .node("counter", new Counter(8, false))
                .node("scripted", new Scripted(new Input(1), body), "counter", "counter")
                .output("n", "scripted");
    }

    private static void copy(BatchInputs in, BatchOutputs out, int sample) {
        out.make(0, sample, Trial.NUMBER).int64(0, in.get(0).get(sample).int64(0));
    }

    /// @param what it is told
    private record Misuse(String what, Body body) {
        @Override
        public String toString() {
            return what;
        }
    }

    static List<Misuse> misuses() {
        return List.of(
                new Misuse(
                        "Scripted made 3 of 4 samples of output out",
                        (in, out, context) -> {
                            for (int sample = 0; sample < 3; sample++) {
                                copy(in, out, sample);
                            }
                        }),
                new Misuse(
                        "Scripted failed: IllegalStateException: sample 1 of output out is made"
                                + " twice",
                        (in, out, context) -> {
                            copy(in, out, 1);
                            copy(in, out, 1);
                        }),
                new Misuse(
                        "Scripted failed: IndexOutOfBoundsException: sample 4 of a batch of 4",
                        (in, out, context) -> out.make(0, 4, Trial.NUMBER)),
                new Misuse(
                        "Scripted failed: IllegalStateException: samples are stated before the"
                                + " first output is made",
                        (in, out, context) -> {
                            copy(in, out, 0);
                            out.samples(3);
                        }),
                new Misuse(
                        "Scripted failed: IllegalArgumentException: -1 samples",
                        (in, out, context) -> out.samples(-1)),
                new Misuse(
                        "Scripted failed: IllegalStateException: only a sequential source ends an"
                                + " epoch",
                        (in, out, context) -> context.end()),
                new Misuse(
                        "Scripted failed: IllegalArgumentException: a loop of 5 over a batch of 4",
                        (in, out, context) -> context.forEach(5, (sample, own) -> {})),
                new Misuse(
                        "Scripted failed: IllegalStateException: argument input 1 has a value for"
                                + " each sample: ask inside forEach, or read the list",
                        (in, out, context) -> context.number(new Input(1))),
                new Misuse(
                        "Scripted failed: IllegalStateException: Scripted draws x but does not say"
                                + " that it is random",
                        (in, out, context) -> context.uniform("x")));
    }

    @ParameterizedTest
    @MethodSource("misuses")
    void misuseIsToldWithTheNode(Misuse misuse) {
        try (var pipeline =
                scripted(misuse.body()).build(Options.batchSize(BATCH).threads(2).prefetch(1))) {
            for (int iteration = 0; iteration < 2; iteration++) {
                var failure = assertThrows(BadBatch.class, pipeline::next);
                assertEquals(
                        misuse.what()
                                + "\n  at scripted (Scripted), added at Trial.java:2, iteration "
                                + iteration,
                        failure.getMessage());
            }
            assertTrue(
                    pipeline.report().holders().keySet().stream()
                            .allMatch(name -> name.startsWith("scratch of trial worker")),
                    pipeline.report().holders().toString());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void aLoopOverTheBatchHasTheIdAndTheArgumentsOfEachSample(int threads) {
        var graph =
                scripted(
                        (in, out, context) ->
                                context.forEach(
                                        in.batchSize(),
                                        (sample, own) -> {
                                            long id = own.id().position();
                                            double number = own.number(new Input(1));
                                            out.make(0, sample, Trial.NUMBER)
                                                    .int64(0, 100 * id + (long) number);
                                        }));
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(threads))) {
            var numbers = new ArrayList<Long>();
            pipeline.epoch().forEach(batch -> numbers.addAll(Trial.numbers(batch, "n")));
            assertEquals(LongStream.range(0, 8).mapToObj(n -> 101 * n).toList(), numbers);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void ofALoopTheFirstFailureIsToldWithItsSample(int threads) {
        var graph =
                scripted(
                        (in, out, context) ->
                                context.forEach(
                                        in.batchSize(),
                                        (sample, own) -> {
                                            if (sample >= 1) {
                                                throw new BadSample("no " + sample);
                                            }
                                            copy(in, out, sample);
                                        }));
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(threads))) {
            var failure = assertThrows(HeadraceException.class, pipeline::next);
            assertEquals(
                    "no 1\n"
                            + "  at scripted (Scripted), added at Trial.java:2, iteration 0, sample 1"
                            + " [number 1]",
                    failure.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void aLoopInsideALoopIsRefused(int threads) {
        var graph =
                scripted(
                        (in, out, context) ->
                                context.forEach(
                                        in.batchSize(),
                                        (sample, own) -> context.forEach(1, (inner, its) -> {})));
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(threads))) {
            var failure = assertThrows(HeadraceException.class, pipeline::next);
            assertEquals(
                    "Scripted failed: IllegalStateException: Scripted begins a loop before the"
                            + " one before has ended\n"
                            + "  at scripted (Scripted), added at Trial.java:2, iteration 0, sample 0"
                            + " [number 0]",
                    failure.getMessage());
        }
    }

    /// Takes place in random draws.
    private record Drawing(List<Boolean> same) implements StatelessBatchOperator {
        @Override
        public boolean random() {
            return true;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception {
            context.forEach(
                    in.batchSize(),
                    (sample, own) -> {
                        long bits = context.sampleBits("x", sample);
                        synchronized (same) {
                            same.add(bits == own.bits("x", 0) && bits != own.bits("y", 0));
                        }
                        copy(in, out, sample);
                    });
        }
    }

    @Test
    void theDrawOfASampleIsThatOfItsId() {
        var same = new ArrayList<Boolean>();
        var graph =
                Trial.graph()
                        .node("counter", new Counter(8, true))
                        .node("drawing", new Drawing(same), "counter")
                        .output("n", "drawing");
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(2).prefetch(1))) {
            pipeline.next();
        }
        assertEquals(List.of(true, true, true, true), same);
    }

    @Test
    void aFailureIsToldWithThePlaceOfItsSample() {
        var graph =
                scripted(
                        (in, out, context) -> {
                            throw context.at(2, new BadSample("no good"));
                        });
        try (var pipeline = graph.build(Options.batchSize(BATCH).prefetch(1))) {
            var failure = assertThrows(HeadraceException.class, pipeline::next);
            assertEquals(
                    "no good\n"
                            + "  at scripted (Scripted), added at Trial.java:2, iteration 0, sample 2"
                            + " [number 2]",
                    failure.getMessage());
        }
    }
}
