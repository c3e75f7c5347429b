package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.operator.Context;

/// A rectangle of pixels in an image.
///
/// @param y its first row, from 0
/// @param x its first column, from 0
/// @param height rows, at least 1
/// @param width columns, at least 1
public record Window(int y, int x, int height, int width) {
    /// How often a random window is drawn before the largest one in the middle is taken: {@value},
    /// as in torchvision.
    public static final int ATTEMPTS = 10;

    public Window {
        checkArgument(
                y >= 0 && x >= 0 && height >= 1 && width >= 1,
                "no window: row %s, column %s, %s×%s",
                y,
                x,
                height,
                width);
    }

    /// All of an image.
    ///
    /// @param image `H×W×C`
    public static Window whole(Shape image) {
        return new Window(0, 0, height(image), width(image));
    }

    /// A window placed by where the room around it goes: `round(anchor · (image - window))`, halves
    /// up.
    ///
    /// @param image `H×W×C`, not smaller
    /// @param anchorY 0 at the top, 1 at the bottom
    /// @param anchorX 0 at the left, 1 at the right
    public static Window anchored(
            Shape image, int height, int width, double anchorY, double anchorX) {
        return new Window(
                (int) Math.round(anchorY * (height(image) - height)),
                (int) Math.round(anchorX * (width(image) - width)),
                height,
                width);
    }

    /// A window of random area, aspect and place, as torchvision's `RandomResizedCrop` draws it.
    ///
    /// Up to {@value #ATTEMPTS} times, an area (`uniform("area", attempt)`) and the logarithm of an
    /// aspect (`uniform("aspect", attempt)`) are drawn evenly; the first window that fits the image
    /// is taken, at a place drawn evenly (`integer("y", …)`, `integer("x", …)`). If none fits, the
    /// largest window of an aspect in the range is taken, in the middle. Extents are rounded halves
    /// to even.
    ///
    /// @param image `H×W×C`, neither 0
    /// @param minArea least part of the image's area
    /// @param maxArea greatest part of the image's area
    /// @param minAspect least width divided by height
    /// @param maxAspect greatest width divided by height
    public static Window random(
            Shape image,
            double minArea,
            double maxArea,
            double minAspect,
            double maxAspect,
            Context context) {
        int imageHeight = height(image);
        int imageWidth = width(image);
        double logMin = StrictMath.log(minAspect);
        double logMax = StrictMath.log(maxAspect);
        double imageArea = (double) imageHeight * imageWidth;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            double area = imageArea * between(minArea, maxArea, context.uniform("area", attempt));
            double aspect =
                    StrictMath.exp(between(logMin, logMax, context.uniform("aspect", attempt)));
            double width = Math.rint(Math.sqrt(area * aspect));
            double height = Math.rint(Math.sqrt(area / aspect));
            if (width >= 1 && width <= imageWidth && height >= 1 && height <= imageHeight) {
                return new Window(
                        (int) context.integer("y", imageHeight - (long) height + 1),
                        (int) context.integer("x", imageWidth - (long) width + 1),
                        (int) height,
                        (int) width);
            }
        }
        double imageAspect = (double) imageWidth / imageHeight;
        if (imageAspect < minAspect) {
            return middle(imageHeight, imageWidth, Math.rint(imageWidth / minAspect), imageWidth);
        }
        if (imageAspect > maxAspect) {
            return middle(imageHeight, imageWidth, imageHeight, Math.rint(imageHeight * maxAspect));
        }
        return new Window(0, 0, imageHeight, imageWidth);
    }

    private static double between(double least, double greatest, double part) {
        return least + part * (greatest - least);
    }

    /// As torchvision places it: half of an odd rest is rounded down.
    private static Window middle(int imageHeight, int imageWidth, double height, double width) {
        int h = (int) Math.clamp(height, 1, imageHeight);
        int w = (int) Math.clamp(width, 1, imageWidth);
        return new Window((imageHeight - h) / 2, (imageWidth - w) / 2, h, w);
    }

    private static int height(Shape image) {
        return Math.toIntExact(image.extent(0));
    }

    private static int width(Shape image) {
        return Math.toIntExact(image.extent(1));
    }

    /// As in `100×80 at (3, 5)`: rows × columns at (row, column).
    @Override
    public String toString() {
        return height + "×" + width + " at (" + y + ", " + x + ")";
    }
}
