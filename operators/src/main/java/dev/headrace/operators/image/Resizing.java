package dev.headrace.operators.image;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.operators.decode.DecodeImage;
import java.util.function.Function;

/// An operator that resizes a window of an image.
interface Resizing extends Cutting, RowMaker, CudaTransform {
    /// How pixels are weighed.
    Filter filter();

    /// Whether the filter grows where the window is reduced.
    boolean antialias();

    /// Whether no pixels are left out, so that an image decoded smaller looks much the same.
    default boolean weighsAll() {
        return antialias() && filter() != Filter.NEAREST;
    }

    @Override
    default void run(Tensor in, Tensor out, SampleContext context) {
        var source = Source.of(in, window(in.spec(), context));
        var loops = Resampler.of(context).loops();
        resize(source, out.spec(), spec -> Rows.filling(out, loops), context);
    }

    @Override
    default void rows(Inputs in, Function<TensorSpec, Rows> target, SampleContext context) {
        var image = in.get(0);
        var spec = outputSpec(image.spec(), context);
        var source = Source.of(image, window(image.spec(), context));
        resize(source, spec, target, context);
    }

    @Override
    default Kernel kernel() {
        return Resampler.kernel();
    }

    @Override
    default long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        var source = Source.of(in, window(in.spec(), context));
        return Resampler.of(context).describe(source, out, filter(), antialias(), descriptor);
    }

    @Override
    default SampleOperator decoding(DecodeImage decode) {
        return new DecodedRows(decode, this);
    }

    /// Resizes a window that was decoded for this.
    default void resize(
            DecodedWindow decoded, Function<TensorSpec, Rows> target, SampleContext context) {
        var source = Source.of(decoded.part(), decoded.window());
        resize(source, decoded.spec(), target, context);
    }

    private void resize(
            Source source,
            TensorSpec spec,
            Function<TensorSpec, Rows> target,
            SampleContext context) {
        Resampler.of(context).run(source, spec, filter(), antialias(), target);
    }
}
