package dev.headrace.operators.image;

import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Node;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.read.External;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import java.util.function.IntBinaryOperator;
import java.util.function.UnaryOperator;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class DecodeResizedTest implements OperatorContract {
    private static final int SIDE = 256;

    /// A file of an image.
    ///
    /// @param colour of a pixel by its column and row, `0xRRGGBB`
    private static TensorValue file(
            String format, int height, int width, IntBinaryOperator colour) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, colour.applyAsInt(x, y));
            }
        }
        var bytes = new ByteArrayOutputStream();
        try {
            assertTrue(ImageIO.write(image, format, bytes));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return TensorValue.of(
                TensorSpec.of(ElementType.UINT8, "", bytes.size()), bytes.toByteArray());
    }

    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "the mean of two pixels",
                        DecodeResized.rgb(Resize.to(1, 1)),
                        file("bmp", 1, 2, (x, y) -> x == 0 ? 0x00_64_0A : 0x64_64_14),
                        uint8("HWC", shape(1, 1, 3), 50, 100, 15),
                        0),
                new Case(
                        "grey, of a window",
                        DecodeResized.by(
                                DecodeImage.grey(), ResizedCrop.to(1, 2, new Window(0, 1, 2, 1))),
                        file("png", 2, 3, (x, y) -> x == 1 ? 0x07_07_07 : 0xFF_FF_FF),
                        uint8("HWC", shape(1, 2, 1), 7, 7),
                        0),
                new Case(
                        "a file of one colour, shrunk",
                        DecodeResized.rgb(RandomResizedCrop.to(3, 3).area(1, 1).aspect(1, 1)),
                        file("jpeg", 64, 64, (x, y) -> 0x80_80_80),
                        TensorValue.filled(TensorSpec.of(ElementType.UINT8, "HWC", 3, 3, 3), 128),
                        0));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "what does not resize",
                        () -> DecodeResized.rgb(Flip.horizontal()),
                        "DecodeResized takes an operator that resizes, such as RandomResizedCrop,"
                                + " got "
                                + Flip.horizontal()));
    }

    private static double[] numbers(TensorValue file, UnaryOperator<Node> operators) {
        var graph = Graph.named("resized");
        var encoded = graph.read(External.indexed(1, i -> file, "encoded"));
        graph.output("image", operators.apply(encoded));
        try (var pipeline = graph.build(Options.batchSize(1).threads(1))) {
            return TensorValue.copyOf(pipeline.next().get("image").get(0)).numbers();
        }
    }

    private static double meanDistance(double[] one, double[] other) {
        assertEquals(one.length, other.length);
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += Math.abs(one[i] - other[i]);
        }
        return sum / one.length;
    }

    /// Intensities rise by one a pixel, so that a window which lies elsewhere by a pixel, or by a
    /// part of one, shows.
    @Test
    void aWindowThatIsShrunkLiesWhereItLayBefore() {
        var slopes = file("jpeg", SIDE, SIDE, (x, y) -> x << 16 | y << 8 | (x + y) / 2);
        long seed = 3;
        var random = new Random(seed);
        for (int round = 0; round < 60; round++) {
            int height = 60 + random.nextInt(SIDE - 60);
            int width = 60 + random.nextInt(SIDE - 60);
            var window =
                    new Window(
                            random.nextInt(SIDE - height + 1),
                            random.nextInt(SIDE - width + 1),
                            height,
                            width);
            SampleOperator shrunk = DecodeResized.rgb(ResizedCrop.to(13, 11, window));
            var apart = numbers(slopes, file -> cut(file, window));
            double distance = meanDistance(numbers(slopes, file -> file.then(shrunk)), apart);
            assertTrue(distance < 1, "%s, seed %s: %s".formatted(window, seed, distance));
        }
    }

    private static Node cut(Node file, Window window) {
        return file.then(DecodeImage.rgb()).then(ResizedCrop.to(13, 11, window));
    }

    @Test
    void aJpegIsDecodedNoLargerThanItHasToBe() {
        long seed = 4;
        var random = new Random(seed);
        var noise = file("jpeg", SIDE, SIDE, (x, y) -> random.nextInt(1 << 24));
        var resize = Resize.to(SIDE / 2, SIDE / 2);
        var shrunk = numbers(noise, file -> file.then(DecodeResized.rgb(resize)));
        var whole = numbers(noise, file -> file.then(DecodeImage.rgb()).then(resize));
        double distance = meanDistance(shrunk, whole);
        boolean shrinks = DecodeImage.jpegDecoder().startsWith("libturbojpeg");
        assertEquals(shrinks, distance > 1, "seed " + seed + ": " + distance);
        var larger = Resize.to(SIDE / 2 + 1, SIDE / 2);
        assertEquals(
                0,
                meanDistance(
                        numbers(noise, file -> file.then(DecodeResized.rgb(larger))),
                        numbers(noise, file -> file.then(DecodeImage.rgb()).then(larger))));
    }

    @Test
    void whatPicksSinglePixelsIsGivenAllOfThem() {
        long seed = 5;
        var random = new Random(seed);
        var noise = file("jpeg", SIDE, SIDE, (x, y) -> random.nextInt(1 << 24));
        var smaller = Resize.to(SIDE / 4, SIDE / 4);
        for (var resize : List.of(smaller.filter(Filter.NEAREST), smaller.antialias(false))) {
            assertEquals(
                    0,
                    meanDistance(
                            numbers(noise, file -> file.then(DecodeResized.rgb(resize))),
                            numbers(noise, file -> file.then(DecodeImage.rgb()).then(resize))),
                    "seed " + seed);
        }
    }
}
