package dev.headrace.engine.operator;

import dev.headrace.engine.data.TensorList;

/// The inputs of one batch: data inputs first, then arguments. Read only.
public interface BatchInputs {
    /// How many there are.
    int count();

    /// One of them, valid during the call.
    TensorList get(int input);

    /// Keeps the memory of one of them valid beyond the call.
    ///
    /// @return what the caller closes
    Hold hold(int input);

    /// The number of samples of the inputs (all have the same); of an operator without inputs, the
    /// number wanted.
    int batchSize();
}
