package dev.headrace.engine.operator;

/// A batch operator without state: several iterations may run at once, in any order.
public interface StatelessBatchOperator extends BatchOperator<Void> {
    /// Computes a batch.
    void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception;

    @Override
    default Void start() {
        return null;
    }

    @Override
    default Void run(Void before, BatchInputs in, BatchOutputs out, BatchContext context)
            throws Exception {
        run(in, out, context);
        return null;
    }

    @Override
    default Effect effect() {
        return Effect.NONE;
    }
}
