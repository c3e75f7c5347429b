package dev.headrace.operators.python;

import dev.headrace.engine.error.BadGraph;
import java.util.OptionalInt;

/// What the Python side says in place of an answer.
///
/// @param message what went wrong
/// @param sample the place in the batch where, if at one sample
/// @param cause the exception that the user's code raised, or null
record PythonFailure(String message, OptionalInt sample, PythonException cause) {
    /// Stands between the parts of texts that go from one side to the other.
    static final String SEPARATOR = "\u001f";

    /// The same for a graph that cannot run.
    BadGraph toBadGraph() {
        return new BadGraph(message, cause);
    }

    static PythonFailure of(String text) {
        var parts = text.split(SEPARATOR, -1);
        return new PythonFailure(
                parts[0],
                parts[1].isEmpty()
                        ? OptionalInt.empty()
                        : OptionalInt.of(Integer.parseInt(parts[1])),
                parts.length < 5 ? null : new PythonException(parts[2], parts[3], parts[4]));
    }
}
