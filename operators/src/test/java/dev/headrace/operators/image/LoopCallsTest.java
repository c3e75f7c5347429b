package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.Node;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.decode.RandomJpeg;
import dev.headrace.operators.random.CoinFlip;
import dev.headrace.operators.read.External;
import dev.headrace.operators.tensor.Cast;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/// How often the loops over rows run for a batch: a lost fusion, or a pass too many, shows.
class LoopCallsTest {
    private static final int BATCH = 4;
    private static final int HEIGHT = 32;
    private static final int WIDTH = 24;
    private static final int ROWS = BATCH * HEIGHT;

    /// Calls by the name of the loop. The engine has one worker here, which the loop over batches
    /// waits for.
    private static final Map<String, Integer> CALLS = new TreeMap<>();

    private record Counting(Loops loops) implements Loops {
        private static void count(String name) {
            CALLS.merge(name, 1, Integer::sum);
        }

        @Override
        public void addRows(
                MemorySegment in,
                long at,
                long stride,
                float[] weights,
                int w,
                int count,
                float[] row,
                int n) {
            count("addRows");
            loops.addRows(in, at, stride, weights, w, count, row, n);
        }

        @Override
        public void addColumns(
                float[] one,
                float[] other,
                Taps taps,
                int channels,
                float[] outOfOne,
                float[] outOfOther) {
            count("addColumns");
            loops.addColumns(one, other, taps, channels, outOfOne, outOfOther);
        }

        @Override
        public void widen(MemorySegment in, long at, float[] row, int n) {
            count("widen");
            loops.widen(in, at, row, n);
        }

        @Override
        public void narrow(float[] row, MemorySegment out, long at, int n) {
            count("narrow");
            loops.narrow(row, out, at, n);
        }

        @Override
        public void normalize(float[] row, boolean rounded, float[] mean, float[] factor, int n) {
            count("normalize");
            loops.normalize(row, rounded, mean, factor, n);
        }

        @Override
        public void scale(float[] row, boolean rounded, float factor, float addend, int n) {
            count("scale");
            loops.scale(row, rounded, factor, addend, n);
        }

        @Override
        public void split(
                float[] row,
                int channels,
                int width,
                boolean reversed,
                MemorySegment out,
                long at,
                long plane) {
            count("split");
            loops.split(row, channels, width, reversed, out, at, plane);
        }
    }

    /// Has its worker keep loops that count, for all operators behind it.
    record Counted() implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            var loops = new Counting(new PlainLoops());
            context.keep(Resampler.class, () -> new Resampler(() -> loops));
            out.copyFrom(in);
        }
    }

    private static TensorValue file(long index) {
        var file = RandomJpeg.of(new Random(index));
        return TensorValue.of(TensorSpec.of(UINT8, "", file.length), file);
    }

    /// The calls of a batch that is not the first.
    private static String calls(BiFunction<Graph, Node, Node> chain) {
        var graph = Graph.named("calls");
        var file = graph.read(External.indexed(4 * BATCH, LoopCallsTest::file, "encoded"));
        graph.output("image", chain.apply(graph, file.get("encoded").then(new Counted())));
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(1).prefetch(1))) {
            pipeline.next();
            CALLS.clear();
            pipeline.next();
            return CALLS.toString();
        }
    }

    private static Node training(Graph graph, Node encoded) {
        return encoded.then(DecodeImage.rgb())
                .then(RandomResizedCrop.to(HEIGHT, WIDTH))
                .then(Flip.horizontal(graph.add(CoinFlip.of(0.5))))
                .then(Normalize.imagenet().layout("CHW"));
    }

    @Test
    void eachRowOfATrainingsImageIsMadeNormalizedAndWrittenOnce() {
        assertEquals(
                "{addColumns=%d, addRows=%d, normalize=%d, split=%d}"
                        .formatted(ROWS / 2, ROWS, ROWS, ROWS),
                calls(LoopCallsTest::training));
    }

    @Test
    void aRowIsColouredWhereItIsMade() {
        assertEquals(
                "{addColumns=%d, addRows=%d, normalize=%d, scale=%d, split=%d}"
                        .formatted(ROWS / 2, ROWS, ROWS, 2 * ROWS, ROWS),
                calls(
                        (graph, encoded) ->
                                encoded.then(DecodeImage.rgb())
                                        .then(RandomResizedCrop.to(HEIGHT, WIDTH))
                                        .then(BrightnessContrast.by(1.1, 0.9))
                                        .then(Cast.to(FLOAT32))
                                        .then(Normalize.imagenet().layout("CHW"))));
    }
}
