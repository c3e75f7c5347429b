package dev.headrace.engine.operator;

import static java.util.Objects.requireNonNull;

import dev.headrace.engine.data.TensorValue;

/// A value that is the same for every sample.
///
/// @param value the value
public record Constant(TensorValue value) implements Argument {
    public Constant {
        requireNonNull(value, "value");
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
