package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT16;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Node;
import dev.headrace.operators.Seeds;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.decode.RandomJpeg;
import dev.headrace.operators.read.External;
import dev.headrace.operators.tensor.Cast;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Chains of image operators give the same bytes in one pass as one after the other.
class FusionTest {
    private static final int SAMPLES = 6;
    private static final TensorSpec FOUR = TensorSpec.of(INT32, "", 4);
    private static final TensorSpec FLAG = TensorSpec.scalar(UINT8);

    /// A chain of random operators behind a decoder. Where another node's value is an argument, it
    /// is the `flag` or the `window` of the source.
    private static final class Chain {
        private final Random random;
        private final Node source;
        private final int side;
        private final boolean apart;
        private final List<String> kinds = new ArrayList<>();
        private Node end;

        /// @param side of the smallest image
        Chain(long seed, Node source, int side, boolean apart) {
            this.random = Seeds.random(seed);
            this.source = source;
            this.side = side;
            this.apart = apart;
            this.end = source.get("encoded");
        }

        private void then(SampleOperator operator) {
            kinds.add(operator.kind());
            end = end.then(operator);
            if (apart) {
                end = end.preserve();
            }
        }

        Node build() {
            then(random.nextInt(4) > 0 ? DecodeImage.rgb() : DecodeImage.grey());
            then(cut());
            for (int steps = random.nextInt(4); steps > 0; steps--) {
                then(step());
            }
            if (random.nextInt(3) > 0) {
                then(normalize());
            }
            return end;
        }

        private Transform step() {
            return switch (random.nextInt(4)) {
                case 0 -> Cast.to(random.nextBoolean() ? UINT8 : FLOAT32);
                case 1 ->
                        BrightnessContrast.by(random.nextDouble(2), random.nextDouble(2))
                                .center(random.nextDouble(255));
                default -> new Flip(flag(), random.nextBoolean() ? flag() : Argument.of(0));
            };
        }

        private Argument flag() {
            return switch (random.nextInt(3)) {
                case 0 -> Argument.of(0);
                case 1 -> Argument.of(1);
                default -> source.get("flag");
            };
        }

        private Transform cut() {
            int height = 1 + random.nextInt(40);
            int width = 1 + random.nextInt(40);
            var type = random.nextInt(4) > 0 ? UINT8 : FLOAT32;
            var filter = Filter.values()[random.nextInt(Filter.values().length)];
            boolean antialias = random.nextInt(4) > 0;
            return switch (random.nextInt(4)) {
                case 0 ->
                        RandomResizedCrop.to(height, width)
                                .filter(filter)
                                .antialias(antialias)
                                .type(type);
                case 1 ->
                        ResizedCrop.to(height, width, source.get("window"))
                                .filter(filter)
                                .antialias(antialias)
                                .type(type);
                case 2 -> new Resize(fit(), height, width, filter, antialias, type);
                default ->
                        Crop.to(1 + random.nextInt(side), 1 + random.nextInt(side))
                                .at(random.nextDouble(), random.nextDouble());
            };
        }

        private Resize.Fit fit() {
            return Resize.Fit.values()[random.nextInt(Resize.Fit.values().length)];
        }

        private Normalize normalize() {
            var normalize =
                    Normalize.by(random.nextDouble(-5, 300), random.nextDouble(1, 90))
                            .layout(random.nextInt(3) > 0 ? "CHW" : "HWC")
                            .type(random.nextInt(4) > 0 ? FLOAT32 : FLOAT16);
            return random.nextBoolean() ? normalize.mirror(flag()) : normalize;
        }
    }

    /// A file, a window within it, and a flag.
    private static List<TensorValue> sample(long index) {
        return sample(index, 1);
    }

    /// @param least rows and columns of the image
    private static List<TensorValue> sample(long index, int least) {
        var random = Seeds.random(index);
        var file = RandomJpeg.of(random);
        while (RandomJpeg.side(file) < least) {
            file = RandomJpeg.of(random);
        }
        int side = RandomJpeg.side(file); // it may have to be turned
        int y = random.nextInt(side);
        int x = random.nextInt(side);
        return List.of(
                TensorValue.of(TensorSpec.of(UINT8, "", file.length), file),
                TensorValue.of(
                        FOUR, y, x, 1 + random.nextInt(side - y), 1 + random.nextInt(side - x)),
                TensorValue.of(FLAG, random.nextInt(2)));
    }

    /// The samples of a chain: of every other one all are larger than a few units of JPEG.
    private static List<List<TensorValue>> samples(long seed) {
        int least = seed % 2 == 0 ? 1 : 40;
        return LongStream.range(seed * SAMPLES, (seed + 1) * SAMPLES)
                .mapToObj(index -> sample(index, least))
                .toList();
    }

    private static int side(List<List<TensorValue>> samples) {
        return samples.stream()
                .mapToInt(sample -> RandomJpeg.side(sample.getFirst().bytes()))
                .min()
                .orElseThrow();
    }

