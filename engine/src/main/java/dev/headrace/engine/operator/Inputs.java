package dev.headrace.engine.operator;

import dev.headrace.engine.data.Tensor;

/// The inputs of one sample: data inputs first, then arguments. Read only.
public interface Inputs {
    /// How many there are.
    int count();

    /// One of them, valid during the call.
    Tensor get(int input);
}
