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

    @NeedsPython
    @Test
    void trainTellsStripesFromSquares() throws IOException {
        var sheet = folder.resolve("sheet.png");
        var trace = folder.resolve("trace.json");
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
                        sheet.toString(),
                        "--live",
                        "--trace",
                        trace.toString());
        assertEquals("", err.toString());
        assertEquals(0, status);
        var lines = out.toString().lines().toList();
        assertEquals("69 photos of 2 classes, and 11 held out", lines.getFirst());
        assertEquals(6, lines.stream().filter(line -> line.startsWith("epoch ")).count());
        assertEquals("Held-out photos told right (of 11)", line("told right"));
        var width = "by always naming the commonest class".length();
        assertEquals(
                "  %%-%ds    100.0 %%%%".formatted(width).formatted("by the network"),
                line("by the network"));
        assertEquals(
                "  %%-%ds     50.0 %%%%".formatted(width).formatted("by chance"),
                line("by chance"));
        assertEquals("  by always naming the commonest class     72.7 %", line("commonest class"));
        assertEquals("A training batch with its labels: " + sheet, lines.getLast());
        assertTrue(line("+RandomResizedCrop)").contains("%"), "the report by node");
        assertTrue(line("jitter (PythonFunction)").contains("%"), "the report by node");
        assertTrue(
                line("Live page").matches("Live page: http://127\\.0\\.0\\.1:\\d+/[^/]+/"), "live");
        assertEquals(
                "Tracing to " + trace + ", which is written even if this is interrupted",
                line("Tracing"));
        assertEquals(
                "A trace of the training, for https://ui.perfetto.dev: " + trace, line("A trace"));
        assertTrue(Files.readString(trace).contains("RandomResizedCrop"), "the trace by node");
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
    void explainShowsThePythonFunctionAndDoesNotLookForPython() {
        withoutPython(
                () -> {
                    var status = run("explain", "train", "--data", "x", "--python-workers", "2");
                    assertEquals(0, status, err::toString);
                });
        assertTrue(line("jitter = PythonFunction(").contains("augment.py"), out::toString);
        assertTrue(out.toString().contains("workers 2)"), out::toString);
    }

    @Test
    void whereThereIsNoPythonTrainSaysWhatToDo() throws IOException {
        var data = photos();
        withoutPython(() -> assertEquals(1, run("train", "--data", data, "--sheet", sheet())));
        var lines = err.toString().lines().toList();
        assertEquals(
                "headrace: no Python 3.11 or later with jep 4.3.1 and numpy; tried:"
                        + " -Dheadrace.python=nowhere/python (not there)",
                lines.get(0));
        assertEquals(
                "  correct -Dheadrace.python, or leave it out to have one looked for",
                lines.get(1));
    }

    private static void withoutPython(Runnable test) {
        System.setProperty("headrace.python", "nowhere/python");
        try {
            test.run();
        } finally {
            System.clearProperty("headrace.python");
        }
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
    void aClassWithoutImagesIsRefused() throws IOException {
        var data = photos();
        Files.createDirectory(Path.of(data, "circles"));
        assertEquals(1, run("train", "--data", data, "--sheet", sheet()));
        assertEquals(
                "headrace: class circles has no images; put some into "
                        + data
                        + "/circles, or remove it\n",
                err.toString());
    }

    @Test
    void aSheetThatCannotBeDrawnIsRefusedBeforeTraining() throws IOException {
        refusesSheet("..", ".. is a folder; --sheet takes the name of a PNG file");
        refusesSheet("a.jpg", "a.jpg does not end in .png; --sheet takes the name of a PNG file");
        var missing = folder.resolve("missing");
        var sheet = missing.resolve("a.png");
        refusesSheet(
                sheet.toString(),
                "there is no folder " + missing + " for " + sheet + " to be written to");
    }

    @Test
    void aTraceThatIsNoJsonFileIsRefusedBeforeTraining() {
        assertEquals(2, run("train", "--data", "nowhere", "--sheet", sheet(), "--trace", "a.txt"));
        assertEquals(
                "headrace: a.txt does not end in .json; --trace takes the name of a JSON file;"
                        + " see ./headrace train --help\n",
                err.toString());
    }

    @Test
    void aTraceWithoutAFolderIsRefusedBeforeTraining() {
        var trace = folder.resolve("missing").resolve("a.json");
        var named = trace.toString();
        assertEquals(2, run("train", "--data", "nowhere", "--sheet", sheet(), "--trace", named));
        assertEquals(
                "headrace: there is no folder %s for %s to be written to; see ./headrace train --help\n"
                        .formatted(trace.getParent(), trace),
                err.toString());
    }

    private void refusesSheet(String sheet, String message) {
        err.getBuffer().setLength(0);
        assertEquals(2, run("train", "--data", "nowhere", "--sheet", sheet));
        assertEquals("headrace: " + message + "; see ./headrace train --help\n", err.toString());
    }

    @NeedsPython
    @Test
    void aPhotoThatCannotBeUsedFailsUnlessItMayBeSkipped() throws IOException {
        var data = photos();
        Files.writeString(Path.of(data, "squares", "broken.jpg"), "no photo");
        assertEquals(1, run("train", "--data", data, "--epochs", "1", "--sheet", sheet()));
        var lines = err.toString().lines().toList();
        assertEquals(
                "headrace: DecodeImage takes JPEG, PNG, BMP, GIF or TIFF, got 8 bytes that begin"
                        + " with \"no photo\"",
                lines.getFirst());
        assertEquals("  --skip-bad N goes on with other samples", lines.getLast());

        assertEquals(
                0,
                run(
                        "train",
                        "--data",
                        data,
                        "--epochs",
                        "1",
                        "--sheet",
                        sheet(),
                        "--skip-bad",
                        "9"),
                err::toString);
        assertTrue(out.toString().contains("[squares/broken.jpg]"), out::toString);
    }

    @Test
    void whatIsNotThereIsToldInOneLine() {
        assertEquals(2, run("explain", "nonsense"));
        assertEquals(2, run("explain"));
        assertEquals(2, run("nonsense"));
        assertEquals(2, run("train", "--bath", "3"));
        assertEquals(
                """
                headrace: there is no program or file nonsense; programs: effects, train; see ./headrace explain --help
                headrace: a program (effects, train) or the JSON file of a graph is needed; see ./headrace explain --help
                headrace: there is no command nonsense; there are: train, effects, explain, draw, inspect; see ./headrace --help
                headrace: Unknown options: '--bath', '3'; see ./headrace train --help
                """,
                err.toString());
    }

    @Test
    void eachCommandTellsTheVersion() {
        assertEquals(0, run("train", "-V"));
        assertEquals(0, run("--version"));
        assertEquals(0, run("explain", "train", "--version"));
        assertTrue(
                out.toString().matches("(headrace [0-9]+\\.[0-9]+\\.[0-9]+[-A-Z]*\n){3}"),
                out::toString);
    }

    private String sheet() {
        return folder.resolve("sheet.png").toString();
    }

    @Test
    void numbersOutOfRangeAreWrongUsage() throws IOException {
        assertEquals(2, run("train", "--data", photos(), "--batch", "0"));
        assertEquals(
                "headrace: batch size 0, at least 1 is needed; see ./headrace train --help\n",
                err.toString());
        err.getBuffer().setLength(0);
        assertEquals(2, run("explain", "train", "--python-workers", "257"));
        assertEquals(
                "headrace: 257 workers, not from 0 to 256; see ./headrace explain train --help\n",
                err.toString());
        assertEquals(2, run("train", "--python-workers", "-1"));
        assertEquals(2, run("train", "--data", photos(), "--epochs", "0"));
        assertEquals(2, run("train", "--data", photos(), "--threads", "none"));
        assertEquals(2, run("train", "--data", photos(), "--skip-bad", "-1"));
    }

    @Test
    void helpListsTheOptions() {
        assertEquals(0, run("train", "--help"));
        for (var option :
                new String[] {
                    "--data", "--epochs", "--batch", "--threads", "--python-workers", "--seed"
                }) {
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
