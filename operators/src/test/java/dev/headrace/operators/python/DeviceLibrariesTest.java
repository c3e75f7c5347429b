package dev.headrace.operators.python;

import static dev.headrace.operators.python.Functions.run;
import static dev.headrace.operators.python.Functions.source;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.engine.data.DlPack;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Node;
import dev.headrace.operators.read.External;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// CuPy and PyTorch on a real device: functions on the stream of their node, and batches handed
/// over on a stream of theirs. On the simulated driver they cannot run.
@NeedsPython
@Tag(Simulation.ANY_DRIVER)
class DeviceLibrariesTest {
    private static final int BATCHES = 4;
    private static final Options OPTIONS = Options.batchSize(3).threads(2).prefetch(3);

    private static final String SHARED =
            """
            import builtins

            new_capsule = ctypes.pythonapi.PyCapsule_New
            new_capsule.restype = ctypes.py_object
            new_capsule.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]

            class Lent:
                def __init__(self, address):
                    self.capsule = new_capsule(address, b"dltensor", None)

                def __dlpack__(self, **wanted):
                    return self.capsule

                def __dlpack_device__(self):
                    return 2, 0

            """;

    private static void need(String library) {
        assumeTrue(Simulation.isReal(), "it needs a real device");
        var graph = Graph.named("search");
        var text = "def f():\n    import importlib.util\n    return importlib.util.find_spec('%s')";
        graph.output("found", graph.add(source(text.formatted(library) + " is not None\n")));
        assumeTrue(run(graph, Options.batchSize(1), 1).equals(List.of("1")), "it needs " + library);
    }

    /// n, n + 1, n + 2 in sample n.
    private static Node numbers(Graph graph) {
        return graph.read(
                External.indexed(3 * BATCHES, n -> uint8("C", shape(3), n, n + 1, n + 2)));
    }

    private static String numbers(int batch, int factor) {
        var samples = new StringBuilder();
        for (int n = 3 * batch; n < 3 * batch + 3; n++) {
            samples.append(
                    " [%s %s %s]"
                            .formatted(factor * n, factor * n + factor, factor * n + 2 * factor));
        }
        return samples.substring(1);
    }

    private static void assertDoubles(PythonFunction function) {
        var graph = Graph.named("train");
        graph.output("out", numbers(graph).gpu().then(function).cpu());
        var expected = List.of(numbers(0, 2), numbers(1, 2), numbers(2, 2), numbers(3, 2));
        assertEquals(expected, run(graph, OPTIONS, BATCHES));
    }

    @ParameterizedTest
    @CsvSource({"TENSOR, true", "TENSOR, false", "CUPY, true", "CUPY, false"})
    void aFunctionComputesWithCuPy(View view, boolean synchronize) {
        need("cupy");
        var text =
                """
                import cupy

                def f(x):
                    with cupy.cuda.ExternalStream(headrace.current_stream()):
                        return cupy.from_dlpack(x) * 2
                """;
        assertDoubles(source(text).view(view).synchronizeStream(synchronize));
    }

    @ParameterizedTest
    @CsvSource({"TENSOR, true", "TENSOR, false", "TORCH, true", "TORCH, false"})
    void aFunctionComputesWithPyTorch(View view, boolean synchronize) {
        need("torch");
        var text =
                """
                import torch

                def f(x):
                    with torch.cuda.stream(torch.cuda.ExternalStream(headrace.current_stream())):
                        return torch.from_dlpack(x) * 2
                """;
        assertDoubles(source(text).view(view).synchronizeStream(synchronize));
    }

    /// A library that a batch is handed over to.
    private enum Consumer {
        CUPY(
                "cupy",
                "cupy.cuda.Stream(non_blocking=True)",
                "stream.ptr",
                "with stream: sums.append((cupy.from_dlpack(Lent(%s)) * 2).sum())"),
        PYTORCH(
                "torch",
                "torch.cuda.Stream()",
                "stream.cuda_stream",
                "with torch.cuda.stream(stream): sums.append((torch.from_dlpack(Lent(%s)) * 2).sum())");

        final String library;
        final String stream;
        final String handle;
        final String use;

        Consumer(String library, String stream, String handle, String use) {
            this.library = library;
            this.stream = stream;
            this.handle = handle;
            this.use = use;
        }

        /// What a function of these lines returns; `stream` and `sums` last beyond it.
        String ask(String lines) {
            var text =
                    """
                    import %1$s

                    def f():
                        if not hasattr(builtins, "%1$s_of_headrace"):
                            builtins.%1$s_of_headrace = %2$s, []
                        stream, sums = builtins.%1$s_of_headrace
                        %3$s
                    """
                            .formatted(library, stream, lines);
            var graph = Graph.named("asked");
            graph.output("answer", graph.add(source(SHARED + text)));
            return run(graph, Options.batchSize(1), 1).getFirst();
        }
    }

    @ParameterizedTest
    @EnumSource
    void aBatchIsHandedOverOnAStream(Consumer consumer) {
        need(consumer.library);
        long stream = Long.parseLong(consumer.ask("return " + consumer.handle));
        var graph = Graph.named("train");
        graph.output("out", numbers(graph).gpu());
        long expected = 0;
        try (var pipeline = graph.build(OPTIONS).deliverOn(stream)) {
            for (var batch : pipeline.epoch()) {
                long address = DlPack.managed(batch.get("out").dense());
                consumer.ask(consumer.use.formatted(address) + "\n    return 0");
                expected += 2 * 3 * 3 * (3 * batch.iteration() + 2);
            }
            var sum =
                    consumer.ask("stream.synchronize()\n    return int(sum(int(s) for s in sums))");
            assertEquals(Long.toString(expected), sum);
        }
    }
}
