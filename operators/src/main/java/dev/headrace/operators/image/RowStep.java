package dev.headrace.operators.image;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import java.util.function.Function;

/// An operator that makes an image of an image, and can do so row by row as the rows are made.
interface RowStep extends Transform {
    /// Takes the rows before this operator, for a target that takes those behind it.
    ///
    /// @param in of the image before it; numbers of `uint8` come unrounded, and go so
    /// @param target asked once, when all that may fail here is done
    /// @throws dev.headrace.engine.error.BadSample if this sample cannot be used
    Rows taking(TensorSpec in, Function<TensorSpec, Rows> target, SampleContext context);
}
