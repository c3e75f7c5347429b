package dev.headrace.operators.python;

import static dev.headrace.operators.python.Lifetimes.MORE;
import static dev.headrace.operators.python.Lifetimes.check;
import static dev.headrace.operators.python.Lifetimes.numbers;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;

/// Very many calls of a function that does all that functions may do.
final class SoakingFunctions {
    private static final int BATCH = 20;

    private SoakingFunctions() {}

    /// @param arguments how many calls
    static void main(String[] arguments) {
        long calls = Long.parseLong(arguments[0]);
        check("warmed up", () -> soak(BATCH, false));
        System.out.println("started");
        check("soaked", () -> soak(calls, true));
        System.out.println("all have passed");
    }

    /// @param compare whether memory is looked at, a fifth of the calls warming up
    private static void soak(long calls, boolean compare) {
        var graph = Graph.named("soaked");
        var function = PythonFunction.module("keepers", "soak");
        graph.output("out", numbers(graph, calls).then(function));
        var pipeline = graph.build(Options.batchSize(BATCH).threads(2).prefetch(4));
        try (pipeline) {
            Footprint warm = null;
            for (long batch = 0; batch < calls / BATCH; batch++) {
                if (batch == calls / BATCH / 5) {
                    warm = Footprint.now();
                }
                try {
                    check(pipeline.next(), "out", MORE);
                } catch (BadBatch expected) {
                    if (!expected.what().equals("soak raised ValueError: now and then")) {
                        throw expected;
                    }
                }
            }
            if (compare) {
                warm.hasNotGrown();
            }
        }
        Lifetimes.nothingIsLeft(pipeline);
    }
}
