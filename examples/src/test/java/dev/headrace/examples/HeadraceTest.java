package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeadraceTest {
    private static final int PHOTOS = 40;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir Path folder;

    @Test
    void trainTellsStripesFromSquares() throws IOException {
        var sheet = folder.resolve("sheets/batch.png");
        int status =
                run(
                        "train",
                        "--data",
                        photos(),
                        "--epochs",
                        "6",
                        "--batch",
                        "8",
                        "--threads",
                        "2",
                        "--seed",
                        "3",
                        "--sheet",
                        sheet.toString());
        assertEquals("", err.toString());
        assertEquals(0, status);
        var lines = out.toString().lines().toList();
        assertEquals("69 photos of 2 classes, and 11 held out", lines.getFirst());
        assertEquals(6, lines.stream().filter(line -> line.startsWith("epoch ")).count());
        assertEquals("  by the network          100.0 %", line("by the network"));
        assertEquals("A training batch with its labels: " + sheet, lines.getLast());
        assertTrue(line("(RandomResizedCrop)").contains("%"), "the report by node");
        assertEquals(3 * 140 + 12, ImageIO.read(sheet.toFile()).getWidth());
    }

    @Test
    void explainPrintsThePlanAndReadsNothing() {
        assertEquals(
                0, run("explain", "train", "--data", "nowhere", "--batch", "16"), err::toString);
        assertTrue(out.toString().contains("Train.java:"), out::toString);
        assertTrue(out.toString().contains("batch size 16"), out::toString);
    }

    @Test
    void aFolderThatIsNotThereIsSaid() {
        assertEquals(1, run("train", "--data", "nowhere"));
        assertEquals("headrace: no such folder: nowhere\n", err.toString());
    }

    @Test
    void oneClassIsTooFew() throws IOException {
        Files.createDirectory(folder.resolve("only"));
        assertEquals(1, run("train", "--data", folder.toString()));
        assertEquals(
                "headrace: one class; at least 2 sub-folders are needed in " + folder + "\n",
                err.toString());
    }

    @Test
    void numbersOutOfRangeAreWrongUsage() throws IOException {
        assertEquals(2, run("train", "--data", photos(), "--batch", "0"));
        assertTrue(
                err.toString().startsWith("batch size 0, at least 1 is needed\n"), err::toString);
        assertEquals(2, run("train", "--data", photos(), "--epochs", "0"));
        assertEquals(2, run("train", "--data", photos(), "--threads", "none"));
    }

    @Test
    void helpListsTheOptions() {
        assertEquals(0, run("train", "--help"));
        for (var option : new String[] {"--data", "--epochs", "--batch", "--threads", "--seed"}) {
            assertTrue(out.toString().contains(option), option);
        }
    }

    private int run(String... args) {
        return Headrace.commands()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }

    private String line(String part) {
        return out.toString().lines().filter(line -> line.contains(part)).findFirst().orElse("");
    }

    /// Two classes of one mean colour: stripes and squares of 8 pixels, somewhere.
    private String photos() throws IOException {
        for (int i = 0; i < PHOTOS; i++) {
            draw("stripes", i, (x, y) -> x / 8 % 2 == 0);
            draw("squares", i, (x, y) -> (x / 8 + y / 8) % 2 == 0);
        }
        return folder.resolve("photos").toString();
    }

    private interface Pattern {
        boolean isLight(int x, int y);
    }

    private void draw(String label, int number, Pattern pattern) throws IOException {
        var image = new BufferedImage(72, 72, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 72; y++) {
            for (int x = 0; x < 72; x++) {
                var colour =
                        pattern.isLight(x + number % 16, y + number / 3)
                                ? Color.WHITE
                                : Color.DARK_GRAY;
                image.setRGB(x, y, colour.getRGB());
            }
        }
        var into = Files.createDirectories(folder.resolve("photos").resolve(label));
        ImageIO.write(image, "jpg", into.resolve(number + ".jpg").toFile());
    }
}
