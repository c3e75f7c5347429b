package dev.headrace.engine.operator;

import java.util.Optional;

/// An operator that sees one sample at a time and has no state. It runs on any worker, on many
/// samples at once.
public non-sealed interface SampleOperator extends Operator {
    /// Computes one sample's outputs.
    ///
    /// @throws dev.headrace.engine.error.BadSample if this sample cannot be used
    /// @throws Exception any other; it counts as a bad sample too, with this as the cause
    void run(Inputs in, Outputs out, SampleContext context) throws Exception;

    @Override
    default Effect effect() {
        return Effect.NONE;
    }

    /// One operator that does the work of this and of the next in one step, giving the same bytes.
    ///
    /// Asked only where nobody else needs the value between. The fused operator takes this
    /// operator's inputs, then the next one's arguments; within it, `context.part(0)` stands for
    /// this and `context.part(1)` for the next, with their own draws and arguments.
    ///
    /// @param next what reads this operator's only output as its only data input
    /// @return empty where there is no such form
    default Optional<SampleOperator> absorb(SampleOperator next) {
        return Optional.empty();
    }

    /// Of an operator that does the work of two: what is gained by it, for people who ask the
    /// optimizer, as in `no more is decoded than the window`.
    ///
    /// @return empty where there is nothing to say
    default String gain() {
        return "";
    }
}
