package dev.headrace.operators.python;

import static dev.headrace.operators.python.Functions.f;
import static dev.headrace.operators.python.Functions.source;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.run.Bottleneck.Kind;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.Counter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is said of a function that holds a run back, and what to try.
@NeedsPython
class SlowFunctionTest {
    /// Takes nine times as long as all that happens between its calls, on however busy a machine.
    private static final String SLOW =
            """
            from time import perf_counter
            since, inside = perf_counter(), 0

            def f(x):
                global inside
                begun = perf_counter()
                outside = begun - since - inside
                while inside + perf_counter() - begun < 9 * outside:
                    pass
                inside += perf_counter() - begun
                return x
            """;

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void isFoundOut(int workers) {
        var slow = source(SLOW).view(View.NUMPY).workers(workers);
        var graph = Graph.named("train");
        graph.output("out", graph.read(Counter.below(1000)).then(slow).named("slow"));
        try (var pipeline = graph.build(Options.batchSize(4).threads(2).prefetch(4))) {
            pipeline.take(16).forEach(batch -> {});
            var said = pipeline.report().bottleneck();
            assertEquals(Kind.SERIAL, said.kind(), said.sentence());
            var begins =
                    workers == 0
                            ? "slow (PythonFunction) runs on the one thread \"python\", which is"
                                    + " busy "
                            : "slow (PythonFunction) takes batches in order, and is at it ";
            assertTrue(said.sentence().startsWith(begins), said.sentence());
        }
    }

    @Test
    void moreProcessesAreAdvisedOnlyWhereThereAreCoresForThem() {
        int cores = Runtime.getRuntime().availableProcessors();
        var function = f("x[0]");
        assertEquals("", function.workers(cores).remedy());
        if (cores > 1) {
            assertEquals(
                    "run it in processes of its own by workers(" + cores + ")", function.remedy());
            assertEquals(
                    "run it in more processes by workers(" + cores + ")",
                    function.workers(cores - 1).remedy());
        }
    }
}
