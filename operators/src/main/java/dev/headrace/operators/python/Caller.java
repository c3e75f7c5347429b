package dev.headrace.operators.python;

import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;

/// Calls one node's function, in this process or in others. It is the node's state.
interface Caller extends AutoCloseable {
    /// Calls the function on a batch. In iteration order, never twice at once.
    void call(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception;

    @Override
    void close();
}
