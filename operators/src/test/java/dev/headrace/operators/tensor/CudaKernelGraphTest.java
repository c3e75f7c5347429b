package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.engine.data.SpecPattern.OPEN;
import static dev.headrace.operators.tensor.CudaKernel.SAME;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.device.NativeBuild;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.spec.GraphJson;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.ChildJvm;
import dev.headrace.operators.read.Counter;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Graphs with kernels where there is neither a compiler nor a device.
class CudaKernelGraphTest {
    private static final CudaKernel KERNEL = CudaKernel.source("is no source", "f");
    private static final SpecPattern IMAGE = SpecPattern.of(UINT8, "HWC", ANY, 7, 3);

    private static SpecPattern promise(CudaKernel kernel, SpecPattern first) {
        return kernel.promise(List.of(first, SpecPattern.of(INT64, ""))).getFirst();
    }

    @Test
    void promisesWhatIsKnownOfItsOutput() {
        assertEquals(IMAGE, promise(KERNEL, IMAGE));
        assertEquals(OPEN, promise(KERNEL, OPEN));
        assertEquals(OPEN.withLayout("HWC"), promise(KERNEL.layout("HWC"), OPEN));
        var floats = KERNEL.type(FLOAT32).shape(SAME, 1, 1);
        assertEquals(SpecPattern.of(FLOAT32, "HWC", ANY, 1, 1), promise(floats, IMAGE));
        assertEquals(OPEN.withType(FLOAT32).withExtents(ANY, 1, 1), promise(floats, OPEN));
        assertEquals(SpecPattern.of(UINT8, "", 4, 7), promise(KERNEL.shape(4, SAME), IMAGE));
        assertEquals(
                SpecPattern.of(UINT8, "HW", 4, 7),
                promise(KERNEL.shape(4, SAME).layout("HW"), IMAGE));
        assertEquals(SpecPattern.of(INT64, ""), promise(KERNEL.type(INT64).shape(), IMAGE));
    }

    private static Graph graph(CudaKernel kernel) {
        var graph = Graph.named("trial");
        var number = graph.read(Counter.below(3));
        graph.output("one", number.gpu().then(kernel));
        graph.output("other", number.gpu().then(kernel.argument(number)));
        return graph;
    }

    private static String refusal(Graph graph) {
        return assertThrows(BadGraph.class, () -> graph.plan(Options.batchSize(1)))
                .getMessage()
                .replaceAll("CudaKernelGraphTest.java:\\d+", "Mine.java:7");
    }

    @Test
    void aGraphIsPlannedAndExplainedThoughNothingCompiles() {
        var text = graph(KERNEL).plan(Options.batchSize(1)).explain();
        assertTrue(text.contains("gpu(0): transfer, cudaKernel, cudaKernel2"), text);
    }

    @Test
    void equalKernelsOnOneInputAreOne() {
        var graph = Graph.named("trial");
        var number = graph.read(Counter.below(3)).gpu();
        graph.output("one", number.then(CudaKernel.source("text", "f").type(FLOAT32).argument(1)));
        graph.output("two", number.then(CudaKernel.source("text", "f").type(FLOAT32).argument(1)));
        graph.output("three", number.then(CudaKernel.source("text", "g").type(FLOAT32)));
        assertEquals(4, graph.plan(Options.batchSize(1)).nodes().size());
    }

    @Test
    void onTheHostItIsRefused() {
        var graph = Graph.named("trial");
        graph.output("out", graph.read(Counter.below(3)).then(KERNEL).named("mine"));
        assertEquals(
                "CudaKernel runs on a device only: put gpu() before it\n"
                        + "  at mine (CudaKernel), added at Mine.java:7",
                refusal(graph));
    }

    @Test
    void whatCannotBeIsRefusedBeforeThereIsData() {
        var graph = Graph.named("trial");
        var number = graph.read(Counter.below(3)).named("n").gpu().named("up");
        graph.output("out", number.then(KERNEL.shape(SAME)).named("mine"));
        assertEquals(
                "axis 0 of the output is to be that of the first input, which is INT64 scalar\n"
                        + "  at mine (CudaKernel), added at Mine.java:7\n"
                        + "  fed by up (Transfer), added at Mine.java:7",
                refusal(graph));
    }

    @Test
    void goesToJsonAndIsReadOnlyByWhoTrustsIt() {
        var spec = graph(KERNEL.type(FLOAT32).shape(2, 3).layout("HW").argument(3).work(5)).spec();
        var text = GraphJson.write(spec);
        assertEquals(spec, GraphJson.readAllowingCode(text));
        var refusal = assertThrows(BadGraph.class, () -> GraphJson.read(text));
        assertTrue(
                refusal.getMessage().contains("CudaKernel runs code that the text names"),
                refusal.getMessage());
    }

    /// Builds a pipeline where there is a device.
    static final class Build {
        private Build() {}

        public static void main(String[] arguments) {
            Simulation.begin();
            try {
                graph(KERNEL).build(Options.batchSize(1)).close();
            } catch (BadGraph refusal) {
                System.out.println(refusal.getMessage());
            }
        }
    }

    @Test
    void aPipelineNeedsTheCompilerAndSaysWhereItWasLookedFor() throws Exception {
        NativeBuild.driver();
        var basedir = "-Dbasedir=" + System.getProperty("basedir", ".");
        try (var child =
                ChildJvm.of(Build.class).flags(basedir, "-Dheadrace.nvrtc=/nowhere").start()) {
            var ended = child.end();
            assertEquals(
                    """
                    2 problems:
                    no NVRTC (libnvrtc.so.12), which compiles kernels; tried:\
                     -Dheadrace.nvrtc=/nowhere (not there)
                      correct -Dheadrace.nvrtc, or leave it out to have one looked for
                      at cudaKernel (CudaKernel), added at Mine.java:7
                    no NVRTC (libnvrtc.so.12), which compiles kernels; tried:\
                     -Dheadrace.nvrtc=/nowhere (not there)
                      correct -Dheadrace.nvrtc, or leave it out to have one looked for
                      at cudaKernel2 (CudaKernel), added at Mine.java:7
                    """,
                    ended.out().replaceAll("CudaKernelGraphTest.java:\\d+", "Mine.java:7"),
                    ended.toString());
        }
    }
}