    private static List<TensorValue> run(long seed, boolean apart, List<String> kinds) {
        var graph = Graph.named("chain");
        var samples = samples(seed);
        var source =
                graph.read(
                        External.indexed(
                                SAMPLES, i -> samples.get((int) i), "encoded", "window", "flag"));
        var chain = new Chain(seed, source, side(samples), apart);
        graph.output("out", chain.build());
        kinds.addAll(chain.kinds);
        var results = new ArrayList<TensorValue>();
        try (var pipeline = graph.build(Options.batchSize(2).threads(2).seed(seed).withChecks())) {
            int steps = pipeline.plan().nodes().size() - 1; // without the source
            if (apart || !chain.kinds.contains("Crop")) {
                assertEquals(apart ? kinds.size() : 1, steps, "seed " + seed + kinds);
            }
            for (var batch : pipeline.epoch()) {
                for (int i = 0; i < batch.get("out").size(); i++) {
                    results.add(TensorValue.copyOf(batch.get("out").get(i)));
                }
            }
        }
        return results;
    }

    @Test
    void aChainInOnePassGivesTheSameBytes() {
        int chains = Boolean.getBoolean("headrace.test.long") ? 3000 : 100;
        for (long seed = 0; seed < chains; seed++) {
            var kinds = new ArrayList<String>();
            var expected = run(seed, true, kinds);
            assertEquals(expected, run(seed, false, new ArrayList<>()), "seed " + seed + kinds);
        }
    }

    @Test
    void whatFailsInOnePassIsToldOfItsOwnOperator() {
        var graph = Graph.named("chain");
        var source =
                graph.read(External.indexed(1, FusionTest::sample, "encoded", "window", "flag"));
        var image =
                source.get("encoded")
                        .then(DecodeImage.rgb())
                        .then(ResizedCrop.to(2, 2, source.get("flag")))
                        .then(Normalize.imagenet());
        graph.output("image", image);
        try (var pipeline = graph.build(Options.batchSize(1).threads(1))) {
            var message = assertThrows(BadSample.class, pipeline::next).getMessage();
            assertTrue(message.startsWith("a window is 4 numbers, got UINT8 scalar\n"), message);
            assertTrue(message.contains("  at resizedCrop (ResizedCrop), added at "), message);
        }
    }

    /// What is told where the only sample of a graph is bad.
    ///
    /// @param image of the graph, made of its source
    private static String refusal(TensorValue sample, UnaryOperator<Node> image) {
        var graph = Graph.named("chain");
        graph.output("image", image.apply(graph.read(External.indexed(1, i -> sample, "image"))));
        try (var pipeline = graph.build(Options.batchSize(1).threads(1))) {
            assertEquals(2, pipeline.plan().nodes().size());
            return assertThrows(BadSample.class, pipeline::next).getMessage();
        }
    }

    @Test
    void aFlipThatFailsBetweenTwoIsToldOfItself() {
        var two = TensorValue.filled(TensorSpec.of(UINT8, "HWC", 1, 1, 1), 2);
        var message =
                refusal(
                        two,
                        image ->
                                image.then(Resize.to(2, 2))
                                        .then(Flip.horizontal(image))
                                        .then(Normalize.by(1, 1)));
        assertTrue(message.startsWith("leftRight 2.0 is neither 0 nor 1\n  at flip "), message);
    }

    @Test
    void aRowThatIsTooLongIsToldOfWhatResizes() {
        var pixel = TensorValue.filled(TensorSpec.of(UINT8, "HWC", 1, 1, 3), 2);
        var message =
                refusal(
                        pixel,
                        image -> image.then(Resize.to(1, 30_000_000)).then(Normalize.imagenet()));
        assertTrue(
                message.startsWith(
                        "a row of 90000000 numbers is too long: over 67108864\n  at resize "),
                message);
    }

    /// What is to be tried where a chain that ends in rows is too slow.
    private static String remedy(Resize resize) {
        var graph = Graph.named("chain");
        var source = graph.read(External.indexed(1, i -> sample(3).getFirst(), "encoded"));
        var image = source.then(DecodeImage.rgb()).then(resize).then(Flip.horizontal());
        graph.output("image", image.then(Normalize.imagenet()));
        var nodes = graph.plan(Options.batchSize(1)).nodes();
        assertEquals(2, nodes.size());
        return nodes.getLast().operator().remedy();
    }

    @Test
    void aChainThatDecodesMoreThanIsNeededSaysWhatToTry() {
        var decoders = DecodeImage.rgb().remedy(); // where libturbojpeg is missing
        assertEquals(
                decoders.isEmpty()
                        ? "decode by DecodeResized what becomes half as large or less"
                        : decoders,
                remedy(Resize.to(2, 2)));
        assertEquals(decoders, remedy(Resize.to(2, 2).antialias(false)));
        assertEquals(decoders, remedy(Resize.to(2, 2).filter(Filter.NEAREST)));
    }

    @Test
    void aFileThatIsBrokenIsToldOfTheDecoder() {
        var graph = Graph.named("chain");
        var file = sample(3).getFirst().bytes();
        int length = file.length - 40; // its header is whole, its last rows are not
        var most = TensorValue.of(TensorSpec.of(UINT8, "", length), Arrays.copyOf(file, length));
        var source = graph.read(External.indexed(1, i -> most, "encoded"));
        graph.output("image", source.then(DecodeImage.rgb()).then(Resize.to(2, 2)));
        try (var pipeline = graph.build(Options.batchSize(1).threads(1))) {
            var message = assertThrows(BadSample.class, pipeline::next).getMessage();
            assertTrue(message.contains("  at decodeImage (DecodeImage), added at "), message);
        }
    }
}
