package dev.headrace.operators;

import static dev.headrace.engine.data.ElementType.FLOAT16;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.FLOAT64;
import static dev.headrace.engine.data.ElementType.INT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.UINT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.device.NativeBuild;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.random.Gaussian;
import dev.headrace.engine.random.Series;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.decode.RandomJpeg;
import dev.headrace.operators.image.BrightnessContrast;
import dev.headrace.operators.image.Crop;
import dev.headrace.operators.image.Filter;
import dev.headrace.operators.image.Flip;
import dev.headrace.operators.image.Normalize;
import dev.headrace.operators.image.RandomResizedCrop;
import dev.headrace.operators.image.Resize;
import dev.headrace.operators.image.ResizedCrop;
import dev.headrace.operators.random.CoinFlip;
import dev.headrace.operators.random.Normal;
import dev.headrace.operators.random.Uniform;
import dev.headrace.operators.read.External;
import dev.headrace.operators.tensor.Cast;
import dev.headrace.operators.tensor.OneHot;
import dev.headrace.operators.tensor.Pad;
import dev.headrace.operators.tensor.Slice;
import dev.headrace.operators.tensor.Stack;
import dev.headrace.operators.tensor.Transpose;
import dev.headrace.testkit.Trial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What operators give on a device, on the simulated driver, beside what they give on the host: the
/// same bytes, on random inputs.
@Tag(Simulation.ANY_DRIVER)
class DeviceTwinTest {
    private static void assertSame(
            String what, Operator operator, List<? extends List<TensorValue>> samples) {
        var here =
                Trial.of(operator, samples)
                        .run(Options.batchSize(4).threads(1))
                        .subList(0, operator.outputs().size());
        assertEquals(here, CudaContract.onDevice(operator, samples), what);
    }

    private static final double[] SPECIAL = {
        0,
        -0.0,
        0.5,
        1.5,
        2.5,
        -0.5,
        127,
        127.5,
        128,
        -128.5,
        -129,
        255,
        255.5,
        256,
        32767.5,
        65504,
        65519.99,
        65520,
        65535.5,
        1e-8,
        5.9e-8,
        6.1e-5,
        -3e-8,
        2147483647.0,
        -2147483648.5,
        4294967295.5,
        0x1p62,
        0x1p63,
        -0x1p63,
        0x1p64,
        1e30,
        -1e30,
        1e300,
        3.4028236e38,
        1e-45,
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY
    };

    /// Special numbers and random ones of all sizes, as a type has them.
    private static TensorValue numbers(ElementType type, Random random) {
        var numbers = new double[SPECIAL.length + 200];
        System.arraycopy(SPECIAL, 0, numbers, 0, SPECIAL.length);
        for (int i = SPECIAL.length; i < numbers.length; i++) {
            numbers[i] = random.nextGaussian() * Math.scalb(1.0, random.nextInt(80) - 30);
        }
        if (type == INT64 || type == UINT64) {
            var bytes = new byte[8 * numbers.length];
            random.nextBytes(bytes);
            return TensorValue.of(TensorSpec.of(type, "", numbers.length), bytes);
        }
        return TensorValue.of(TensorSpec.of(type, "", numbers.length), numbers);
    }

    @ParameterizedTest
    @EnumSource
    void casts(ElementType from) {
        var random = Seeds.random(from.ordinal());
        for (var to : ElementType.values()) {
            var samples = List.of(List.of(numbers(from, random)), List.of(numbers(from, random)));
            assertSame(from + " to " + to, Cast.to(to), samples);
        }
    }

    private static TensorValue image(ElementType type, int channels, Random random) {
        var shape = Shape.of(1 + random.nextInt(9), 1 + random.nextInt(9), channels);
        var numbers = new double[(int) shape.volume()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = random.nextDouble() * 256;
        }
        return TensorValue.of(new TensorSpec(type, shape, "HWC"), numbers);
    }

