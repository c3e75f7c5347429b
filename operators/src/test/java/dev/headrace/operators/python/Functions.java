package dev.headrace.operators.python;

import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// Python functions under test, written as a few lines of source.
final class Functions {
    /// What every source begins with; `capsules` is that of the tests of the Python side.
    private static final String HEAD =
            """
            import ctypes, os, sys, threading
            import numpy as np
            import headrace
            if %1$s not in sys.path:
                sys.path.append(%1$s)
            """
                    .formatted(
                            "'"
                                    + Path.of(
                                                    System.getProperty("headrace.home", ".."),
                                                    "operators/src/test/python")
                                            .toAbsolutePath()
                                    + "'");

    private Functions() {}

    /// The function `f` of a text.
    static PythonFunction source(String text) {
        return PythonFunction.source(HEAD + text, "f");
    }

    /// A function of an expression over its arguments, `x[0]`, `x[1]` and so on; they are NumPy
    /// arrays.
    static PythonFunction f(String expression) {
        return source("def f(*x):\n    return " + expression + "\n").view(View.NUMPY);
    }

    /// What the outputs of an epoch hold, or of so many batches where the graph has no source, as
    /// text: `[1 2] [3 4]` is a batch of two samples of two numbers each.
    static List<String> run(Graph graph, Options options, int batches) {
        var shown = new ArrayList<String>();
        try (var pipeline = graph.build(options)) {
            for (var batch : pipeline.take(batches)) {
                for (var name : batch.names()) {
                    shown.add(show(batch.get(name)));
                }
            }
        }
        return shown;
    }

    /// The elements of each sample.
    static String show(TensorList list) {
        return String.join(
                " ",
                IntStream.range(0, list.size())
                        .mapToObj(sample -> show(TensorValue.copyOf(list.get(sample))))
                        .toList());
    }

    static String show(TensorValue value) {
        var numbers = new ArrayList<String>();
        for (double number : value.numbers()) {
            numbers.add(number == Math.rint(number) ? "" + (long) number : "" + number);
        }
        return numbers.size() == 1 && value.spec().rank() == 0
                ? numbers.getFirst()
                : "[" + String.join(" ", numbers) + "]";
    }
}
