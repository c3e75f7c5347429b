package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.spec.Options;
import dev.headrace.operators.read.ImageFolder;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColourBaselineTest {
    @TempDir Path folder;

    @Test
    void goesByTheMostOfTheNearestFive() throws IOException {
        draw("train/dark", 40, 45, 50);
        draw("train/light", 60, 200, 210, 220);
        // of five, three are dark near 58 and 59, though the very nearest is light; near 30 too
        draw("held-out/dark", 58, 59);
        draw("held-out/light", 30, 205);

        var accuracy =
                ColourBaseline.accuracy(
                        ImageFolder.at(folder.resolve("train")),
                        ImageFolder.at(folder.resolve("held-out")),
                        Options.batchSize(2).threads(1));
        assertEquals(3 / 4.0, accuracy, 1e-9);
    }

    private void draw(String label, int... greys) throws IOException {
        var into = Files.createDirectories(folder.resolve(label));
        for (int grey : greys) {
            var image = new BufferedImage(4, 4, BufferedImage.TYPE_INT_RGB);
            var pen = image.createGraphics();
            pen.setColor(new Color(grey, grey, grey));
            pen.fillRect(0, 0, 4, 4);
            pen.dispose();
            ImageIO.write(image, "png", into.resolve(grey + ".png").toFile());
        }
    }
}
