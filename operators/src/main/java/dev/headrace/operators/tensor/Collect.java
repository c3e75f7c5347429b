package dev.headrace.operators.tensor;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.Range;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import java.util.List;

/// A sink: hands each batch to a user's own Java code, in iteration order. It has no outputs and is
/// kept though nobody reads it. Its state is the number of batches handed over.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any, at least one input | any |
///
/// Whatever goes wrong in the consumer, also an `Error`, fails the iteration with that as the
/// cause.
///
/// @param consumer called on one worker at a time, before the batch is delivered
public record Collect(Consumer consumer) implements BatchOperator<Long> {
    /// What a user writes.
    @FunctionalInterface
    public interface Consumer {
        /// Takes a batch.
        ///
        /// @param batch valid during the call
        void accept(BatchInputs batch) throws Exception;
    }

    public Collect {
        requireNonNull(consumer, "consumer");
    }

    /// Hands batches to this consumer.
    public static Collect into(Consumer consumer) {
        return new Collect(consumer);
    }

    @Override
    public Range<Integer> arity() {
        return Range.atLeast(1);
    }

    @Override
    public List<String> outputs() {
        return List.of();
    }

    @Override
    public Effect effect() {
        return Effect.VISIBLE;
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return List.of();
    }

    @Override
    public Long start() {
        return 0L;
    }

    /// @throws BadBatch if the consumer fails
    @Override
    public Long run(Long before, BatchInputs in, BatchOutputs out, BatchContext context)
            throws InterruptedException {
        try {
            consumer.accept(in);
        } catch (BadBatch | InterruptedException known) {
            throw known; // told by the consumer itself, or the pipeline is closing
        } catch (Throwable failure) {
            throw new BadBatch("the consumer given to Collect threw " + failure, failure);
        }
        return before + 1;
    }
}
