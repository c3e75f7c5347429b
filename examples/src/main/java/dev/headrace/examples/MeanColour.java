package dev.headrace.examples;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;

/// The mean of each channel over an image: an operator of one's own, whole in one file.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | in | `uint8` | `H×W×C` | intensity, 0 to 255 |
/// | out | `float32` | `C` | intensity, 0 to 255 |
public record MeanColour() implements Transform {
    /// @throws BadSample if `in` is not `uint8` `HWC`, or has no pixel
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        if (in.type() != UINT8 || !in.layout().equals("HWC") || in.bytes() == 0) {
            throw new BadSample("MeanColour takes UINT8 HWC of at least one pixel, got " + in);
        }
        return TensorSpec.of(FLOAT32, "C", in.extent('C'));
    }

    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        int channels = (int) out.shape().volume();
        long values = in.shape().volume();
        for (int channel = 0; channel < channels; channel++) {
            long sum = 0;
            for (long i = channel; i < values; i += channels) {
                sum += in.uint8(i);
            }
            out.float32(channel, (float) ((double) sum * channels / values));
        }
    }
}
