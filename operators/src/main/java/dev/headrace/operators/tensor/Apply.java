package dev.headrace.operators.tensor;

import static java.util.Objects.requireNonNull;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;

/// A user's own Java function, sample by sample.
///
/// ```java
/// Apply.of((in, out) -> {
///     var inverted = out.make(in.spec());
///     for (long i = 0; i < in.shape().volume(); i++) {
///         inverted.uint8(i, 255 - in.uint8(i));
///     }
///     return inverted;
/// })
/// ```
///
/// | | type | shape |
/// |---|---|---|
/// | in | any | any |
/// | out | what the function gives | what the function gives |
///
/// Whatever goes wrong in the function, also an `Error`, makes a bad sample with that as the
/// cause; that there is no room for the result is told as such.
///
/// @param function called on any worker, for many samples at once
public record Apply(Function function) implements SampleOperator {
    /// What a user writes.
    @FunctionalInterface
    public interface Function {
        /// Computes one sample.
        ///
        /// @param in read only, valid during the call
        /// @return what `out` made, or another tensor that is valid now, such as `in`, which is
        ///     copied
        Tensor apply(Tensor in, Maker out) throws Exception;
    }

    /// Gives the memory for the result.
    @FunctionalInterface
    public interface Maker {
        /// A tensor to fill, with undefined content. Called at most once a sample.
        Tensor make(TensorSpec spec);
    }

    public Apply {
        requireNonNull(function, "function");
    }

    /// Applies a function.
    public static Apply of(Function function) {
        return new Apply(function);
    }

    /// It may be pruned, but never merged: lambdas cannot be compared.
    @Override
    public Effect effect() {
        return Effect.PRIVATE;
    }

    /// @throws BadSample if the function fails, or gives nothing that can be used
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) throws Exception {
        var result = new Result(out);
        try {
            result.take(function.apply(in.get(0), result));
        } catch (HeadraceException | InterruptedException known) {
            throw known; // told by the function or by make, or the pipeline closes
        } catch (Throwable failure) {
            throw new BadSample("the function given to Apply threw " + failure, failure);
        }
    }

    private static final class Result implements Maker {
        private final Outputs out;
        private Tensor made;

        Result(Outputs out) {
            this.out = out;
        }

        @Override
        public Tensor make(TensorSpec spec) {
            if (made != null) {
                throw new IllegalStateException("one tensor was made already, " + made.spec());
            }
            made = out.make(0, spec);
            return made;
        }

        void take(Tensor given) {
            if (given == null) {
                throw new BadSample("the function given to Apply returned null");
            }
            if (made == null) {
                make(given.spec()).copyFrom(given);
            } else if (given != made) {
                throw new BadSample(
                        "the function given to Apply made "
                                + made.spec()
                                + " and returned another tensor, "
                                + given.spec());
            }
        }
    }
}
