package dev.headrace.operators.image;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.operators.tensor.Cast;
import java.util.Optional;
import java.util.function.Function;

/// An operator that makes an image row by row, so that the next one can take each row while it is
/// still in the processor's cache, and no image lies in memory between the two.
interface RowMaker extends SampleOperator {
    /// Makes an image.
    ///
    /// @param target takes the rows of an image of this spec; numbers of `uint8` come unrounded. It
    ///     is asked once, when all that may fail in this operator is done: what fails from then on
    ///     is told of the next one
    /// @throws dev.headrace.engine.error.BadSample if this sample cannot be used
    void rows(Inputs in, Function<TensorSpec, Rows> target, SampleContext context);

    /// Makes an image of its own.
    default void fill(Inputs in, Outputs out, SampleContext context) {
        var loops = Resampler.of(context).loops();
        rows(in, spec -> Rows.filling(out.make(0, spec), loops), context);
    }

    @Override
    default Optional<SampleOperator> absorb(SampleOperator next) {
        return switch (next) {
            case Cast cast when CastRows.takes(cast) ->
                    Optional.of(new SteppedRows(this, new CastRows(cast)));
            case RowStep step -> Optional.of(new SteppedRows(this, step));
            case Normalize normalize -> Optional.of(new NormalizedImage(this, normalize));
            default -> Optional.empty();
        };
    }
}
