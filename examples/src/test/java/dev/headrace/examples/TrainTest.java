package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.google.common.hash.Hashing;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.read.ImageFolder;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainTest {
    private static final int PHOTOS = 23;
    private static final int EPOCHS = 2;

    @TempDir Path folder;

    @NeedsPython
    @Test
    void theBatchesAreTheSameWhereverPythonRuns() throws IOException {
        drawNoise();
        var expected = batches(0, 1, 1);
        assertEquals(EPOCHS * 3, expected.size());
        for (int workers = 0; workers <= 2; workers++) {
            for (int threads = 1; threads <= 3; threads++) {
                assertEquals(
                        expected,
                        batches(workers, threads, 1),
                        workers + " workers, " + threads + " threads");
            }
        }
        assertNotEquals(expected, batches(0, 1, 2), "another seed");
    }

    /// The bytes of all outputs of each batch.
    private List<String> batches(int workers, int threads, long seed) {
        var options = Options.batchSize(10).threads(threads).seed(seed);
        var batches = new ArrayList<String>();
        try (var pipeline = Train.graph(ImageFolder.at(folder), workers).build(options)) {
            for (var batch : pipeline.epochs(EPOCHS)) {
                batches.add(bytes(batch.get("image").dense()) + bytes(batch.get("label").dense()));
            }
        }
        return batches;
    }

    private static String bytes(Tensor tensor) {
        return tensor.spec() + " " + Hashing.sha256().hashBytes(tensor.segment().asByteBuffer());
    }

    private void drawNoise() throws IOException {
        var random = new Random(4);
        for (int photo = 0; photo < PHOTOS; photo++) {
            var image = new BufferedImage(90, 70 + photo, BufferedImage.TYPE_INT_RGB);
            for (int y = 0; y < image.getHeight(); y++) {
                for (int x = 0; x < image.getWidth(); x++) {
                    image.setRGB(x, y, random.nextInt(1 << 24));
                }
            }
            var label = Files.createDirectories(folder.resolve("class" + photo % 2));
            ImageIO.write(image, "png", label.resolve(photo + ".png").toFile());
        }
    }
}
