package dev.headrace.engine.operator;

/// What is left of a run of a batch operator, see [BatchContext#finish(Rest)].
@FunctionalInterface
public interface Rest {
    /// Does the rest.
    ///
    /// @throws Exception any; the iteration fails, and the state stays what `run` returned
    void run() throws Exception;
}
