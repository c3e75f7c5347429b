package dev.headrace.engine.plan;

import dev.headrace.engine.data.TensorValue;

/// Where a planned node's input comes from.
public sealed interface Binding {
    /// The output of another node.
    ///
    /// @param value the number of the value in its plan
    record OfValue(int value) implements Binding {}

    /// The same value for every sample.
    ///
    /// @param value the value
    record OfConstant(TensorValue value) implements Binding {}
}
