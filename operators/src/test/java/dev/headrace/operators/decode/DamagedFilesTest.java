package dev.headrace.operators.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.ChildJvm;
import dev.headrace.operators.read.External;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Truncated and bit-flipped files: each decodes or is a bad sample. It runs in another JVM,
/// since a crash of the native library would take this one with it.
class DamagedFilesTest {
    private static final int ALL = 1000;
    private static final int A_TENTH = 100;
    private static final List<String> NAMES =
            List.of(
                    "420.jpg",
                    "progressive.jpg",
                    "restart.jpg",
                    "scans.jpg",
                    "arithmetic.jpg",
                    "cmyk.jpg",
                    "turn6.jpg",
                    "rgb.png",
                    "palette.png",
                    "deep.png",
                    "frames.gif",
                    "palette.bmp",
                    "lzw.tiff");

    static List<String> decoders() {
        return Decoders.all();
    }

    @ParameterizedTest
    @MethodSource("decoders")
    void eachDecodesOrIsABadSample(String decoder) throws Exception {
        int count = Boolean.getBoolean("headrace.test.long") ? ALL : A_TENTH;
        var ended =
                ChildJvm.of(DamagedFilesTest.class)
                        .flags(Decoders.flags(decoder))
                        .run(Integer.toString(count));
        assertEquals(0, ended.status(), ended::toString);
        assertTrue(ended.out().contains("all " + count + " came out"), ended::toString);
    }

    /// The other JVM.
    static void main(String[] arguments) {
        int count = Integer.parseInt(arguments[0]);
        for (var decoder : List.of(DecodeImage.rgb(), new RandomPart(DecodeImage.rgb()))) {
            decode(decoder, count);
        }
        System.out.println("all " + count + " came out");
    }

    private static void decode(SampleOperator decoder, int count) {
        var graph = Graph.named("damaged");
        var damaged = graph.read(External.indexed(count, DamagedFilesTest::damaged));
        graph.output("image", damaged.then(decoder));
        int good = 0;
        int bad = 0;
        try (var pipeline = graph.build(Options.batchSize(1).threads(2))) {
            for (int i = 0; i < count; i++) {
                try {
                    pipeline.next();
                    good++;
                } catch (BadSample expected) {
                    if (!expected.what().startsWith("this ")
                            && !expected.what().startsWith("DecodeImage takes ")) {
                        throw new IllegalStateException("seed " + i, expected);
                    }
                    bad++;
                }
            }
        }
        System.out.println(good + " decoded, " + bad + " did not");
    }

    /// A part of an image, whichever.
    record RandomPart(DecodeImage decoder) implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            var random = new Random(context.id().position());
            var part =
                    decoder.part(
                            in.get(0),
                            whole -> DecodePartTest.region(whole.shape(), random),
                            context);
            out.make(0, part.pixels().spec()).copyFrom(part.pixels());
        }
    }

    private static TensorValue damaged(long seed) {
        var random = new Random(seed);
        var bytes = ImageFiles.named(NAMES.get((int) (seed % NAMES.size()))).bytes();
        if (random.nextInt(4) == 0) {
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        for (int flips = random.nextInt(1, 9); flips > 0 && bytes.length > 0; flips--) {
            // every other flip hits the header, where extents and tables stand
            int reach = random.nextBoolean() ? Math.min(64, bytes.length) : bytes.length;
            bytes[random.nextInt(reach)] ^= (byte) (1 << random.nextInt(8));
        }
        return TensorValue.of(TensorSpec.of(ElementType.UINT8, "", bytes.length), bytes);
    }
}
