package dev.headrace.operators.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.ChildJvm;
import dev.headrace.operators.read.External;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Parts of images, compared with the whole. Each decoder runs in another JVM, since it is chosen
/// once a process, and could end it.
class DecodePartTest {
    private static final int ALL = 2000;
    private static final int A_TENTH = 200;
    private static final int REGIONS = 8;

    static List<String> decoders() {
        return Decoders.all();
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void partsHaveThePixelsOfTheWhole(String decoder) throws Exception {
        int count = Boolean.getBoolean("headrace.test.long") ? ALL : A_TENTH;
        var ended =
                ChildJvm.of(DecodePartTest.class)
                        .flags(Decoders.flags(decoder))
                        .run(Integer.toString(count));
        assertEquals(0, ended.status(), ended::toString);
        assertTrue(ended.out().contains("all " + count + " agreed"), ended::toString);
        boolean small = ended.out().contains("(parts of images)");
        boolean shrunk = ended.out().startsWith("libturbojpeg");
        assertEquals(small, ended.out().contains("some were small"), ended::toString);
        assertEquals(shrunk, ended.out().contains("some were shrunk"), ended::toString);
    }

    /// The other JVM.
    static void main(String[] arguments) {
        int count = Integer.parseInt(arguments[0]);
        System.out.println(DecodeImage.jpegDecoder());
        long small = 0;
        long shrunk = 0;
        for (var decoder : List.of(DecodeImage.rgb(), DecodeImage.bgr(), DecodeImage.grey())) {
            var graph = Graph.named("parts");
            var file = graph.read(External.indexed(count, DecodePartTest::file));
            graph.output("kinds", graph.add(new Compare(decoder), file, file.then(decoder)));
            try (var pipeline = graph.build(Options.batchSize(1).threads(2))) {
                for (int i = 0; i < count; i++) {
                    var kinds = pipeline.next().get("kinds").get(0);
                    small += kinds.int64(0);
                    shrunk += kinds.int64(1);
                }
            }
        }
        System.out.println("all " + count + " agreed");
        System.out.println(small > count ? "some were small" : small + " were small");
        System.out.println(shrunk > count ? "some were shrunk" : shrunk + " were shrunk");
    }

    private static TensorValue file(long seed) {
        var kept = ImageFiles.decodable();
        return DecodeImageTest.bytes(
                seed < kept.size()
                        ? kept.get((int) seed).bytes()
                        : RandomJpeg.of(new Random(seed)));
    }

    /// A region of an image, often at its border.
    static Region region(Shape whole, Random random) {
        int height = random.nextInt(1, (int) whole.extent(0) + 1);
        int width = random.nextInt(1, (int) whole.extent(1) + 1);
        if (random.nextInt(3) == 0) { // few columns, where chroma is repeated
            width = Math.min(width, random.nextInt(1, 4));
        }
        int y = random.nextInt((int) whole.extent(0) - height + 1);
        int right = (int) whole.extent(1) - width;
        int x =
                switch (random.nextInt(4)) {
                    case 0 -> 0;
                    case 1 -> right;
                    default -> random.nextInt(right + 1);
                };
        int shrink = random.nextBoolean() ? 1 : 1 << random.nextInt(4);
        return new Region(y, x, height, width, shrink);
    }

    /// Compares parts of a file with the whole, given beside it. Gives the numbers of parts that
    /// were smaller than the whole, and of those that were shrunk.
    record Compare(DecodeImage decoder) implements SampleOperator {
        private static final TensorSpec KINDS = TensorSpec.of(ElementType.INT64, "", 2);

        @Override
        public Range<Integer> arity() {
            return Range.singleton(2);
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long seed = context.id().position();
            var random = new Random(seed);
            var file = in.get(0);
            var kinds = out.make(0, KINDS);
            kinds.int64(0, 0);
            kinds.int64(1, 0);
            for (int i = 0; i < REGIONS; i++) {
                try {
                    compare(file, in.get(1), random, context, kinds);
                } catch (AssertionError different) {
                    throw new AssertionError("seed " + seed + ", region " + i, different);
                }
            }
        }

        private void compare(
                Tensor file, Tensor whole, Random random, SampleContext context, Tensor kinds) {
            var region = DecodePartTest.region(whole.shape(), random);
            var all = new Region(0, 0, extent(whole, 0), extent(whole, 1), region.shrink());
            var scaled = decoder.part(file, spec -> same(spec, whole, all), context);
            var expected = scaled.shrink() == 1 ? whole : copy(scaled.pixels());
            assertEquals(0, scaled.top());
            assertEquals(0, scaled.left());
            for (int axis = 0; axis < 2; axis++) {
                assertEquals(
                        Math.ceilDiv(extent(whole, axis), scaled.shrink()),
                        extent(scaled.pixels(), axis));
            }
            var part = decoder.part(file, spec -> same(spec, whole, region), context);
            assertEquals(scaled.shrink(), part.shrink());
            assertHolds(part, region);
            assertEqual(part, expected, region);
            if (part.pixels().shape().volume() < expected.shape().volume()) {
                kinds.int64(0, kinds.int64(0) + 1);
            }
            if (part.shrink() > 1) {
                kinds.int64(1, kinds.int64(1) + 1);
                assertEquals(region.shrink(), part.shrink());
            }
        }

        private static Region same(TensorSpec spec, Tensor whole, Region region) {
            assertEquals(whole.spec(), spec);
            return region;
        }

        private static Tensor copy(Tensor tensor) {
            var memory = Arena.ofAuto().allocate(tensor.spec().bytes());
            var copy =
                    new Tensor(
                            tensor.spec(),
                            memory.address(),
                            Storage.collected("a test", memory),
                            true);
            copy.copyFrom(tensor);
            return copy;
        }

        private static void assertHolds(Part part, Region region) {
            int shrink = part.shrink();
            assertTrue(part.top() <= region.y() / shrink, part::toString);
            assertTrue(part.left() <= region.x() / shrink, part::toString);
            int bottom = part.top() + extent(part.pixels(), 0);
            int right = part.left() + extent(part.pixels(), 1);
            assertTrue(bottom * shrink >= region.y() + region.height(), part::toString);
            assertTrue(right * shrink >= region.x() + region.width(), part::toString);
        }

        /// Only what the region touches has to be equal: what lies around it may lack neighbours.
        private static void assertEqual(Part part, Tensor whole, Region region) {
            int shrink = part.shrink();
            int channels = extent(whole, 2);
            int left = region.x() / shrink;
            int right = Math.ceilDiv(region.x() + region.width(), shrink);
            for (int y = region.y() / shrink; y * shrink < region.y() + region.height(); y++) {
                long expected = rowBytes(whole) * y;
                long actual = rowBytes(part.pixels()) * (y - part.top());
                long mismatch =
                        MemorySegment.mismatch(
                                whole.segment(),
                                expected + (long) channels * left,
                                expected + (long) channels * right,
                                part.pixels().segment(),
                                actual + (long) channels * (left - part.left()),
                                actual + (long) channels * (right - part.left()));
                assertEquals(-1, mismatch, "row " + y + " of " + region + " in " + part);
            }
        }

        private static long rowBytes(Tensor pixels) {
            return pixels.shape().extent(1) * pixels.shape().extent(2);
        }

        private static int extent(Tensor tensor, int axis) {
            return (int) tensor.shape().extent(axis);
        }
    }
}
