package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.Range;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.tensor.Strided;
import java.lang.foreign.MemorySegment;

/// A window of an image, of a given size.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any | `H×W×C` of at least `height×width` |
/// | out | the same | `height×width×C` |
///
/// Row 0 of the window is row `round(y · (H - height))` of the image, halves up; columns likewise.
///
/// @param height rows of the window
/// @param width columns of the window
/// @param y where it lies, from 0 (top) to 1 (bottom)
/// @param x where it lies, from 0 (left) to 1 (right)
public record Crop(int height, int width, Argument y, Argument x)
        implements Cutting, CudaTransform {
    private static final ImageInput TAKES = ImageInput.of("Crop");
    private static final Range<Double> ANCHOR = Range.closed(0.0, 1.0);

    public Crop {
        checkArgument(height >= 1 && width >= 1, "cannot crop to %s×%s", height, width);
        Argument.checked(y, ANCHOR, "y");
        Argument.checked(x, ANCHOR, "x");
    }

    /// A window in the middle.
    public static Crop to(int height, int width) {
        return new Crop(height, width, Argument.of(0.5), Argument.of(0.5));
    }

    /// The same size elsewhere, sample by sample.
    public Crop at(Argument anchorY, Argument anchorX) {
        return new Crop(height, width, anchorY, anchorX);
    }

    /// The same size elsewhere.
    public Crop at(double anchorY, double anchorX) {
        return at(Argument.of(anchorY), Argument.of(anchorX));
    }

    /// @throws BadSample if `in` is not `HWC`, or smaller than the window
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        TAKES.check(in);
        if (in.shape().extent(0) < height || in.shape().extent(1) < width) {
            throw new BadSample(tooSmall(in));
        }
        return in.withExtent(0, height).withExtent(1, width);
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        TAKES.check(in);
        if (known(in.extent(0)) < height || known(in.extent(1)) < width) {
            throw new IllegalArgumentException(tooSmall(in));
        }
        return in.withLayout("HWC").withExtents(height, width, in.extent(2));
    }

    private static long known(long extent) {
        return extent == SpecPattern.ANY ? Long.MAX_VALUE : extent;
    }

    private String tooSmall(Object in) {
        return "Crop to " + height + "×" + width + " takes no smaller image, got " + in;
    }

    /// Where the window lies in an image of this spec.
    ///
    /// @throws BadSample if an argument is out of range
    @Override
    public Window window(TensorSpec in, SampleContext context) {
        return Window.anchored(
                in.shape(),
                height,
                width,
                context.number(y, ANCHOR, "y"),
                context.number(x, ANCHOR, "x"));
    }

    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        var window = window(in.spec(), context);
        copy(in, window.y(), window.x(), out);
    }

    @Override
    public Kernel kernel() {
        return Strided.kernel();
    }

    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        var window = window(in.spec(), context);
        var steps = Strided.steps(in.shape(), in.type().bytes());
        long start = window.y() * steps[0] + window.x() * steps[1];
        return Strided.describe(in, start, steps, out, descriptor);
    }

    /// Copies the window that begins at a row and a column of an image.
    void copy(Tensor in, int y, int x, Tensor out) {
        var from = in.segment();
        var to = out.segment();
        long pixel = in.shape().extent(2) * in.type().bytes();
        long row = width * pixel;
        for (long i = 0; i < height; i++) {
            long place = ((y + i) * in.shape().extent(1) + x) * pixel;
            MemorySegment.copy(from, place, to, i * row, row);
        }
    }

    @Override
    public SampleOperator decoding(DecodeImage decode) {
        return new DecodedCrop(decode, this);
    }
}
