package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OurSideTest {
    static final int HEIGHT = 40;
    static final int WIDTH = 60;

    @Test
    void buildsRunsAndSavesEachForm(@TempDir Path folder) throws IOException {
        photographs(Files.createDirectories(folder.resolve("files/one")));
        var windows = Windows.random(8, List.of(new Windows.Extents(HEIGHT, WIDTH)), 1);
        var side = new OurSide(folder.resolve("files"), windows, 2).answers();
        assertSaves(side, "decode", folder, 3L * HEIGHT * WIDTH);
        for (var job : List.of("train", "fused", "large")) {
            assertSaves(side, job + "-pixels", folder, 3L * 224 * 224);
            assertSaves(side, job, folder, 3L * 224 * 224 * Float.BYTES);
        }
        side.close();
    }

    @Test
    void everyJobWithPhotographsIsAForm() {
        var names = Job.ALL.stream().filter(ImageJob.class::isInstance).map(Job::name).toList();
        assertEquals(List.of("decode", "train", "fused", "large"), names);
    }

    private static void assertSaves(Answers side, String form, Path folder, long bytesEach)
            throws IOException {
        side.answer("build", form, "1", "1");
        var ran = side.answer("run", "0.001");
        assertTrue(ran.get("samples").getAsLong() >= 2, ran.toString());
        var file = folder.resolve(form);
        side.answer("save", "5", file.toString());
        assertEquals(5 * bytesEach, Files.size(file));
    }

    /// Four JPEG files of 40×60 pixels, which differ.
    static void photographs(Path folder) throws IOException {
        var chance = new Random(5);
        for (int i = 0; i < 4; i++) {
            var image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
            image.setRGB(10, 10, chance.nextInt());
            ImageIO.write(image, "jpg", folder.resolve(i + ".jpg").toFile());
        }
    }
}
