package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.UINT8;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.SampleContext;

/// A window of an image, given sample by sample, resized to a given size.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | in | `uint8` | `H×W×C` | intensity, 0 to 255 |
/// | window | any | 4 whole numbers | first row, first column, rows, columns |
/// | out | `uint8`, or `float32` if asked | `height×width×C` | intensity |
///
/// As cutting the window out and then [Resize]: no pixel outside the window is read. (DALI's
/// `roi_start` and Pillow's `box` do look beyond it, so they differ at its border.)
///
/// @param height rows of the output
/// @param width columns of the output
/// @param window first row, first column, rows and columns, in pixels
/// @param filter see [Resize]
/// @param antialias see [Resize]
/// @param type `UINT8` or `FLOAT32`
public record ResizedCrop(
        int height, int width, Argument window, Filter filter, boolean antialias, ElementType type)
        implements Resizing {

    private static final ImageInput TAKES = ImageInput.filled("ResizedCrop", UINT8);

    public ResizedCrop {
        Resampler.checkOutput(height, width, filter, type);
        Resampler.checkPixels(height, width);
        checkArgument(window != null, "window is missing");
    }

    /// To this size, with `LINEAR` and antialiasing, as `UINT8`.
    ///
    /// @param window four numbers a sample
    public static ResizedCrop to(int height, int width, Argument window) {
        return new ResizedCrop(height, width, window, Filter.LINEAR, true, UINT8);
    }

    /// To this size, from the same window of every sample.
    public static ResizedCrop to(int height, int width, Window window) {
        var four = TensorSpec.of(ElementType.INT32, "", 4);
        var value = TensorValue.of(four, window.y(), window.x(), window.height(), window.width());
        return to(height, width, Argument.of(value));
    }

    /// The same with another filter.
    public ResizedCrop filter(Filter other) {
        return new ResizedCrop(height, width, window, other, antialias, type);
    }

    /// The same with or without a filter that grows where the window is reduced.
    public ResizedCrop antialias(boolean grows) {
        return new ResizedCrop(height, width, window, filter, grows, type);
    }

    /// The same with another element type of the output, `UINT8` or `FLOAT32`.
    public ResizedCrop type(ElementType other) {
        return new ResizedCrop(height, width, window, filter, antialias, other);
    }

    /// @throws BadSample if `in` is not `uint8` `HWC` of some pixels
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        TAKES.check(in);
        return TensorSpec.of(type, "HWC", height, width, in.shape().extent(2));
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        TAKES.check(in);
        return SpecPattern.of(type, "HWC", height, width, in.extent(2));
    }

    /// @throws BadSample if the window is not four whole numbers, or not within the image
    @Override
    public Window window(TensorSpec in, SampleContext context) {
        var four = context.tensor(window);
        if (four.shape().volume() != 4) {
            throw new BadSample("a window is 4 numbers, got " + four.spec());
        }
        double y = four.number(0);
        double x = four.number(1);
        double rows = four.number(2);
        double columns = four.number(3);
        boolean fits =
                whole(y)
                        && whole(x)
                        && whole(rows)
                        && whole(columns)
                        && y >= 0
                        && x >= 0
                        && rows >= 1
                        && columns >= 1
                        && y + rows <= in.shape().extent(0)
                        && x + columns <= in.shape().extent(1);
        if (!fits) {
            var text = rows + "×" + columns + " at (" + y + ", " + x + ")";
            throw new BadSample("window " + text.replace(".0", "") + " is not within " + in);
        }
        return new Window((int) y, (int) x, (int) rows, (int) columns);
    }

    private static boolean whole(double number) {
        return number == Math.rint(number) && Math.abs(number) <= Integer.MAX_VALUE;
    }
}
