package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A pipeline is not asked, and not closed, from inside an operator that it waits for.
@Timeout(60)
class AskingTest {
    private static final Options OPTIONS = Options.batchSize(2).threads(1).prefetch(1);

    /// Does something with a pipeline in its run or in the rest of it.
    private record Meddler(
            RunsOn runsOn, boolean inRest, AtomicReference<Pipeline> other, Consumer<Pipeline> what)
            implements BatchOperator<Integer> {
        @Override
        public String description() {
            return "meddler by trade";
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer run(Integer before, BatchInputs in, BatchOutputs out, BatchContext context) {
            if (inRest) {
                context.finish(() -> meddle(in, out));
            } else {
                meddle(in, out);
            }
            return before + 1;
        }

        private void meddle(BatchInputs in, BatchOutputs out) {
            what.accept(other.get());
            for (int sample = 0; sample < in.batchSize(); sample++) {
                out.share(0, sample, in.get(0).get(sample));
            }
        }
    }

    private static Sketch with(Meddler meddler) {
        return Trial.graph()
                .node("counter", new Counter(8, false))
                .node("meddler", meddler, "counter")
                .output("n", "meddler");
    }

    private static Pipeline named(String name, Sketch graph) {
        return named(name, graph, OPTIONS);
    }

    private static Pipeline named(String name, Sketch graph, Options options) {
        var spec = new GraphSpec(name, graph.spec().nodes(), graph.spec().outputs());
        return Pipeline.of(Plan.of(spec, options));
    }

    static Stream<RunsOn> kinds() {
        return Stream.of(RunsOn.WORKER, RunsOn.VIRTUAL, new RunsOn.Thread("own"));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anOperatorNeitherAsksItsOwnPipelineNorClosesIt(RunsOn runsOn) {
        for (boolean inRest : new boolean[] {false, true}) {
            var self = new AtomicReference<Pipeline>();
            var asks = new Meddler(runsOn, inRest, self, Pipeline::next);
            try (var pipeline = with(asks).build(OPTIONS)) {
                self.set(pipeline);
                assertEquals(
                        "Meddler failed: IllegalStateException: next() on pipeline trial from"
                                + " inside its own meddler by trade",
                        assertThrows(HeadraceException.class, pipeline::next).what());
            }
            var closes = new Meddler(runsOn, inRest, self, Pipeline::close);
            try (var pipeline = with(closes).build(OPTIONS)) {
                self.set(pipeline);
                assertEquals(
                        "Meddler failed: IllegalStateException: close() on pipeline trial from"
                                + " inside its own meddler by trade",
                        assertThrows(HeadraceException.class, pipeline::next).what());
            }
        }
    }

    @Test
    void norDoesASampleOperator() {
        var self = new AtomicReference<Pipeline>();
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("fail", new FailOn(number -> self.get().next() == null), "counter")
                        .output("number", "fail");
        try (var pipeline = graph.build(OPTIONS)) {
            self.set(pipeline);
            assertEquals(
                    "FailOn failed: IllegalStateException: next() on pipeline trial from inside its"
                            + " own operator FailOn",
                    assertThrows(HeadraceException.class, pipeline::next).what());
        }
    }

    /// A source that asks for what it gives.
    private record Impatient(AtomicReference<Pipeline> self) implements SequentialSource<Integer> {
        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer read(Integer before, BatchOutputs out, BatchContext context) {
            self.get().next();
            return before;
        }
    }

    @Test
    void norDoesASource() {
        var self = new AtomicReference<Pipeline>();
        var graph = Trial.graph().node("source", new Impatient(self)).output("n", "source");
        try (var pipeline = graph.build(OPTIONS)) {
            self.set(pipeline);
            assertEquals(
                    "Impatient failed: IllegalStateException: next() on pipeline trial from inside"
                            + " its own operator Impatient",
                    assertThrows(HeadraceException.class, pipeline::next).what());
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anOperatorMayAskAnotherPipelineThatDoesNotAskBack(RunsOn runsOn) {
        var other = new AtomicReference<Pipeline>();
        var inner = Trial.graph().node("counter", new Counter(8, false)).output("n", "counter");
        var asks =
                new Meddler(
                        runsOn,
                        false,
                        other,
                        asked -> assertEquals(List.of(0L, 1L), Trial.numbers(asked.next(), "n")));
        try (var given = named("inner", inner);
                var pipeline = named("outer", with(asks))) {
            other.set(given);
            assertEquals(List.of(0L, 1L), Trial.numbers(pipeline.next(), "n"));
        }
    }

    /// The loop asks the outer one, and waits.
    @ParameterizedTest
    @MethodSource("kinds")
    void pipelinesThatAskEachOtherAreRefused(RunsOn runsOn) {
        var outer = new AtomicReference<Pipeline>();
        var inner = new AtomicReference<Pipeline>();
        var asksInner = new Meddler(runsOn, false, inner, Pipeline::next);
        var asksOuter = new Meddler(runsOn, false, outer, Pipeline::next);
        try (var one = named("outer", with(asksInner));
                var two = named("inner", with(asksOuter))) {
            outer.set(one);
            inner.set(two);
            assertEquals(
                    "Meddler failed: IllegalStateException: next() on pipeline outer from inside its"
                            + " own meddler by trade, by way of pipeline inner",
                    assertThrows(HeadraceException.class, one::next).what());
        }
    }

    /// Here nobody asks the outer pipeline: its operator runs ahead.
    @ParameterizedTest
    @MethodSource("kinds")
    void alsoWhereOneOfThemRunsAhead(RunsOn runsOn) throws Exception {
        var outer = new AtomicReference<Pipeline>();
        var inner = new AtomicReference<Pipeline>();
        var told = new LinkedBlockingQueue<String>();
        var first = new AtomicBoolean(true);
        var asksInner =
                new Meddler(
                        runsOn,
                        false,
                        inner,
                        asked -> {
                            if (!first.getAndSet(false)) {
                                asked.next();
                            }
                        });
        var asksOuter =
                new Meddler(
                        runsOn,
                        false,
                        outer,
                        asked -> {
                            try {
                                asked.next();
                            } catch (IllegalStateException refusal) {
                                told.add(refusal.getMessage());
                                throw refusal;
                            }
                        });
        try (var one = named("outer", with(asksInner), OPTIONS.prefetch(2));
                var two = named("inner", with(asksOuter))) {
            outer.set(one);
            inner.set(two);
            one.next(); // iteration 1 begins
            assertEquals(
                    "next() on pipeline outer from inside its own meddler by trade, by way of"
                            + " pipeline inner",
                    told.take());
        }
    }
}
