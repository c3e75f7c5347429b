package dev.headrace.operators.read;

import static dev.headrace.testkit.Tensors.int64;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.decode.DecodeImage;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest implements OperatorContract {
    @TempDir Path temporary;

    @Override
    public List<Case> cases() {
        try {
            var pets = Files.createDirectories(temporary.resolve("contract"));
            write(pets, "dogs/b.PNG", 5, 6);
            write(pets, "cats/2.jpg", 4);
            write(pets, "cats/10.jpeg", 1, 2, 3);
            write(pets, "cats/notes.txt", 9);
            write(pets, "cats/.hidden.jpg", 9);
            write(pets, "cats/deeper/3.jpg", 9);
            write(pets, ".git/x.jpg", 9);
            write(pets, "above.jpg", 9);
            Files.createDirectories(pets.resolve("birds"));
            return List.of(
                    Case.of("reads files by class and name", ImageFolder.at(pets))
                            .expect(uint8("", shape(3), 1, 2, 3), int64("", Shape.SCALAR, 1))
                            .expect(uint8("", shape(1), 4), int64("", Shape.SCALAR, 1))
                            .expect(uint8("", shape(2), 5, 6), int64("", Shape.SCALAR, 2)),
                    Case.of("shuffles", ImageFolder.at(pets).shuffled()));
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "a limit below 1",
                        () -> ImageFolder.at(Path.of("photos")).limitBytes(0),
                        "a limit of 0 bytes"),
                new Refusal(
                        "a limit that no tensor's buffer reaches",
                        () -> ImageFolder.at(Path.of("photos")).limitBytes(1L << 31),
                        "a limit of 2147483648 bytes"));
    }

    private static void write(Path folder, String name, int... bytes) throws IOException {
        var file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        var content = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            content[i] = (byte) bytes[i];
        }
        Files.write(file, content);
    }

    @Test
    void namesItsFilesAndClasses() throws IOException {
        write(temporary, "cats/1.jpg", 1);
        write(temporary, "dogs/1.jpg", 1);
        write(temporary, "dogs/élan.tiff", 1);
        Files.createDirectories(temporary.resolve("birds"));
        Files.createDirectories(temporary.resolve("eels"));
        assertEquals(List.of("birds", "cats", "dogs", "eels"), ImageFolder.classes(temporary));
        var files = ImageFolder.at(temporary).open();
        assertEquals(List.of("cats/1.jpg", "dogs/1.jpg", "dogs/élan.tiff"), names(files));
        assertEquals(1, files.label(0));
        assertEquals(2, files.label(1));
        assertEquals(2, files.label(2));
    }

    private static List<String> names(ImageFiles files) {
        return LongStream.range(0, files.size()).mapToObj(files::name).toList();
    }

    @Test
    void holdsOutATenthThatStaysTheSame() throws IOException {
        for (int i = 0; i < 200; i++) {
            write(temporary, "cats/%04d.jpg".formatted(i), 1);
            write(temporary, "dogs/%04d.jpg".formatted(i), 1);
        }
        var folder = ImageFolder.at(temporary);
        var train = names(folder.trainPart().open());
        var heldOut = names(folder.heldOutPart().open());
        var both = new ArrayList<>(train);
        both.addAll(heldOut);
        assertEquals(names(folder.open()), both.stream().sorted().toList());
        // fixed by the hash, and so for good
        assertEquals(39, heldOut.size());
        assertEquals("cats/0040.jpg", heldOut.getFirst());

        Files.delete(temporary.resolve("cats/0000.jpg"));
        write(temporary, "cats/zebra.jpg", 1);
        var later = names(folder.heldOutPart().open());
        later = later.stream().filter(name -> !name.equals("cats/zebra.jpg")).toList();
        assertEquals(heldOut.stream().filter(n -> !n.equals("cats/0000.jpg")).toList(), later);
    }

    @Test
    void smallClassesHaveOneInEachPart() throws IOException {
        write(temporary, "single/1.jpg", 1);
        for (int label = 0; label < 300; label++) {
            write(temporary, label + "/1.jpg", 1);
            write(temporary, label + "/2.jpg", 1);
        }
        var folder = ImageFolder.at(temporary);
        var train = names(folder.trainPart().open());
        var heldOut = names(folder.heldOutPart().open());
        assertEquals(301, train.size());
        assertEquals(300, heldOut.size());
        assertTrue(train.contains("single/1.jpg"));
        assertEquals(300, heldOut.stream().map(name -> name.split("/")[0]).distinct().count());
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        var missing = temporary.resolve("missing");
        assertEquals("no such folder: " + missing, refusal(missing));
        var file = Files.writeString(temporary.resolve("photos.zip"), "zip");
        assertEquals("not a folder: " + file, refusal(file));
        var empty = Files.createDirectory(temporary.resolve("empty"));
        assertEquals("the folder is empty: " + empty, refusal(empty));
        var flat = temporary.resolve("flat");
        write(flat, "1.jpg", 1);
        assertEquals(
                "the folder " + flat + " has no sub-folders; each class is one, with its images",
                refusal(flat));
        var texts = temporary.resolve("texts");
        write(texts, "cats/1.txt", 1);
        assertEquals(
                "no images in the sub-folders of "
                        + texts
                        + "; looked for .jpg, .jpeg, .png, .bmp, .gif, .tif, .tiff",
                refusal(texts));
        var one = temporary.resolve("one");
        write(one, "cats/1.jpg", 1);
        var refused =
                assertThrows(IOException.class, () -> ImageFolder.at(one).heldOutPart().open());
        assertEquals(
                "no class in "
                        + one
                        + " has two images, so none is held out to test with; give more",
                refused.getMessage());
    }

    /// What the pipeline says when it is built.
    private static String refusal(Path folder) {
        var graph = Graph.named("photos");
        graph.output("label", graph.read(ImageFolder.at(folder)).get("label"));
        var refused = assertThrows(BadGraph.class, () -> graph.build(Options.batchSize(1)).close());
        assertTrue(
                refused.getMessage()
                        .contains(
                                "\n  at imageFolder (ImageFolder), added at ImageFolderTest.java:"),
                refused.getMessage());
        return refused.what().split("\n  at ")[0];
    }

    @Test
    void doesNotReadFilesWhereOnlyLabelsAreWanted() throws IOException {
        write(temporary, "cats/1.jpg");
        var graph = Graph.named("labels");
        graph.output("label", graph.read(ImageFolder.at(temporary)).get("label"));
        try (var pipeline = graph.build(Options.batchSize(1))) {
            assertEquals(0, pipeline.next().get("label").get(0).int64(0));
        }
    }

    @Test
    void isNotCaughtInLinks() throws IOException {
        write(temporary, "cats/1.jpg", 1);
        Files.createSymbolicLink(temporary.resolve("cats/up"), temporary);
        Files.createSymbolicLink(temporary.resolve("a"), temporary.resolve("b"));
        Files.createSymbolicLink(temporary.resolve("b"), temporary.resolve("a"));
        Files.createSymbolicLink(temporary.resolve("cats/gone.jpg"), temporary.resolve("gone"));
        Files.createSymbolicLink(temporary.resolve("cats/2.jpg"), temporary.resolve("cats/1.jpg"));
        Files.createSymbolicLink(temporary.resolve("dogs"), temporary.resolve("cats"));
        assertEquals(
                List.of("cats/1.jpg", "cats/2.jpg", "dogs/1.jpg", "dogs/2.jpg"),
                names(ImageFolder.at(temporary).open()));
    }

    @Test
    void goesOnBehindFilesThatCannotBeUsed() throws IOException {
        byte[] good;
        try (var stream = DecodeImage.class.getResourceAsStream("turn1.jpg")) {
            good = stream.readAllBytes();
        }
        write(temporary, "a/1-empty.jpg");
        write(temporary, "a/2-large.jpg", new int[4001]);
        write(temporary, "a/3-text.jpg", 'h', 'i');
        write(temporary, "a/4-unreadable.jpg", 1);
        write(temporary, "a/5-vanished.jpg", 1);
        Files.write(temporary.resolve("a/6-cut.jpg"), Arrays.copyOf(good, 150));
        Files.write(temporary.resolve("a/7-good.jpg"), good);

        var graph = Graph.named("bad files");
        var files = graph.read(ImageFolder.at(temporary).limitBytes(4000));
        graph.output("image", files.get("encoded").then(DecodeImage.rgb()));
        try (var pipeline = graph.build(Options.batchSize(1).threads(1).prefetch(1))) {
            Files.delete(temporary.resolve("a/4-unreadable.jpg"));
            var loop = temporary.resolve("a/4-unreadable.jpg");
            Files.createSymbolicLink(loop, loop);
            Files.delete(temporary.resolve("a/5-vanished.jpg"));
            assertEquals(
                    """
                    a/1-empty.jpg is empty
                      at imageFolder (ImageFolder), iteration 0, sample 0 [a/1-empty.jpg]\
                    """,
                    refusal(pipeline));
            assertEquals(
                    """
                    files may have 4000 bytes, a/2-large.jpg has 4001; raise it by limitBytes(4001)
                      at imageFolder (ImageFolder), iteration 1, sample 1 [a/2-large.jpg]\
                    """,
                    refusal(pipeline));
            assertEquals(
                    """
                    DecodeImage takes JPEG, PNG, BMP, GIF or TIFF, got 2 bytes that begin with "hi"
                      at decodeImage (DecodeImage), iteration 2, sample 2 [a/3-text.jpg]\
                    """,
                    refusal(pipeline));
            assertEquals(
                    "a/4-unreadable.jpg cannot be read: Too many levels of symbolic links or unable"
                            + " to access attributes of symbolic link\n"
                            + "  at imageFolder (ImageFolder), iteration 3, sample 3"
                            + " [a/4-unreadable.jpg]",
                    refusal(pipeline));
            assertEquals(
                    """
                    a/5-vanished.jpg is no longer there
                      at imageFolder (ImageFolder), iteration 4, sample 4 [a/5-vanished.jpg]\
                    """,
                    refusal(pipeline));
            assertEquals(
                    """
                    this JPEG cannot be decoded: its 150 bytes end within the header
                      at decodeImage (DecodeImage), iteration 5, sample 5 [a/6-cut.jpg]\
                    """,
                    refusal(pipeline));
            assertEquals("UINT8 HWC 16×24×3", pipeline.next().get("image").spec(0).toString());
        }
    }

    @Test
    void saysWhatIsWrongWithWhatIsNoFileAnyMore() throws IOException {
        var shrunk = Path.of("/sys/kernel/mm/transparent_hugepage/enabled"); // says 4096 bytes
        assumeTrue(Files.isRegularFile(shrunk), "no Linux");
        write(temporary, "a/1-folder.jpg", 1);
        Files.createSymbolicLink(temporary.resolve("a/2-shrunk.jpg"), shrunk);
        try (var pipeline = reading(temporary)) {
            Files.delete(temporary.resolve("a/1-folder.jpg"));
            Files.createDirectory(temporary.resolve("a/1-folder.jpg"));
            assertEquals("a/1-folder.jpg cannot be read: Is a directory", what(pipeline));
            assertEquals(
                    "a/2-shrunk.jpg was cut from 4096 to "
                            + Files.readAllBytes(shrunk).length
                            + " bytes while it was read",
                    what(pipeline));
        }
    }

    private static Pipeline reading(Path folder) {
        var graph = Graph.named("files");
        graph.output("file", graph.read(ImageFolder.at(folder)).get("encoded"));
        return graph.build(Options.batchSize(1).threads(1).prefetch(1));
    }

    private static String what(Pipeline pipeline) {
        return refusal(pipeline).split("\n  at ")[0];
    }

    @Test
    void readsFilesOfAnyNameWholeAndLeavesNoneOpen() throws IOException {
        assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")), "names are ASCII");
        var names = List.of("b/a b.jpg", "b/élan ☃ 🐎.jpg", "köln/%2e#?.jpg", "köln/x\\n.jpg");
        long seed = 11;
        var random = new Random(seed);
        for (var name : names) {
            write(temporary, name, random.ints(1 + random.nextInt(100_000)).toArray());
        }
        write(temporary, "z/empty.jpg");
        write(temporary, "z/gone.jpg", 1);
        try (var pipeline = reading(temporary)) {
            Files.delete(temporary.resolve("z/gone.jpg"));
            for (var name : names) {
                assertArrayEquals(
                        Files.readAllBytes(temporary.resolve(name)),
                        pipeline.next().get("file").get(0).toBytes(),
                        name + ", seed " + seed);
            }
            assertEquals("z/empty.jpg is empty", what(pipeline));
            assertEquals("z/gone.jpg is no longer there", what(pipeline));
            assertEquals(List.of(), open(temporary));
        }
    }

    /// The files below a folder that this process has open.
    private static List<String> open(Path folder) throws IOException {
        var all = new ArrayList<String>();
        var descriptors = Path.of("/proc/self/fd");
        if (Files.exists(descriptors)) {
            try (var links = Files.newDirectoryStream(descriptors)) {
                for (var link : links) {
                    try {
                        all.add(Files.readSymbolicLink(link).toString());
                    } catch (NoSuchFileException closed) {
                        continue; // that of the listing itself
                    }
                }
            }
        }
        all.removeIf(file -> !file.startsWith(folder.toString()));
        return all;
    }

    @Test
    void readsFromAnArchiveToo() throws IOException {
        try (var archive =
                FileSystems.newFileSystem(
                        temporary.resolve("photos.zip"), Map.of("create", "true"))) {
            var folder = archive.getPath("/photos");
            write(folder, "cats/1.jpg", 1, 2, 3);
            write(folder, "cats/2.jpg");
            try (var pipeline = reading(folder)) {
                assertArrayEquals(
                        new byte[] {1, 2, 3}, pipeline.next().get("file").get(0).toBytes());
                assertEquals("cats/2.jpg is empty", what(pipeline));
            }
        }
    }

    /// The next failure, without the lines of this file.
    private static String refusal(Pipeline pipeline) {
        var refused = assertThrows(BadSample.class, pipeline::next);
        return refused.getMessage().replaceFirst(", added at ImageFolderTest.java:\\d+", "");
    }
}
