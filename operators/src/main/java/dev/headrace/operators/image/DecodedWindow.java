package dev.headrace.operators.image;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.decode.Part;
import dev.headrace.operators.decode.Region;
import java.util.function.Function;
import java.util.function.IntFunction;

/// A window of an encoded image, decoded without what lies around it.
///
/// @param part holds the window
/// @param window in pixels of the whole image
/// @param spec of what the operator that reads the window makes of it
record DecodedWindow(Part part, Window window, TensorSpec spec) {
    /// Decodes the window that an operator reads.
    ///
    /// @param shrunk whether it may be decoded to a half, a quarter or an eighth, as long as it is
    ///     no smaller than the operator's output
    /// @param contexts the decoder's (0) and the operator's (1)
    static DecodedWindow of(
            Tensor encoded,
            DecodeImage decode,
            Cutting cut,
            boolean shrunk,
            IntFunction<SampleContext> contexts) {
        var choice = new Choice(cut, shrunk, contexts);
        var part = decode.part(encoded, choice, contexts.apply(0));
        return new DecodedWindow(part, choice.window, choice.spec);
    }

    /// What is needed of an image, once its extents are known.
    private static final class Choice implements Function<TensorSpec, Region> {
        private final Cutting cut;
        private final boolean shrunk;
        private final IntFunction<SampleContext> contexts;
        private Window window;
        private TensorSpec spec;

        Choice(Cutting cut, boolean shrunk, IntFunction<SampleContext> contexts) {
            this.cut = cut;
            this.shrunk = shrunk;
            this.contexts = contexts;
        }

        @Override
        public Region apply(TensorSpec whole) {
            var its = contexts.apply(1);
            spec = cut.outputSpec(whole, its);
            window = cut.window(whole, its);
            contexts.apply(0); // what fails from here on fails in the decoder
            return new Region(
                    window.y(),
                    window.x(),
                    window.height(),
                    window.width(),
                    shrunk ? mostShrink() : 1);
        }

        private int mostShrink() {
            long rows = spec.shape().extent(0);
            long columns = spec.shape().extent(1);
            int shrink = 8;
            while (shrink > 1
                    && (window.height() < shrink * rows || window.width() < shrink * columns)) {
                shrink /= 2;
            }
            return shrink;
        }
    }
}