    @Test
    void drawsCoinsAndNumbers() {
        for (int round = 0; round < 30; round++) {
            var random = Seeds.random(round);
            var extents = random.longs(random.nextInt(3), 0, 9).toArray();
            var samples = new ArrayList<List<TensorValue>>();
            for (int sample = 0; sample < 5; sample++) {
                samples.add(
                        List.of(
                                TensorValue.of(random.nextDouble()),
                                TensorValue.of(1 + random.nextExponential())));
            }
            for (var operator :
                    List.of(
                            CoinFlip.of(new Input(0)),
                            Uniform.between(new Input(0), new Input(1)).shape(extents),
                            Normal.of(new Input(0), new Input(1)).shape(extents))) {
                var its = operator instanceof CoinFlip ? firsts(samples, 1) : samples;
                assertSame("round " + round + " " + operator, operator, its);
            }
        }
    }

    private static void assumeSimulated() {
        assumeTrue(!Simulation.isReal(), "its kernel is compiled for the simulated driver only");
    }

    /// A kernel of this test, behind what its source uses.
    private static Kernel kernel(String name, String source, String... files) {
        var text = new StringBuilder(Kernels.shared("tensor/Elements.cuh"));
        Stream.of(files).map(Kernels::shared).forEach(text::append);
        try {
            return new Kernel(name, NativeBuild.ptx(text + source));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Two draws each, of series of any keys, samples and epochs.
    record TwoDraws() implements CudaTransform {
        private static final String SOURCE =
                """
                struct Sample { POINTER(long long) out; Series series; int block; };
                extern "C" __global__ void two_draws(POINTER(const Sample) samples) {
                    Sample sample = samples[blockIdx.y];
                    if (blockIdx.x == 0 && threadIdx.x == 0) {
                        Draws two = draw_two(sample.series, (unsigned)sample.block);
                        sample.out[0] = (long long)two.even;
                        sample.out[1] = (long long)two.odd;
                    }
                }
                """;

        private static Series series(SampleContext context) {
            var random = Seeds.random(context.id().position());
            return new Series(
                    random.nextLong(), random.nextLong(), random.nextInt() & 0xFFFF_FFFFL);
        }

        private static int block(SampleContext context) {
            return Seeds.random(-context.id().position()).nextInt();
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return TensorSpec.of(INT64, "", 2);
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            long even = 2 * (block(context) & 0xFFFF_FFFFL);
            out.int64(0, series(context).bits(even));
            out.int64(1, series(context).bits(even + 1));
        }

        @Override
        public Kernel kernel() {
            return DeviceTwinTest.kernel("two_draws", SOURCE, "random/Draws.cuh");
        }

        @Override
        public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
            descriptor.pointer(out).series(series(context)).int32(block(context));
            return 1;
        }
    }

    @Test
    void drawsBySeriesOfAnyNumbers() {
        assumeSimulated();
        var samples = Collections.nCopies(200, List.of(TensorValue.of(0)));
        assertSame("two draws", new TwoDraws(), samples);
    }

    /// What has no inputs runs on a device, by as many samples as the source gives; what follows
    /// runs there too, and an argument is read here.
    private static GraphSpec drawn(Device device) {
        var graph = Graph.named("drawn");
        var numbers = IntStream.range(0, 7).mapToObj(TensorValue::of).toList();
        var source = graph.read(External.iterable(numbers));
        var coin = graph.add(CoinFlip.of(0.5)).on(device);
        var one = graph.add(Uniform.between(-1, 1).shape(2, 3, 1)).on(device);
        var other = graph.add(Normal.of(0, 1).shape(2, 3, 1)).on(device);
        var both = graph.add(Stack.at(0), one, other);
        var between = graph.add(Uniform.between(source, Argument.of(9))).on(device);
        return graph.output("both", both.cpu())
                .output("coin", coin.cpu())
                .output("some", both.then(Slice.along("0", coin, 1)).cpu())
                .output("between", between.cpu())
                .output("number", source)
                .spec();
    }

    @Test
    void whatHasNoInputsRunsOnADevice() {
        var there = drawn(Device.gpu(0));
        assertTrue(
                Plan.of(there, Options.batchSize(4)).nodes().stream()
                        .filter(node -> node.operator() instanceof CudaOperator)
                        .allMatch(node -> node.device().equals(Device.gpu(0))));
        var here = CudaContract.onSimulation(drawn(Device.HOST));
        assertEquals(here, CudaContract.onSimulation(there));
    }

    /// What normal numbers are made of, from uniform ones, in float64: the rounding at the end
    /// hides a last bit that differs.
    record LogarithmAndCosine() implements CudaTransform {
        private static final String SOURCE =
                """
                struct Sample { POINTER(const double) in; POINTER(double) out; long long count; };
                extern "C" __global__ void logarithm_and_cosine(POINTER(const Sample) samples) {
                    Sample sample = samples[blockIdx.y];
                    long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
                    for (; i < sample.count; i += (long long)gridDim.x * blockDim.x) {
                        sample.out[2 * i] = gaussian_log(1 - sample.in[i]);
                        sample.out[2 * i + 1] = gaussian_cosine(sample.in[i]);
                    }
                }
                """;

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return TensorSpec.of(FLOAT64, "", in.shape().volume(), 2);
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            for (long i = 0; i < in.shape().volume(); i++) {
                out.float64(2 * i, Gaussian.log(1 - in.float64(i)));
                out.float64(2 * i + 1, Gaussian.cosine(in.float64(i)));
            }
        }

        @Override
        public Kernel kernel() {
            return DeviceTwinTest.kernel("logarithm_and_cosine", SOURCE, "random/Gaussian.cuh");
        }

        @Override
        public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
            descriptor.pointer(in).pointer(out).int64(in.shape().volume());
            return in.shape().volume();
        }
    }

    /// Numbers of all sizes, and those next to where the cosine is 0, 1 or -1.
    @Test
    void logarithmsAndCosinesAreThoseOfTheHostToTheLastBit() {
        assumeSimulated();
        var random = Seeds.random(1);
        var numbers = new ArrayList<Double>();
        random.doubles(20_000).forEach(numbers::add);
        for (long bits = 0; bits < 53; bits++) {
            for (int each = 0; each < 40; each++) {
                numbers.add((random.nextLong() >>> 11 >>> bits) * 0x1p-53);
                numbers.add(1 - 0x1p-53 - (random.nextLong() >>> 11 >>> bits) * 0x1p-53);
                double near = (random.nextLong() >>> 12 >>> bits) * 0x1p-54;
                numbers.add(0.25 + near / 2);
                numbers.add(0.25 - near / 2);
                numbers.add(0.5 + near);
                numbers.add(0.5 - near);
                numbers.add(0.75 + near / 2);
                numbers.add(0.75 - near / 2);
            }
        }
        numbers.add(0x1.ee09869ap-21); // one of few for which it matters that it is small
        for (int eighth = 0; eighth < 8; eighth++) {
            numbers.add(eighth / 8.0);
        }
        var all =
                numbers.stream().mapToDouble(each -> Math.rint(each * 0x1p53) * 0x1p-53).toArray();
        var uniform = TensorValue.of(TensorSpec.of(FLOAT64, "", all.length), all);
        var operator = new LogarithmAndCosine();
        var here = Trial.of(operator, List.of(List.of(uniform))).run(Options.batchSize(1));
        var there = CudaContract.onDevice(operator, List.of(List.of(uniform)));
        double[] expected = here.getFirst().getFirst().numbers();
        double[] got = there.getFirst().getFirst().numbers();
        assertEquals(2 * all.length, got.length);
        for (int i = 0; i < got.length; i++) {
            if (Double.doubleToRawLongBits(expected[i]) != Double.doubleToRawLongBits(got[i])) {
                fail("of " + all[i / 2] + ": " + expected[i] + ", but there " + got[i]);
            }
        }
    }

    private static TensorValue coin(Random random) {
        return TensorValue.of(random.nextInt(2));
    }

    @Test
    void flips() {
        for (int round = 0; round < 20; round++) {
            var random = Seeds.random(round);
            var type = ElementType.values()[random.nextInt(ElementType.values().length)];
            int channels = 1 + random.nextInt(4);
            var samples = new ArrayList<List<TensorValue>>();
            for (int sample = 0; sample < 5; sample++) {
                samples.add(List.of(image(type, channels, random), coin(random), coin(random)));
            }
            assertSame("round " + round, new Flip(new Input(1), new Input(2)), samples);
        }
    }

    private static Filter filter(Random random) {
        return Filter.values()[random.nextInt(Filter.values().length)];
    }

    /// Sizes up and down, so that taps are few and many, and none is left over or all are.
    @Test
    void resizes() {
        for (int round = 0; round < 40; round++) {
            var random = Seeds.random(round);
            var resize =
                    Resize.to(1 + random.nextInt(20), 1 + random.nextInt(20))
                            .filter(filter(random))
                            .antialias(random.nextBoolean())
                            .type(random.nextBoolean() ? UINT8 : FLOAT32);
            int channels = 1 + random.nextInt(4);
            var samples = new ArrayList<List<TensorValue>>();
            for (int sample = 0; sample < 5; sample++) {
                samples.add(List.of(noise(channels, random)));
            }
            assertSame("round " + round + " " + resize, resize, samples);
        }
    }

    @Test
    void resizesWindows() {
        for (int round = 0; round < 40; round++) {
            var random = Seeds.random(round);
            int height = 1 + random.nextInt(9);
            int width = 1 + random.nextInt(9);
            var type = random.nextBoolean() ? UINT8 : FLOAT32;
            var drawn =
                    RandomResizedCrop.to(height, width)
                            .filter(filter(random))
                            .antialias(random.nextBoolean())
                            .type(type);
            var given =
                    ResizedCrop.to(height, width, new Input(1)).filter(filter(random)).type(type);
            int channels = 1 + random.nextInt(4);
            var images = new ArrayList<List<TensorValue>>();
            var windows = new ArrayList<List<TensorValue>>();
            for (int sample = 0; sample < 5; sample++) {
                var image = noise(channels, random);
                images.add(List.of(image));
                windows.add(List.of(image, window(image, random)));
            }
            assertSame("round " + round + " " + drawn, drawn, images);
            assertSame("round " + round + " " + given, given, windows);
        }
    }

    /// An image of all intensities, with the greatest and the least side by side.
    private static TensorValue noise(int channels, Random random) {
        var shape = Shape.of(1 + random.nextInt(40), 1 + random.nextInt(40), channels);
        var bytes = new byte[(int) shape.volume()];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i += 3) {
            bytes[i] = (byte) (random.nextBoolean() ? 255 : 0);
        }
        return TensorValue.of(new TensorSpec(UINT8, shape, "HWC"), bytes);
    }

    /// Photographs that are decoded here, then resized and so on where it is said.
    private static GraphSpec chain(Random random, Device device) {
        var files = Stream.generate(() -> RandomJpeg.of(random)).limit(5).toList();
        var graph = Graph.named("chain");
        var source =
                graph.read(
                        External.indexed(
                                files.size(),
                                i -> {
                                    var file = files.get((int) i);
                                    return TensorValue.of(
                                            TensorSpec.of(UINT8, "", file.length), file);
                                },
                                "encoded"));
        var image =
                source.then(DecodeImage.rgb())
                        .then(RandomResizedCrop.to(7, 9).filter(filter(random)))
                        .on(device)
                        .then(Flip.horizontal(graph.add(CoinFlip.of(0.5))))
                        .then(BrightnessContrast.by(1.5, random.nextDouble()))
                        .then(Resize.to(4, 5))
                        .then(Normalize.imagenet().layout("CHW"))
                        .cpu();
        return graph.output("image", image).spec();
    }

    /// On a device each is a launch of its own: what is one on the host only is no reason to run
    /// there.
    @Test
    void whatBecomesOneOnTheHostDoesNotOnADevice() {
        for (int round = 0; round < 10; round++) {
            var here = CudaContract.onSimulation(chain(Seeds.random(round), Device.HOST));
            var there = chain(Seeds.random(round), Device.gpu(0));
            assertEquals(
                    List.of(
                            "External",
                            "DecodeImage",
                            "Transfer",
                            "RandomResizedCrop",
                            "CoinFlip",
                            "Flip",
                            "BrightnessContrast",
                            "Resize",
                            "Normalize",
                            "Transfer"),
                    Plan.of(there, Options.batchSize(4)).nodes().stream()
                            .map(node -> node.operator().kind())
                            .toList());
            assertEquals(here, CudaContract.onSimulation(there), "round " + round);
        }
    }

    private static TensorValue window(TensorValue image, Random random) {
        var shape = image.spec().shape();
        int y = random.nextInt((int) shape.extent(0));
        int x = random.nextInt((int) shape.extent(1));
        int height = 1 + random.nextInt((int) shape.extent(0) - y);
        int width = 1 + random.nextInt((int) shape.extent(1) - x);
        return TensorValue.of(TensorSpec.of(INT32, "", 4), y, x, height, width);
    }

    /// A tensor of any bytes of its type, all of them numbers.
    private static TensorValue any(Random random, long... extents) {
        var types = Stream.of(ElementType.values()).filter(type -> !type.isFloat()).toList();
        var type = types.get(random.nextInt(types.size()));
        return noise(TensorSpec.of(type, "", extents), random);
    }

    private static TensorValue noise(TensorSpec spec, Random random) {
        var bytes = new byte[(int) spec.bytes()];
        random.nextBytes(bytes);
        return TensorValue.of(spec, bytes);
    }

    @Test
    void transposesAndSlices() {
        for (int round = 0; round < 30; round++) {
            var random = Seeds.random(round);
            var axes = new ArrayList<>(List.of(0, 1, 2, 3));
            Collections.shuffle(axes, random);
            long[] extents = random.longs(4, 1, 7).toArray();
            var operator =
                    random.nextBoolean()
                            ? Transpose.axes(axes.stream().mapToInt(Integer::intValue).toArray())
                            : Slice.along("1", new Input(1), random.nextInt((int) extents[1]))
                                    .and("3", 0, extents[3] - 1);
            var start = TensorValue.of(1);
            assertSame(
                    "round " + round + " " + operator,
                    operator,
                    List.of(
                            operator instanceof Slice
                                    ? List.of(any(random, extents), start)
                                    : List.of(any(random, extents))));
        }
    }

    @Test
    void pads() {
        for (int round = 0; round < 40; round++) {
            var random = Seeds.random(round);
            var axes = new ArrayList<>(List.of("0", "1", "2", "3"));
            Collections.shuffle(axes, random);
            var some = String.join("", axes.subList(0, 1 + random.nextInt(4)));
            var pad =
                    Pad.to(some, random.longs(some.length(), 0, 6).toArray())
                            .multipleOf(random.longs(some.length(), 1, 4).toArray())
                            .with(random.nextDouble(-300, 300));
            var samples =
                    List.of(
                            List.of(any(random, random.longs(4, 0, 5).toArray())),
                            List.of(any(random, random.longs(4, 1, 5).toArray())));
            assertSame("round " + round + " " + pad, pad, samples);
        }
    }

    @Test
    void makesVectorsOfClasses() {
        var integers =
                Stream.of(ElementType.values())
                        .filter(each -> each.isSigned() || each.isUnsigned())
                        .toList();
        for (int round = 0; round < 40; round++) {
            var random = Seeds.random(round);
            int classes = 1 + random.nextInt(100);
            var oneHot = OneHot.of(classes).values(random.nextGaussian(), random.nextGaussian());
            var type = integers.get(random.nextInt(integers.size()));
            var samples = new ArrayList<List<TensorValue>>();
            for (int sample = 0; sample < 5; sample++) {
                var spec = TensorSpec.of(type, "", random.longs(2, 0, 5).toArray());
                int count = (int) spec.shape().volume();
                var numbers = random.ints(count, 0, classes).asDoubleStream().toArray();
                samples.add(List.of(TensorValue.of(spec, numbers)));
            }
            assertSame("round " + round + " " + oneHot, oneHot, samples);
        }
    }

    @Test
    void stacks() {
        for (int round = 0; round < 40; round++) {
            var random = Seeds.random(round);
            int inputs = 1 + random.nextInt(4);
            var samples = new ArrayList<List<TensorValue>>();
            for (int sample = 0; sample < 3; sample++) {
                var spec = any(random, random.longs(3, 0, 5).toArray()).spec();
                samples.add(Stream.generate(() -> noise(spec, random)).limit(inputs).toList());
            }
            var stack = Stack.at(random.nextInt(4));
            assertSame("round " + round + " " + stack, stack, samples);
        }
    }

    @Test
    void cropsAndChangesColours() {
        for (int round = 0; round < 20; round++) {
            var random = Seeds.random(round);
            var type = random.nextBoolean() ? UINT8 : FLOAT32;
            int channels = 1 + random.nextInt(4);
            var samples = new ArrayList<List<TensorValue>>();
            for (int sample = 0; sample < 5; sample++) {
                samples.add(
                        List.of(
                                image(type, channels, random),
                                TensorValue.of(random.nextDouble()),
                                TensorValue.of(random.nextDouble() * 3)));
            }
            assertSame(
                    "crop " + round,
                    Crop.to(1, 1).at(new Input(1), new Input(1)),
                    firsts(samples, 2));
            assertSame(
                    "colours " + round, BrightnessContrast.by(new Input(1), new Input(2)), samples);
        }
    }

    private static List<List<TensorValue>> firsts(List<List<TensorValue>> samples, int count) {
        return samples.stream().map(sample -> sample.subList(0, count)).toList();
    }

    @Test
    void normalizes() {
        for (int round = 0; round < 30; round++) {
            var random = Seeds.random(round);
            int channels = 1 + random.nextInt(4);
            int means = random.nextBoolean() ? 1 : channels;
            var mean = random.doubles(means, 0, 255).boxed().toList();
            var std = random.doubles(means, 1, 99).boxed().toList();
            var operator =
                    Normalize.by(mean, std)
                            .scale(random.nextDouble() * 3)
                            .layout(random.nextBoolean() ? "CHW" : "HWC")
                            .type(random.nextBoolean() ? FLOAT16 : FLOAT32)
                            .mirror(new Input(1));
            var type = random.nextBoolean() ? UINT8 : FLOAT32;
            var samples = new ArrayList<List<TensorValue>>();
            for (int sample = 0; sample < 5; sample++) {
                samples.add(List.of(image(type, channels, random), coin(random)));
            }
            assertSame("round " + round, operator, samples);
        }
    }

    @Test
    void refusesMoreMeansThanADeviceTakes() {
        var many = Normalize.by(Collections.nCopies(17, 1.0), Collections.nCopies(17, 1.0));
        var samples = List.of(List.of(image(UINT8, 17, Seeds.random(0))));
        var failure = assertThrows(BadSample.class, () -> CudaContract.onDevice(many, samples));
        assertEquals("Normalize takes at most 16 means on a device, got 17", failure.what());
    }
}
