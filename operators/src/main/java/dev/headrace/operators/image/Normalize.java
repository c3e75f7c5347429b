package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.FLOAT16;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Floats;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.SampleContext;
import java.util.Arrays;
import java.util.List;

/// Intensities around 0, as networks like them: `out = scale · (in - mean) / std`, channel by
/// channel, with a change of layout and a mirror in the same step.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | in | `uint8` or `float32` | `H×W×C`, `W·C` at most 2^26 | intensity |
/// | out | `float32`, or `float16` if asked | `H×W×C` or `C×H×W` | deviations from the mean |
///
/// Computed in `float32` as `(in - mean) · factor`, each step rounded, with `factor = scale / std`
/// rounded once; `float16` is that, rounded once more.
///
/// @param mean in the unit of the input, one a channel, or a single one for all
/// @param std in the unit of the input, above 0, as many
/// @param scale what the result is multiplied by
/// @param layout `HWC` or `CHW`
/// @param mirror whether columns are reversed: 1 for yes, 0 for no
/// @param type `FLOAT32` or `FLOAT16`
public record Normalize(
        ImmutableList<Double> mean,
        ImmutableList<Double> std,
        double scale,
        String layout,
        Argument mirror,
        ElementType type)
        implements CudaTransform {

    private static final int MOST_ON_DEVICE = 16;
    private static final ImageInput TAKES = ImageInput.of("Normalize", UINT8, FLOAT32);

    public Normalize {
        checkArgument(
                !mean.isEmpty() && mean.size() == std.size(),
                "%s means and %s deviations",
                mean.size(),
                std.size());
        for (int i = 0; i < mean.size(); i++) {
            checkArgument(Double.isFinite(mean.get(i)), "mean %s is not finite", mean.get(i));
            checkArgument(
                    std.get(i) > 0 && Double.isFinite(std.get(i)),
                    "deviation %s is not above 0",
                    std.get(i));
        }
        checkArgument(Double.isFinite(scale), "scale %s is not finite", scale);
        for (double each : std) {
            checkArgument(
                    Float.isFinite((float) (scale / each)),
                    "scale %s by deviation %s passes what float32 holds",
                    scale,
                    each);
        }
        checkArgument(
                layout.equals("HWC") || layout.equals("CHW"),
                "layout %s is neither HWC nor CHW",
                layout);
        ImageInput.checkedFlag(mirror, "mirror");
        checkArgument(
                type == FLOAT32 || type == FLOAT16,
                "normalizing gives FLOAT32 or FLOAT16, not %s",
                type);
    }

    /// By means and deviations, one of each a channel.
    public static Normalize by(List<Double> mean, List<Double> std) {
        return new Normalize(
                ImmutableList.copyOf(mean),
                ImmutableList.copyOf(std),
                1,
                "HWC",
                Argument.of(0),
                FLOAT32);
    }

    /// By one mean and one deviation for all channels.
    public static Normalize by(double mean, double std) {
        return by(List.of(mean), List.of(std));
    }

    /// By the mean and deviation of the photographs of ImageNet, in `RGB` of 0 to 255. Source: the
    /// weights of torchvision, mean 0.485, 0.456, 0.406 and deviation 0.229, 0.224, 0.225 in units
    /// of 255.
    public static Normalize imagenet() {
        return by(
                List.of(0.485 * 255, 0.456 * 255, 0.406 * 255),
                List.of(0.229 * 255, 0.224 * 255, 0.225 * 255));
    }

    /// The same, multiplied by a number; 1 by default.
    public Normalize scale(double factor) {
        return new Normalize(mean, std, factor, layout, mirror, type);
    }

    /// The same with another layout of the output, `HWC` (the default) or `CHW`.
    public Normalize layout(String letters) {
        return new Normalize(mean, std, scale, letters, mirror, type);
    }

    /// The same, left for right where the argument is 1; never by default.
    public Normalize mirror(Argument flip) {
        return new Normalize(mean, std, scale, layout, flip, type);
    }

    /// The same with another element type of the output, `FLOAT32` (the default) or `FLOAT16`.
    public Normalize type(ElementType other) {
        return new Normalize(mean, std, scale, layout, mirror, other);
    }

    /// @throws BadSample if `in` is not `uint8` or `float32` `HWC`, or of other channels
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        TAKES.check(in);
        if (mean.size() != 1 && mean.size() != in.shape().extent(2)) {
            throw new BadSample(otherChannels(in));
        }
        long h = in.shape().extent(0);
        long w = in.shape().extent(1);
        long c = in.shape().extent(2);
        return layout.equals("CHW")
                ? TensorSpec.of(type, layout, c, h, w)
                : TensorSpec.of(type, layout, h, w, c);
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        TAKES.check(in);
        long c = in.extent(2);
        if (mean.size() != 1 && c != SpecPattern.ANY && c != mean.size()) {
            throw new IllegalArgumentException(otherChannels(in));
        }
        long channels = mean.size() == 1 ? c : mean.size();
        return layout.equals("CHW")
                ? SpecPattern.of(type, layout, channels, in.extent(0), in.extent(1))
                : SpecPattern.of(type, layout, in.extent(0), in.extent(1), channels);
    }

    private String otherChannels(Object in) {
        return "Normalize by " + mean.size() + " means takes as many channels, got " + in;
    }

    /// @throws BadSample if `mirror` is neither 0 nor 1
    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        run(in, out, mirrored(context), context);
    }

    @Override
    public Kernel kernel() {
        return Kernel.beside(Normalize.class, "normalize");
    }

    /// @throws BadSample if there are more than {@value #MOST_ON_DEVICE} means, or `mirror` is
    ///     neither 0 nor 1
    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        if (mean.size() > MOST_ON_DEVICE) {
            throw new BadSample(
                    "Normalize takes at most %s means on a device, got %s"
                            .formatted(MOST_ON_DEVICE, mean.size()));
        }
        descriptor
                .pointer(in)
                .pointer(out)
                .int64(in.shape().extent(0))
                .int64(in.shape().extent(1))
                .int64(in.shape().extent(2))
                .int32(in.type().ordinal())
                .int32(type.ordinal())
                .int32(layout.equals("CHW") ? 1 : 0)
                .int32(mirrored(context) ? 1 : 0)
                .int32(mean.size());
        padded(descriptor, means());
        padded(descriptor, factors());
        return in.shape().volume();
    }

    private static void padded(Descriptor descriptor, float[] numbers) {
        for (float each : Arrays.copyOf(numbers, MOST_ON_DEVICE)) {
            descriptor.float32(each);
        }
    }

    /// Whether this sample is mirrored.
    ///
    /// @throws BadSample if `mirror` is neither 0 nor 1
    boolean mirrored(SampleContext context) {
        return ImageInput.flag(context, mirror, "mirror");
    }

    /// Whether no sample is ever mirrored.
    boolean keepsSides() {
        return mirror.equals(Argument.of(0));
    }

    /// The same with `mirror` given.
    void run(Tensor in, Tensor out, boolean reversed, SampleContext context) {
        Resampler.rowLength(in.shape().extent(1), in.shape().extent(2));
        var resampler = Resampler.of(context);
        resampler.read(in, rows(context).filling(out, resampler.loops(), false, reversed));
    }

    /// What normalizes rows, the worker's own.
    NormalizedRows rows(SampleContext context) {
        return context.keep(this, this::newRows);
    }

    private NormalizedRows newRows() {
        return new NormalizedRows(means(), factors());
    }

    private float[] means() {
        return Floats.toArray(mean);
    }

    private float[] factors() {
        var factors = new float[std.size()];
        for (int c = 0; c < factors.length; c++) {
            factors[c] = (float) (scale / std.get(c));
        }
        return factors;
    }
}
