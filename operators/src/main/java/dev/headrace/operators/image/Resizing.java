package dev.headrace.operators.image;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import java.util.function.Function;

/// An operator that resizes a window of an image.
interface Resizing extends Transform, RowMaker {
    /// The window of this sample, for an image of this spec.
    ///
    /// @throws dev.headrace.engine.error.BadSample if there is none
    Window window(TensorSpec in, SampleContext context);

    /// How pixels are weighed.
    Filter filter();

    /// Whether the filter grows where the window is reduced.
    boolean antialias();

    @Override
    default void run(Tensor in, Tensor out, SampleContext context) {
        var source = Source.of(in, window(in.spec(), context));
        resize(source, out.spec(), Rows.filling(out, Resampler.of(context).loops()), context);
    }

    @Override
    default void rows(Inputs in, Function<TensorSpec, Rows> target, SampleContext context) {
        var image = in.get(0);
        var spec = outputSpec(image.spec(), context);
        var source = Source.of(image, window(image.spec(), context));
        resize(source, spec, target.apply(spec), context);
    }

    /// Resizes a window.
    ///
    /// @param spec of the output, `H×W×C`
    default void resize(Source window, TensorSpec spec, Rows target, SampleContext context) {
        int height = (int) spec.shape().extent(0);
        int width = (int) spec.shape().extent(1);
        Resampler.of(context).run(window, height, width, filter(), antialias(), target);
    }
}
