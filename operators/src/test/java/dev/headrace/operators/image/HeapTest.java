package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.INT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.plan.Step;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.ChildJvm;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.read.External;
import dev.headrace.operators.read.ImageFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What a batch of photographs, read, decoded, cut, resized and normalized, costs in heap,
/// where files are read by the calls of Linux.
@EnabledOnOs(OS.LINUX)
class HeapTest {
    private static final int BATCH = 64;
    private static final int FILES = 150; // not a multiple, so that batches differ
    private static final long SEED = 23;
    private static final TensorSpec WINDOW = TensorSpec.of(INT32, "", 4);
    private static final TensorSpec FLAG = TensorSpec.scalar(INT32);

    /// The most that a batch may cost, all threads together. Measured once compiled: 46 to 52
    /// thousand with versions 2 and 3 of libturbojpeg, 61 to 73 with two streams and a list more
    /// for each sample.
    private static final long MOST_BYTES_OF_A_BATCH = 58_000;

    @TempDir Path folder;

    private final List<List<TensorValue>> given = new ArrayList<>();

    private void writePhotographs() throws IOException {
        var random = new Random(SEED);
        for (int i = 0; i < FILES; i++) {
            int height = 40 + random.nextInt(40);
            int width = 40 + random.nextInt(40);
            var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    image.setRGB(x, y, 3 * y << 16 | 3 * x << 8 | random.nextInt(256));
                }
            }
            var file = folder.resolve("class " + i % 3).resolve(i + ".jpg");
            Files.createDirectories(file.getParent());
            ImageIO.write(image, "jpeg", file.toFile());
            given.add(
                    List.of(
                            TensorValue.of(
                                    WINDOW,
                                    random.nextInt(10),
                                    random.nextInt(10),
                                    1 + random.nextInt(30),
                                    1 + random.nextInt(30)),
                            TensorValue.of(FLAG, random.nextInt(2))));
        }
    }

    private Pipeline pipeline() {
        var graph = Graph.named("heap");
        var photographs = graph.read(ImageFolder.at(folder));
        var windows =
                graph.read(External.indexed(FILES, i -> given.get((int) i), "window", "flip"));
        var image =
                photographs
                        .get("encoded")
                        .then(DecodeImage.rgb())
                        .then(ResizedCrop.to(32, 32, windows.get("window")))
                        .then(Normalize.imagenet().layout("CHW").mirror(windows.get("flip")));
        graph.output("image", image);
        graph.output("label", photographs.get("label"));
        return graph.build(Options.batchSize(BATCH).threads(2).prefetch(2).cycled());
    }

    @Test
    void onceWarmABatchOfPhotographsCostsLittleHeapAndNoMemoryOfTheSystem() throws Exception {
        assumeTrue(DecodeImage.jpegDecoder().startsWith("libturbojpeg"), "ImageIO needs heap");
        var ended =
                ChildJvm.of(HeapTest.class)
                        .flags("--add-modules", "jdk.incubator.vector")
                        .run(folder.toString());
        assertEquals(0, ended.status(), ended::toString);
        var result = ended.out().lines().toList().getLast();
        assertTrue(
                result.endsWith("bytes of heap, 0 blocks of the system, 0 bytes packed"), result);
        long bytes = Long.parseLong(result.substring(0, result.indexOf(' ')));
        assertTrue(bytes <= MOST_BYTES_OF_A_BATCH, result);
    }

    /// A JVM of its own, in which nothing else has told the compiler what to expect.
    static void main(String[] arguments) throws IOException {
        var test = new HeapTest();
        test.folder = Path.of(arguments[0]);
        test.writePhotographs();
        try (var pipeline = test.pipeline()) {
            assertEquals(1, pipeline.plan().steps().size());
            assertTrue(pipeline.plan().steps().getFirst() instanceof Step.Segment);
            run(pipeline, 100);
            long misses = pipeline.report().poolMisses();
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long least = Long.MAX_VALUE; // the compiler takes its time
            for (int round = 0; round < 200 && least > MOST_BYTES_OF_A_BATCH; round++) {
                long before = threads.getTotalThreadAllocatedBytes();
                run(pipeline, 20);
                least = Math.min(least, (threads.getTotalThreadAllocatedBytes() - before) / 20);
            }
            System.out.printf(
                    "%d bytes of heap, %d blocks of the system, %d bytes packed%n",
                    least,
                    pipeline.report().poolMisses() - misses,
                    pipeline.report().packedBytes());
        }
    }

    private static void run(Pipeline pipeline, int batches) {
        for (var batch : pipeline.endless()) {
            batch.get("image").dense();
            batch.get("label").dense();
            batches--;
            if (batches == 0) {
                break;
            }
        }
    }
}
