package dev.headrace.benchmarks;

import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.graph.Graph;
import dev.headrace.operators.python.PythonFunction;
import dev.headrace.operators.python.View;
import java.util.Locale;

/// Graphs of one Python function.
final class FunctionGraph {
    /// The identity: of a sample, or of a list of them.
    private static final String SAME =
            """
            def same(sample):
                return sample
            """;

    /// Computes for a while, by products of matrices, and gives back what it got.
    private static final String COMPUTE =
            """
            import numpy as np

            MATRIX = np.full((64, 64), 1 / 64)

            def compute(sample):
                product = MATRIX
                for _ in range(%d):
                    product = product @ MATRIX
                return sample
            """;

    private static final String VERSIONS =
            """
            import platform
            import numpy as np
            from headrace import _native

            def versions():
                text = f"{platform.python_version()}\\n{np.__version__}\\n{_native.CHOICE}"
                return np.frombuffer(text.encode(), np.uint8)
            """;

    private FunctionGraph() {}

    /// A constant, and the identity behind it.
    ///
    /// @param view by its name in lower case
    static Graph same(String view, boolean atOnce, TensorValue constant) {
        return of(
                PythonFunction.source(SAME, "same")
                        .view(View.valueOf(view.toUpperCase(Locale.ROOT)))
                        .batchProcessing(atOnce),
                new Constant(constant));
    }

    /// A constant, and behind it a function that computes, a call for each sample.
    ///
    /// @param products how many products of 64×64 matrices a call computes
    /// @param workers how many processes; 0: this one
    static Graph compute(int products, int workers, TensorValue constant) {
        return of(
                PythonFunction.source(COMPUTE.formatted(products), "compute")
                        .view(View.NUMPY)
                        .workers(workers),
                new Constant(constant));
    }

    /// The versions of Python and NumPy, and the way to make capsules, as UTF-8 with a line each.
    static Graph versions() {
        return of(PythonFunction.source(VERSIONS, "versions").view(View.NUMPY));
    }

    private static Graph of(PythonFunction function, Argument... inputs) {
        var graph = Graph.named("function");
        return graph.output("out", graph.add(function, inputs));
    }
}
