package dev.headrace.operators.image;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;

/// An operator that resizes a window of an image.
interface Resizing extends Transform {
    /// The window of this sample, for an image of this spec.
    ///
    /// @throws dev.headrace.engine.error.BadSample if there is none
    Window window(TensorSpec in, SampleContext context);

    /// How pixels are weighed.
    Filter filter();

    /// Whether the filter grows where the window is reduced.
    boolean antialias();

    /// Resizes one image.
    ///
    /// @param out `UINT8` or `FLOAT32` `HWC`
    @Override
    default void run(Tensor in, Tensor out, SampleContext context) {
        var resampler = Resampler.of(context);
        resampler.run(
                Source.of(in, window(in.spec(), context)),
                (int) out.shape().extent(0),
                (int) out.shape().extent(1),
                filter(),
                antialias(),
                Rows.filling(out, resampler.loops()));
    }
}
