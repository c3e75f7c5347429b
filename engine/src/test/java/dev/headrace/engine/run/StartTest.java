package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Operators with state start while the pipeline is built, or the graph is refused.
@Timeout(60)
class StartTest {
    /// Starts, or fails to.
    private record Starting(String name, RunsOn runsOn, Exception failure, List<String> told)
            implements BatchOperator<AutoCloseable> {
        @Override
        public Effect effect() {
            return Effect.VISIBLE;
        }

        @Override
        public List<String> outputs() {
            return List.of();
        }

        @Override
        public AutoCloseable start() throws Exception {
            if (failure != null) {
                throw failure;
            }
            told.add(name + " starts");
            return () -> told.add(name + " ends");
        }

        @Override
        public AutoCloseable run(
                AutoCloseable before, BatchInputs in, BatchOutputs out, BatchContext context) {
            told.add(name + " runs");
            return before;
        }
    }

    private final List<String> told = Collections.synchronizedList(new ArrayList<>());

    private Starting starting(String name, RunsOn runsOn, Exception failure) {
        return new Starting(name, runsOn, failure, told);
    }

    private static final RunsOn OWN = new RunsOn.Thread("own");

    @Test
    void allStartBeforeAnythingIsRead() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("one", starting("one", RunsOn.WORKER, null), "counter")
                        .node("two", starting("two", OWN, null), "counter")
                        .output("n", "counter");
        var pipeline = graph.build(Options.batchSize(2).threads(1).prefetch(1));
        assertEquals(List.of("one starts", "two starts"), told);
        pipeline.next();
        assertEquals(List.of("one runs", "two runs"), told.subList(2, 4));
        pipeline.close();
        assertEquals(
                List.of("one ends", "two ends"), told.subList(4, 6).stream().sorted().toList());
    }

    @Test
    void allThatCannotStartAreToldAtOnceAndTheOthersEnd() {
        var missing = new IOException("augment.py has no function solarise; it has: jitter");
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("good", starting("good", RunsOn.WORKER, null), "counter")
                        .node("bad", starting("bad", RunsOn.VIRTUAL, missing), "counter")
                        .node("fine", starting("fine", OWN, null), "counter")
                        .node("worse", starting("worse", OWN, new BadGraph("no Python")), "counter")
                        .node("mute", starting("mute", OWN, new IOException()), "counter")
                        .output("n", "counter");
        var failure = assertThrows(BadGraph.class, () -> graph.build(Options.batchSize(2)));
        assertEquals(
                """
                3 problems:
                augment.py has no function solarise; it has: jitter
                  at bad (Starting), added at Trial.java:3
                no Python
                  at worse (Starting), added at Trial.java:5
                java.io.IOException
                  at mute (Starting), added at Trial.java:6""",
                failure.getMessage());
        assertEquals(missing, failure.getSuppressed()[0].getCause());
        assertEquals(List.of("good starts", "fine starts"), told.subList(0, 2));
        assertEquals(
                List.of("fine ends", "good ends"),
                told.subList(2, told.size()).stream().sorted().toList());
        assertTrue(
                Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("trial ")));
    }

    @Test
    void oneThatCannotStartIsTheFailuresCause() {
        var cause = new IOException("no such file");
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("bad", starting("bad", OWN, cause), "counter")
                        .output("n", "counter");
        var failure = assertThrows(BadGraph.class, () -> graph.build(Options.batchSize(2)));
        assertEquals(
                "no such file\n  at bad (Starting), added at Trial.java:2", failure.getMessage());
        assertEquals(cause, assertInstanceOf(IOException.class, failure.getCause()));
    }
}
