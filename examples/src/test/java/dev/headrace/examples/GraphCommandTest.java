package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.spec.GraphJson;
import dev.headrace.graph.Graph;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.operators.python.PythonFunction;
import dev.headrace.operators.read.Counter;
import dev.headrace.operators.read.ImageFolder;
import dev.headrace.operators.tensor.Cast;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is done with graphs, of programs and of files.
class GraphCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir Path folder;

    @Test
    void explainTakesTheFileOfAGraph() throws IOException {
        var file = write(numbers(), "numbers.json");
        assertEquals(0, run("explain", file, "--batch", "16", "--seed", "7"), err::toString);
        assertTrue(out.toString().startsWith("plan     graph numbers: 2 nodes"), out::toString);
        assertTrue(out.toString().contains("batch size 16"), out::toString);
        assertTrue(out.toString().contains("seed 7,"), out::toString);
    }

    @Test
    void explainTakesTheGraphOfEffectsAndNeedsNoPython() {
        assertEquals(0, run("explain", "effects"), err::toString);
        assertTrue(
                out.toString().contains("prune    neighbour (Apply): nobody needs it"),
                out::toString);
    }

    @Test
    void drawWritesTheFormatOfTheEnding() throws IOException {
        drawsBeginning("graph.svg", "<svg");
        drawsBeginning("graph.dot", "digraph");
        drawsBeginning("graph.html", "<!doctype html>");
        drawsBeginning("graph.mmd", "flowchart");
    }

    private void drawsBeginning(String name, String beginning) throws IOException {
        out.getBuffer().setLength(0);
        var to = folder.resolve(name);
        assertEquals(0, run("draw", "train", "--data", "nowhere", "--out", to.toString()));
        assertEquals(
                "The graph, as it was asked for and as it would run: " + to + "\n", out.toString());
        var drawn = Files.readString(to);
        assertTrue(drawn.toLowerCase(Locale.ROOT).startsWith(beginning), drawn);
        assertTrue(drawn.contains("jitter"), drawn);
    }

    @Test
    void whatDrawWritesAsJsonCanBeReadAgain() throws IOException {
        var file = write(numbers(), "numbers.json");
        var again = folder.resolve("again.json");
        assertEquals(0, run("draw", file, "--out", again.toString()), err::toString);
        assertEquals(numbers().spec().outputs(), GraphJson.read(Files.readString(again)).outputs());
        assertEquals(0, run("explain", again.toString()), err::toString);
    }

    /// Looking at it helps to find what is wrong.
    @Test
    void aGraphThatCannotRunIsDrawnAsItWasAskedFor() throws IOException {
        var graph = Graph.named("wrong");
        graph.output("image", graph.read(Counter.below(3)).then(DecodeImage.rgb()));
        var to = folder.resolve("wrong.svg").toString();
        assertEquals(1, run("draw", write(graph, "wrong.json"), "--out", to));
        assertEquals("The graph, as it was asked for: " + to + "\n", out.toString());
        assertEquals(
                """
                headrace: DecodeImage takes the bytes of a file, UINT8 of one axis, got INT64 scalar
                  at decodeImage (DecodeImage), added at GraphCommandTest.java:LINE
                  fed by counter (Counter), added at GraphCommandTest.java:LINE
                """,
                withoutLine(err.toString()));
        assertTrue(Files.readString(Path.of(to)).contains("decodeImage"));
    }

    @Test
    void whereDrawCannotWriteIsWrongUsage() {
        var gif = folder.resolve("a.gif");
        var deep = folder.resolve("deep/a.svg");
        assertEquals(2, run("draw", "train", "--out", gif.toString()));
        assertEquals(2, run("draw", "train", "--out", deep.toString()));
        assertEquals(
                """
                headrace: cannot draw to %s: its ending says the format, one of .html, .svg, .dot, .mmd, .json; see ./headrace draw --help
                headrace: there is no folder %s for %s to be written to; see ./headrace draw --help
                """
                        .formatted(gif, deep.getParent(), deep),
                err.toString());
    }

    @Test
    void inspectPrintsWhatTheFirstBatchIsLike() throws IOException {
        var images = folder.resolve("images");
        var file = write(numbers(), "numbers.json");
        assertEquals(0, run("inspect", file, "--batch", "4", "--out", images.toString()));
        assertEquals(
                """
                graph numbers: the first batch, of 4 samples
                output half = cast

                value    type and shape  range   mean ± std  zero  spread
                counter  INT64 scalar    0 to 3  1.5 ± 1.12  25 %  ████
                cast     UINT8 scalar    0 to 3  1.5 ± 1.12  25 %  ████
                """,
                out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void inspectWritesImagesWhereItIsTold() throws IOException {
        drawPhotos();
        var images = folder.resolve("images");
        assertEquals(
                0,
                run("inspect", write(photos(), "photos.json"), "--out", images.toString()),
                err::toString);
        assertTrue(
                out.toString()
                        .endsWith(
                                "\nImages of the first samples\n  %s\n"
                                        .formatted(images.resolve("decodeImage.png"))),
                out::toString);
        assertEquals(
                Color.RED.getRGB(),
                ImageIO.read(images.resolve("decodeImage.png").toFile()).getRGB(20, 20));
    }

    @Test
    void inspectShowsHowFarABatchCameThatFails() throws IOException {
        drawPhotos();
        Files.writeString(folder.resolve("photos/a/broken.jpg"), "no photo");
        var file = write(photos(), "photos.json");
        var images = folder.resolve("images").toString();
        assertEquals(1, run("inspect", file, "--out", images));
        var failure =
                """
                DecodeImage takes JPEG, PNG, BMP, GIF or TIFF, got 8 bytes that begin with "no photo"
                  at decodeImage (DecodeImage), added at GraphCommandTest.java:LINE, iteration 0, sample 1 [a/broken.jpg]
                """;
        assertEquals(
                "graph photos: the first batch failed\noutput image = decodeImage\n\n" + failure,
                withoutLine(out.toString().split("\n\nWhat", 2)[0] + "\n"));
        assertTrue(
                out.toString()
                        .contains(
                                """
                                What decodeImage got of that sample
                                imageFolder.encoded  UINT8 8
                                """
                                        .strip()),
                out::toString);
        assertTrue(out.toString().contains("begins 6e 6f 20 70 68 6f 74 6f  |no photo|"));
        assertEquals(
                "headrace: " + failure + "  --skip-bad N goes on with other samples\n",
                withoutLine(err.toString()));

        out.getBuffer().setLength(0);
        assertEquals(0, run("inspect", file, "--out", images, "--skip-bad", "1"));
        assertTrue(out.toString().contains("\nnot used: DecodeImage takes JPEG"), out::toString);
    }

    private static String withoutLine(String text) {
        return text.replaceAll("java:\\d+", "java:LINE");
    }

    @NeedsPython
    @Test
    void inspectRunsTheGraphOfEffects() {
        var images = folder.resolve("images").toString();
        assertEquals(0, run("inspect", "effects", "--out", images), err::toString);
        assertTrue(out.toString().contains("\nlog "), out::toString);
        assertTrue(
                out.toString()
                        .contains("\nDid not run\n  neighbour (Apply), added at Effects.java"),
                out::toString);
    }

    @Test
    void aFileThatRunsCodeIsReadOnlyIfThatIsAllowed() throws IOException {
        var graph = Graph.named("code");
        var function = PythonFunction.source("def same(it): return it", "same");
        graph.output("it", graph.read(Counter.below(4)).then(function));
        var file = write(graph, "code.json");
        assertEquals(1, run("explain", file));
        assertEquals(
                """
                headrace: FILE: operator: PythonFunction runs code that the text names; if you trust the text, add --allow-code
                  at pythonFunction (PythonFunction), added at GraphCommandTest.java:LINE
                """,
                withoutLine(err.toString().replace(file, "FILE")));
        assertEquals(0, run("explain", file, "--allow-code"));
        assertTrue(out.toString().contains("pythonFunction = PythonFunction("), out::toString);
    }

    @Test
    void whatIsNoGraphIsRefused() throws IOException {
        var file = folder.resolve("a.json");
        Files.writeString(file, "{}");
        assertEquals(1, run("explain", file.toString()));
        Files.writeString(file, "no graph");
        assertEquals(1, run("explain", file.toString()));
        Files.write(file, new byte[] {(byte) 0xFF, 0});
        assertEquals(1, run("explain", file.toString()));
        assertEquals(2, run("explain", folder.toString()));
        assertEquals(2, run("explain", file.toString(), "b.json"));
        assertEquals(2, run("explain", "train", "b.json"));
        assertEquals(
                """
                headrace: FILE: the text is no graph: it states no format, and this version reads format 1
                headrace: FILE: the text is not JSON at line 1 column 1
                headrace: FILE is no text in UTF-8
                headrace: there is no program or file FOLDER; programs: effects, train; see ./headrace explain --help
                headrace: there is no program b.json; there are: effects, train; see ./headrace explain --help
                headrace: Unmatched argument at index 2: 'b.json'; see ./headrace explain train --help
                """,
                err.toString()
                        .replace(file.toString(), "FILE")
                        .replace(folder.toString(), "FOLDER"));
    }

    @Test
    void aMisspeltComponentIsNamed() throws IOException {
        var file = write(numbers(), "numbers.json");
        var text = Files.readString(Path.of(file));
        Files.writeString(Path.of(file), text.replace("\"type\"", "\"tpye\""));
        assertEquals(1, run("draw", file));
        assertEquals(
                """
                headrace: FILE: operator: Cast has no component tpye; it has type
                  at cast (Cast), added at GraphCommandTest.java:LINE
                """,
                withoutLine(err.toString().replace(file, "FILE")));
    }

    @Test
    void whyAFileCannotBeWrittenIsSaid() {
        assertEquals(1, run("draw", "effects", "--out", "/proc/headrace.html"));
        assertEquals(
                "headrace: there is no /proc/headrace.html, nor can it be made there\n",
                err.toString());
    }

    @Test
    void aGraphWithoutAFormInJsonCanBeDrawnOtherwise() {
        var to = folder.resolve("effects.json").toString();
        assertEquals(1, run("draw", "effects", "--out", to));
        assertTrue(
                err.toString()
                        .endsWith(
                                "\n  a name that ends in .html, .svg, .dot or .mmd has it drawn"
                                        + " all the same\n"),
                err::toString);
    }

    @Test
    void aDrawingIsNamedAfterTheFile() throws IOException {
        var name = "named after " + folder.getFileName(); // no other test's
        var drawn = Path.of("out", name + ".html");
        try {
            assertEquals(0, run("draw", write(numbers(), name + ".json")), err::toString);
            assertTrue(Files.exists(drawn), out::toString);
        } finally {
            Files.deleteIfExists(drawn);
        }
    }

    @Test
    void aFolderOfPhotosThatIsNotThereIsNoted() {
        var missing = folder.resolve("missing");
        assertEquals(0, run("explain", "train", "--data", missing.toString()));
        assertEquals("headrace: note: there is no folder " + missing + "\n", err.toString());
        err.getBuffer().setLength(0);
        assertEquals(0, run("explain", "train", "--data", folder.toString()));
        assertEquals("", err.toString());
    }

    @Test
    void inspectMakesNoFoldersButTheLast() throws IOException {
        var deep = folder.resolve("missing/images");
        var file = write(numbers(), "numbers.json");
        assertEquals(2, run("inspect", file, "--out", deep.toString()));
        assertEquals(
                "headrace: there is no folder %s for %s to be made in; see ./headrace inspect --help\n"
                        .formatted(deep.getParent(), deep),
                err.toString());
        assertFalse(Files.exists(deep.getParent()));
    }

    @Test
    void whatIsMadeAheadCanBeStated() throws IOException {
        var file = write(numbers(), "numbers.json");
        assertEquals(0, run("explain", file, "--prefetch", "5"));
        assertTrue(out.toString().contains("prefetch 5"), out::toString);
        assertEquals(2, run("explain", "train", "--prefetch", "0"));
        assertEquals(
                "headrace: prefetch 0, at least 1 is needed; see ./headrace explain train --help\n",
                err.toString());
    }

    @Test
    void optionsThatCannotBeAreWrongUsage() throws IOException {
        var file = write(numbers(), "numbers.json");
        assertEquals(2, run("inspect", file, "--batch", "0"));
        assertEquals(2, run("inspect", file, "--out", file));
        assertEquals(2, run("inspect", "effects", "--out", file));
        assertEquals(2, run("explain", file, "--out", "x"));
        assertEquals(
                """
                headrace: batch size 0, at least 1 is needed; see ./headrace inspect --help
                headrace: FILE is a file; --out takes the name of a folder; see ./headrace inspect --help
                headrace: FILE is a file; --out takes the name of a folder; see ./headrace inspect --help
                headrace: Unknown options: '--out', 'x'; see ./headrace explain --help
                """,
                err.toString().replace(file, "FILE"));
    }

    @Test
    void eachCommandHasHelp() {
        for (var command : List.of("explain", "draw", "inspect")) {
            out.getBuffer().setLength(0);
            assertEquals(0, run(command, "--help"));
            assertTrue(
                    out.toString()
                            .startsWith(
                                    "Usage: headrace %s [OPTION...] PROGRAM|FILE\n"
                                            .formatted(command)),
                    out::toString);
            for (var part : List.of("--allow-code", "--batch", "effects", "train")) {
                assertTrue(out.toString().contains(part), part);
            }
            assertEquals(0, run(command, "train", "--help"));
            assertEquals(0, run(command, "effects", "--help"));
        }
        assertTrue(out.toString().contains("--data"), out::toString);
        assertTrue(out.toString().contains("(out/inspect)"), out::toString);
        assertFalse(out.toString().contains("Exception"), out::toString);
    }

    private static Graph numbers() {
        var graph = Graph.named("numbers");
        graph.output("half", graph.read(Counter.below(10)).then(Cast.to(ElementType.UINT8)));
        return graph;
    }

    private Graph photos() {
        var graph = Graph.named("photos");
        var photos = graph.read(ImageFolder.at(folder.resolve("photos")));
        graph.output("image", photos.get("encoded").then(DecodeImage.rgb()));
        return graph;
    }

    private void drawPhotos() throws IOException {
        var image = new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB);
        var pen = image.createGraphics();
        pen.setColor(Color.RED);
        pen.fillRect(0, 0, 16, 16);
        pen.dispose();
        Files.createDirectories(folder.resolve("photos/a"));
        ImageIO.write(image, "png", folder.resolve("photos/a/a.png").toFile());
        ImageIO.write(image, "png", folder.resolve("photos/a/z.png").toFile());
    }

    private String write(Graph graph, String name) throws IOException {
        var file = folder.resolve(name);
        Files.writeString(file, GraphJson.write(graph.spec()));
        return file.toString();
    }

    private int run(String... args) {
        return Headrace.commands()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }
}
