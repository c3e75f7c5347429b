package dev.headrace.operators.image;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import dev.headrace.operators.decode.PartReader;

/// An operator that reads one window of an image, and nothing else of it.
interface Cutting extends Transform, PartReader {
    /// The window of this sample.
    ///
    /// @param in of the whole image
    /// @throws dev.headrace.engine.error.BadSample if there is none
    Window window(TensorSpec in, SampleContext context);
}
