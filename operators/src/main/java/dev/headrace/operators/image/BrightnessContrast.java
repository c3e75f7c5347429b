package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;

import com.google.common.collect.Range;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.SampleContext;
import java.util.function.Function;

/// An image of another brightness and contrast:
/// `out = brightness · (center + contrast · (in - center))`.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | in | `uint8` or `float32` | `H×W×C`, `W·C` at most 2^26 | intensity |
/// | out | the same | the same | intensity |
///
/// Computed in `float32` as `in · factor + addend`, each step rounded, where
/// `factor = brightness · contrast` and `addend = brightness · (center - contrast · center)` are
/// rounded once. To `uint8` it is rounded once more, halves up, and clamped; `float32` is neither.
///
/// Source: `brightness_contrast` of NVIDIA DALI 2.4.0, without its shift. Its results for `uint8`
/// are others only where a number lies half way between two; its center for `float32` is 0.5 unless
/// it is told another.
///
/// @param brightness 1 changes nothing, 0 is black
/// @param contrast 1 changes nothing, 0 is all `center`
/// @param center the intensity that contrast leaves alone
public record BrightnessContrast(Argument brightness, Argument contrast, double center)
        implements RowMaker, RowStep, CudaTransform {
    /// The center unless it is told: half of what `uint8` has room for, as in DALI.
    private static final double HALF = 128;

    private static final ImageInput TAKES = ImageInput.of("BrightnessContrast", UINT8, FLOAT32);
    private static final Range<Double> FINITE = Range.closedOpen(0.0, Double.POSITIVE_INFINITY);

    public BrightnessContrast {
        Argument.checked(brightness, FINITE, "brightness");
        Argument.checked(contrast, FINITE, "contrast");
        checkArgument(Double.isFinite(center), "center %s is not finite", center);
        if (brightness instanceof Constant light && contrast instanceof Constant slope) {
            for (double each : light.value().numbers()) {
                for (double other : slope.value().numbers()) {
                    Change.of(each, other, center, IllegalArgumentException::new);
                }
            }
        }
    }

    /// What becomes of a number: `in · factor + addend`.
    private record Change(float factor, float addend) {
        static Change of(
                double light,
                double slope,
                double center,
                Function<String, RuntimeException> refusal) {
            float factor = (float) (light * slope);
            float addend = (float) (light * (center - slope * center));
            if (!Float.isFinite(factor) || !Float.isFinite(addend)) {
                throw refusal.apply(
                        "brightness %s and contrast %s around %s are in · %s + %s in float32"
                                .formatted(light, slope, center, factor, addend));
            }
            return new Change(factor, addend);
        }
    }

    /// By these, which may be constants or other nodes' values, around an intensity of 128.
    public static BrightnessContrast by(Argument brightness, Argument contrast) {
        return new BrightnessContrast(brightness, contrast, HALF);
    }

    /// By the same for each sample, around an intensity of 128.
    public static BrightnessContrast by(double brightness, double contrast) {
        return by(Argument.of(brightness), Argument.of(contrast));
    }

    /// The same around another intensity.
    public BrightnessContrast center(double intensity) {
        return new BrightnessContrast(brightness, contrast, intensity);
    }

    /// @throws BadSample if `in` is not `uint8` or `float32` `HWC`
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        TAKES.check(in);
        return in;
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        TAKES.check(in);
        return in.withLayout("HWC").withExtents(in.extent(0), in.extent(1), in.extent(2));
    }

    /// @throws BadSample if an argument is below 0 or not finite, or the factor or addend is not
    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        rows(in, spec -> Rows.filling(out, Resampler.of(context).loops()), context);
    }

    @Override
    public Kernel kernel() {
        return Kernel.beside(BrightnessContrast.class, "brightness_contrast");
    }

    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        var change = change(context);
        long count = in.shape().volume();
        descriptor
                .pointer(in)
                .pointer(out)
                .int64(count)
                .int32(in.type() == UINT8 ? 0 : 1)
                .float32(change.factor)
                .float32(change.addend);
        return count;
    }

    private Change change(SampleContext context) {
        double light = context.number(brightness, FINITE, "brightness");
        double slope = context.number(contrast, FINITE, "contrast");
        return Change.of(light, slope, center, BadSample::new);
    }

    @Override
    public void rows(Inputs in, Function<TensorSpec, Rows> target, SampleContext context) {
        rows(in.get(0), target, context);
    }

    private void rows(Tensor in, Function<TensorSpec, Rows> target, SampleContext context) {
        Resampler.of(context).read(in, taking(in.spec(), target, context));
    }

    @Override
    public Rows taking(TensorSpec in, Function<TensorSpec, Rows> target, SampleContext context) {
        var change = change(context);
        var spec = outputSpec(in, context);
        int n = Resampler.rowLength(in.shape().extent(1), in.shape().extent(2));
        boolean rounded = in.type() == UINT8;
        var behind = target.apply(spec);
        var loops = Resampler.of(context).loops();
        return new Rows.Changed(
                row -> loops.scale(row, rounded, change.factor, change.addend, n), behind);
    }
}
