package dev.headrace.engine.operator;

import dev.headrace.engine.error.Where;

/// An operator that sees a whole batch.
///
/// One with state runs in iteration order, never twice at once, and the state is functional: each
/// run is given the state before and returns the state after, so that every iteration in flight has
/// its own, and a run that fails leaves the one before. One without state (see
/// [StatelessBatchOperator]) may run on several iterations at once.
///
/// @param <S> the state, best immutable; if it is `AutoCloseable` it is closed with the pipeline
public non-sealed interface BatchOperator<S> extends Operator {
    /// The state before the first iteration. Called while the pipeline is built, on the thread that
    /// builds it, or on its own thread where [#runsOn] says so.
    ///
    /// @throws Exception any; the graph is refused, at this node
    S start() throws Exception;

    /// The same, for an operator that wants to say where its node is.
    default S start(Where where) throws Exception {
        return start();
    }

    /// Computes a batch.
    ///
    /// @return the state after it
    /// @throws Exception any; the iteration fails, and the state stays `before` (see also
    ///     [BatchContext#finish])
    S run(S before, BatchInputs in, BatchOutputs out, BatchContext context) throws Exception;

    /// On what kind of thread it runs.
    default RunsOn runsOn() {
        return RunsOn.WORKER;
    }

    /// Whether its inputs and outputs lie in memory that other processes can map, which is told by
    /// [BatchContext#sharedMemory()].
    default boolean sharesMemory() {
        return false;
    }

    @Override
    default Effect effect() {
        return Effect.PRIVATE;
    }
}
