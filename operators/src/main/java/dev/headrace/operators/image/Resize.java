package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.UINT8;
import static java.util.Objects.requireNonNull;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.SampleContext;

/// An image of another size.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | in | `uint8` | `H×W×C`, none of them 0, `W·C` at most 2^26 | intensity, 0 to 255 |
/// | out | `uint8`, or `float32` if asked | `height×width×C` | intensity |
///
/// Pixels are squares with their centres in the middle: row `i` of the output lies at
/// `(i + 1/2) · H / height - 1/2` of the input's rows, columns likewise. Each pixel is a sum of
/// those around it, weighed by the [Filter], by rows and then by columns, in `float32`. To `uint8`
/// it is rounded once, halves up, and clamped; `float32` is neither, so it may overshoot. Where an
/// image is reduced with `antialias`, the filter grows so that every pixel counts. Enlarging by one
/// axis and reducing by the other is no special case.
///
/// Pillow and DALI are met to within 1 wherever they agree by more than chance. They do not in
/// three places. At the border, with `antialias` (the default) weights beyond it are dropped and
/// the rest add up to 1, as in Pillow and torchvision; without, the last pixel is repeated, as in
/// DALI. Between its two passes Pillow clips to 0 to 255; this and DALI do not. With `NEAREST`, a
/// point on the border of two pixels takes the latter; the peers take either, since they round.
///
/// @param fit what `height` and `width` ask for
/// @param height rows; with `SHORTER` and `LONGER`, that side
/// @param width columns; with `SHORTER` and `LONGER`, that side
/// @param filter how pixels are weighed
/// @param antialias whether the filter grows where the image is reduced; nothing to `NEAREST`
/// @param type `UINT8` or `FLOAT32`
public record Resize(
        Fit fit, int height, int width, Filter filter, boolean antialias, ElementType type)
        implements Resizing {

    /// What a size asks for. All but `EXACT` keep the aspect: the other side is
    /// `round(side · scale)`, halves up, at least 1.
    public enum Fit {
        /// This very size.
        EXACT,
        /// The shorter side is so long.
        SHORTER,
        /// The longer side is so long.
        LONGER,
        /// The largest that is neither higher nor wider.
        NOT_LARGER,
        /// The smallest that is neither lower nor narrower.
        NOT_SMALLER
    }

    private static final ImageInput TAKES = ImageInput.filled("Resize", UINT8);

    public Resize {
        requireNonNull(fit, "fit");
        Resampler.checkOutput(height, width, filter, type);
        if (fit != Fit.LONGER && fit != Fit.NOT_LARGER) { // those may become less
            Resampler.checkPixels(height, width);
        }
    }

    private static Resize of(Fit fit, int height, int width) {
        return new Resize(fit, height, width, Filter.LINEAR, true, UINT8);
    }

    /// To this very size.
    public static Resize to(int height, int width) {
        return of(Fit.EXACT, height, width);
    }

    /// To a size whose shorter side is so long, keeping the aspect.
    public static Resize shorter(int side) {
        return of(Fit.SHORTER, side, side);
    }

    /// To a size whose longer side is so long, keeping the aspect.
    public static Resize longer(int side) {
        return of(Fit.LONGER, side, side);
    }

    /// To the largest size within these, keeping the aspect.
    public static Resize notLarger(int height, int width) {
        return of(Fit.NOT_LARGER, height, width);
    }

    /// To the smallest size that covers these, keeping the aspect.
    public static Resize notSmaller(int height, int width) {
        return of(Fit.NOT_SMALLER, height, width);
    }

    /// The same with another filter; `LINEAR` by default.
    public Resize filter(Filter other) {
        return new Resize(fit, height, width, other, antialias, type);
    }

    /// The same with or without a filter that grows where the image is reduced; with, by default.
    public Resize antialias(boolean grows) {
        return new Resize(fit, height, width, filter, grows, type);
    }

    /// The same with another element type of the output, `UINT8` or `FLOAT32`; `UINT8` by default.
    public Resize type(ElementType other) {
        return new Resize(fit, height, width, filter, antialias, other);
    }

    /// How images are resized and normalized here, for people: by `vectors of 512 bits`, or by
    /// plain loops, with the reason.
    public static String loops() {
        return LoopsChoice.HERE.description();
    }

    /// @throws BadSample if `in` is not `uint8` `HWC` of some pixels
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        TAKES.check(in);
        long rows = in.shape().extent(0);
        long columns = in.shape().extent(1);
        long outRows = outHeight(rows, columns);
        long outColumns = outWidth(rows, columns);
        if (outRows > Resampler.MOST_PIXELS / outColumns) {
            throw new BadSample(
                    "Resize would make %d×%d of %s, more than %d pixels"
                            .formatted(outRows, outColumns, in, Resampler.MOST_PIXELS));
        }
        return TensorSpec.of(type, "HWC", outRows, outColumns, in.shape().extent(2));
    }

    private long outHeight(long rows, long columns) {
        return byRows(rows, columns) ? height : scaled(rows, width, columns);
    }

    private long outWidth(long rows, long columns) {
        return fit == Fit.EXACT || !byRows(rows, columns) ? width : scaled(columns, height, rows);
    }

    /// Whether it is the height that is met exactly.
    private boolean byRows(long rows, long columns) {
        return switch (fit) {
            case EXACT -> true;
            case SHORTER -> rows <= columns;
            case LONGER -> rows >= columns;
            case NOT_LARGER -> height * columns <= width * rows;
            case NOT_SMALLER -> height * columns >= width * rows;
        };
    }

    private static long scaled(long side, long to, long from) {
        return Math.max(1, (2 * side * to + from) / (2 * from));
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        TAKES.check(in);
        long rows = in.extent(0);
        long columns = in.extent(1);
        boolean known = rows != SpecPattern.ANY && columns != SpecPattern.ANY;
        return SpecPattern.of(
                type,
                "HWC",
                fit == Fit.EXACT ? height : known ? outHeight(rows, columns) : SpecPattern.ANY,
                fit == Fit.EXACT ? width : known ? outWidth(rows, columns) : SpecPattern.ANY,
                in.extent(2));
    }

    /// All of the image.
    @Override
    public Window window(TensorSpec in, SampleContext context) {
        return Window.whole(in.shape());
    }
}
