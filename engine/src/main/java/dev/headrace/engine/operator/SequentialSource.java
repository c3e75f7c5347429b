package dev.headrace.engine.operator;

import com.google.common.collect.Range;

/// A source that can only be read in order, such as a stream. It is started anew each epoch, when
/// that is first read. It runs on a virtual thread unless it says otherwise, so it may wait.
///
/// @param <S> the state, best immutable; if it is `AutoCloseable` it is closed at the epoch's end
public interface SequentialSource<S> extends BatchOperator<S> {
    /// Reads the next samples: `context.batchSize()` are wanted, more or fewer may be given.
    /// At the epoch's end it calls [BatchContext#end()]; what it has made in that call is the last
    /// batch of the epoch.
    ///
    /// @return the state after it
    S read(S before, BatchOutputs out, BatchContext context) throws Exception;

    /// Whether the next batch can be read without waiting for the pipeline's own user. Asked before
    /// an iteration begins: while it is false, none does.
    ///
    /// @param iterations how many iterations were begun and have not read yet
    default boolean ready(int iterations) {
        return true;
    }

    @Override
    default RunsOn runsOn() {
        return RunsOn.VIRTUAL;
    }

    @Override
    default Range<Integer> arity() {
        return Range.singleton(0);
    }

    @Override
    default S run(S before, BatchInputs in, BatchOutputs out, BatchContext context)
            throws Exception {
        return read(before, out, context);
    }
}
