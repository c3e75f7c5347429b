package dev.headrace.operators.python;

import static dev.headrace.engine.data.ElementType.BFLOAT16;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.tensor;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.spec.Options;
import dev.headrace.testkit.Trial;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The view torch, where torch is installed in the Python that is found; `mvn verify -Dwith.torch`
/// installs it (some gigabytes).
@NeedsPython
class TorchTest {
    private static PythonFunction function(String body, int workers) {
        var source = "import numpy as np\ndef f(x):\n    import torch\n    return " + body + "\n";
        return PythonFunction.source(source, "f").view(View.TORCH).workers(workers);
    }

    private static List<TensorValue> results(PythonFunction function, List<TensorValue> samples) {
        var trial = Trial.of(function, samples.stream().map(List::of).toList());
        return trial.run(Options.batchSize(2).threads(2).prefetch(3).withChecks()).getFirst();
    }

    private static boolean hasTorch() {
        var probe =
                "import importlib.util\ndef f(x):\n"
                        + "    return importlib.util.find_spec('torch') is not None\n";
        var function = PythonFunction.source(probe, "f").workers(1);
        return results(function, List.of(uint8("", shape(1), 1))).getFirst().number(0) == 1;
    }

    private static void assumeTorch() throws Exception {
        if (!hasTorch() && System.getProperty("with.torch") != null) {
            var python = PythonEnvironment.forThisProcess().executable().toString();
            var pip = new ProcessBuilder(python, "-m", "pip", "install", "torch").inheritIO();
            assertEquals(0, pip.start().waitFor(), "pip install torch");
        }
        assumeTrue(hasTorch(), "torch is not installed; -Dwith.torch installs it");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2})
    void seesTensorsOfTorch(int workers) throws Exception {
        assumeTorch();
        var samples =
                List.of(
                        uint8("W", shape(3), 1, 2, 3),
                        uint8("W", shape(2), 4, 5),
                        uint8("W", shape(1), 6));
        assertEquals(
                List.of(
                        uint8("", shape(3), 3, 2, 1),
                        uint8("", shape(2), 5, 4),
                        uint8("", shape(1), 6)),
                results(
                        function("x.flip(0) if isinstance(x, torch.Tensor) else 0", workers),
                        samples));
        assertEquals(
                List.of(
                        uint8("", shape(3), 1, 2, 3),
                        uint8("", shape(2), 4, 5),
                        uint8("", shape(1), 6)),
                results(function("x", workers), samples),
                "identity");
        assertEquals(
                List.of(uint8("", shape(2), 2, 3), uint8("", shape(1), 5), uint8("", shape(0))),
                results(function("x[1:]", workers), samples),
                "part of the input");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void knowsBfloat16(int workers) throws Exception {
        assumeTorch();
        assertEquals(
                List.of(tensor(BFLOAT16, "", shape(2), 1.5, -3)),
                results(
                        function("(x * 1.5).to(torch.bfloat16)", workers),
                        List.of(tensor(FLOAT32, "", shape(2), 1, -2))));
        assertEquals(
                List.of(tensor(FLOAT32, "", shape(2), 1.5, -3)),
                results(
                        function("x.to(torch.float32)", workers),
                        List.of(tensor(BFLOAT16, "", shape(2), 1.5, -3))));
    }

    @Test
    void refusesASparseTensor() throws Exception {
        assumeTorch();
        assertThrows(
                Exception.class,
                () -> results(function("x.to_sparse()", 0), List.of(uint8("", shape(1), 1))));
    }

    @Test
    void isRefusedWhereTorchIsMissing() {
        assumeFalse(hasTorch(), "torch is installed");
        var refused =
                assertThrows(
                        BadGraph.class,
                        () -> results(function("x", 0), List.of(uint8("", shape(1), 1))));
        var message = refused.getMessage().split("\n")[0];
        assertEquals(
                "view TORCH needs torch, which "
                        + PythonEnvironment.forThisProcess().executable()
                        + " does not have",
                message);
    }
}
