package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.UINT8;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.SampleContext;

/// A random window of an image, resized to a given size: the usual augmentation of photographs.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | in | `uint8` | `H×W×C` | intensity, 0 to 255 |
/// | out | `uint8`, or `float32` if asked | `height×width×C` | intensity |
///
/// The window is drawn as by [Window#random], then resized as by [ResizedCrop]. Source: the
/// `RandomResizedCrop` of torchvision, after C. Szegedy et al., "Going Deeper with Convolutions",
/// CVPR 2015, section 6.
///
/// @param height rows of the output
/// @param width columns of the output
/// @param minArea least part of the image's area, above 0
/// @param maxArea greatest part of the image's area, at most 1
/// @param minAspect least width divided by height of the window, above 0
/// @param maxAspect greatest width divided by height of the window
/// @param filter see [Resize]
/// @param antialias see [Resize]
/// @param type `UINT8` or `FLOAT32`
public record RandomResizedCrop(
        int height,
        int width,
        double minArea,
        double maxArea,
        double minAspect,
        double maxAspect,
        Filter filter,
        boolean antialias,
        ElementType type)
        implements Resizing {

    private static final ImageInput TAKES = ImageInput.filled("RandomResizedCrop", UINT8);

    public RandomResizedCrop {
        Resampler.checkOutput(height, width, filter, type);
        Resampler.checkPixels(height, width);
        checkOrder(minArea, maxArea, "areas");
        checkArgument(
                minArea > 0 && minArea <= maxArea && maxArea <= 1,
                "areas %s to %s are not within 0 to 1",
                minArea,
                maxArea);
        checkOrder(minAspect, maxAspect, "aspects");
        checkArgument(
                minAspect > 0 && minAspect <= maxAspect && maxAspect < Double.POSITIVE_INFINITY,
                "aspects %s to %s are no range above 0",
                minAspect,
                maxAspect);
    }

    private static void checkOrder(double least, double greatest, String what) {
        checkArgument(
                !(least > greatest),
                "%s %s to %s are in the wrong order: the least comes first",
                what,
                least,
                greatest);
    }

    /// To this size, from windows of 0.08 to 1 of the area and an aspect of 3:4 to 4:3, with
    /// `LINEAR` and antialiasing, as `UINT8`.
    public static RandomResizedCrop to(int height, int width) {
        return new RandomResizedCrop(
                height, width, 0.08, 1, 3 / 4.0, 4 / 3.0, Filter.LINEAR, true, UINT8);
    }

    /// The same from windows of other areas, as parts of the image's.
    public RandomResizedCrop area(double least, double greatest) {
        return new RandomResizedCrop(
                height, width, least, greatest, minAspect, maxAspect, filter, antialias, type);
    }

    /// The same from windows of other aspects: width divided by height.
    public RandomResizedCrop aspect(double least, double greatest) {
        return new RandomResizedCrop(
                height, width, minArea, maxArea, least, greatest, filter, antialias, type);
    }

    /// The same with another filter.
    public RandomResizedCrop filter(Filter other) {
        return new RandomResizedCrop(
                height, width, minArea, maxArea, minAspect, maxAspect, other, antialias, type);
    }

    /// The same with or without a filter that grows where the window is reduced.
    public RandomResizedCrop antialias(boolean grows) {
        return new RandomResizedCrop(
                height, width, minArea, maxArea, minAspect, maxAspect, filter, grows, type);
    }

    /// The same with another element type of the output, `UINT8` or `FLOAT32`.
    public RandomResizedCrop type(ElementType other) {
        return new RandomResizedCrop(
                height, width, minArea, maxArea, minAspect, maxAspect, filter, antialias, other);
    }

    /// @throws dev.headrace.engine.error.BadSample if `in` is not `uint8` `HWC` of some pixels
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

    @Override
    public boolean random() {
        return true;
    }

    @Override
    public Window window(TensorSpec in, SampleContext context) {
        return Window.random(in.shape(), minArea, maxArea, minAspect, maxAspect, context);
    }
}
