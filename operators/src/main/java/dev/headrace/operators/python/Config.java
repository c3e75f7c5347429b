package dev.headrace.operators.python;

import dev.headrace.engine.error.Where;
import java.util.ArrayList;
import java.util.List;

/// What the Python side is told of a node. It is read by `headrace/_load.py`.
final class Config {
    private Config() {}

    static String of(PythonFunction operator, Where where) {
        var parts = new ArrayList<String>();
        switch (operator.code()) {
            case PythonFunction.FileCode(var path) ->
                    parts.addAll(List.of("file", path.toAbsolutePath().toString()));
            case PythonFunction.ModuleCode(var module) -> parts.addAll(List.of("module", module));
            case PythonFunction.SourceCode(var source) -> parts.addAll(List.of("source", source));
        }
        parts.add(operator.function());
        parts.add(where.node());
        parts.add(operator.view().name());
        parts.add(Integer.toString(operator.numOutputs()));
        parts.add(Boolean.toString(operator.batchProcessing()));
        parts.add(Boolean.toString(operator.adopt()));
        parts.add(Boolean.toString(operator.workers() > 0));
        parts.add(Boolean.toString(operator.timeLimit().isPresent()));
        return String.join(PythonFailure.SEPARATOR, parts);
    }
}
