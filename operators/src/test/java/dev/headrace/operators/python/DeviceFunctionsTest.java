package dev.headrace.operators.python;

import static dev.headrace.operators.python.Functions.run;
import static dev.headrace.operators.python.Functions.source;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.Kernels;
import dev.headrace.operators.read.External;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Functions on a device, on the simulated driver, which finds races; they use it by the library
/// `cuda.py`.
///
/// The input of each function is four `uint8`: n, n + 1, n + 2, n + 3 in sample n.
@NeedsPython
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeviceFunctionsTest {
    private static final int SAMPLES = 12;
    private static final Options OPTIONS = Options.batchSize(3).threads(2);

    private static final String HEAD =
            """
            import cuda

            node = headrace.current_stream

            def plus(x, on, value):
                seen = cuda.Seen(x, on)
                made = cuda.Made(x.shape, on)
                cuda.copy(made.address, seen.address, seen.nbytes, on)
                cuda.fill(made.address, value, 1, on)
                return made

            """;

    @BeforeAll
    static void buildKernels() {
        Kernels.build();
    }

    @BeforeEach
    void begin() {
        Simulation.begin();
    }

    @AfterEach
    void nothingIsWrongAndNothingIsLeft() {
        assertEquals(List.of(), Simulation.reports());
        for (var kind : Simulation.KINDS) {
            assertEquals(0, Simulation.live(kind), kind);
        }
    }

    private static PythonFunction f(String text) {
        return source(HEAD + text);
    }

    private static Graph graph(PythonFunction function) {
        var graph = Graph.named("train");
        var in =
                graph.read(
                        External.indexed(
                                SAMPLES, n -> uint8("C", shape(4), n, n + 1, n + 2, n + 3)));
        var node = in.gpu().then(function).named("f");
        for (int output = 0; output < function.numOutputs(); output++) {
            graph.output("out" + output, node.get(output).cpu());
        }
        return graph;
    }

    private static final List<String> NINE =
            List.of(
                    "[9 1 2 3] [9 2 3 4] [9 3 4 5]",
                    "[9 4 5 6] [9 5 6 7] [9 6 7 8]",
                    "[9 7 8 9] [9 8 9 10] [9 9 10 11]",
                    "[9 10 11 12] [9 11 12 13] [9 12 13 14]");

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsQueuedOnTheNodesStreamIsDoneInOrder(boolean synchronize) {
        var function = f("def f(x): return plus(x, node(), 9)").synchronizeStream(synchronize);
        for (int seed = 0; seed < 5; seed++) {
            Simulation.delay(seed, 300);
            assertEquals(NINE, run(graph(function), OPTIONS, 4), "seed " + seed);
        }
    }

    @Test
    void inBatchModeTheSameHolds() {
        var function =
                f("def f(xs): return [plus(x, node(), 9) for x in xs]").batchProcessing(true);
        assertEquals(NINE, run(graph(function), OPTIONS, 4));
    }
}
