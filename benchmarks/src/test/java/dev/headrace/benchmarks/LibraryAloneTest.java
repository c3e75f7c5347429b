package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import dev.headrace.operators.decode.DecodeImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryAloneTest {
    private static final Path SOURCES = Path.of("src/main");

    @TempDir Path folder;
    private Path program;
    private Path list;
    private Path windows;

    @BeforeEach
    void compile() throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                DecodeImage.jpegDecoder().startsWith("libturbojpeg"), DecodeImage.jpegDecoder());
        try {
            program = LibraryAlone.compiled(SOURCES, folder);
        } catch (IOException missing) {
            Assumptions.assumeTrue(
                    !missing.getMessage().startsWith("no C compiler"), missing.getMessage());
            throw missing;
        }
        var photographs = Files.createDirectories(folder.resolve("files/one"));
        OurSideTest.photographs(photographs);
        list = folder.resolve("files.txt");
        Files.write(
                list,
                IntStream.range(0, 4).mapToObj(i -> photographs.resolve(i + ".jpg") + "").toList());
        windows = folder.resolve("windows.txt");
        new Windows(ImmutableList.of(new int[] {5, 20, 10, 13, 0})).write(windows);
    }

    @Test
    void decodesTheSamePhotographsToTheSameBytes() throws IOException {
        var ours = new OurSide(folder.resolve("files"), Windows.read(windows), 2).answers();
        ours.answer("build", "decode", "1", "1");
        ours.answer("save", "6", folder.resolve("ours").toString());
        ours.close();
        try (var side = start("decode")) {
            side.ask("build", "decode", 1);
            side.ask("save", 6, folder.resolve("theirs"));
            assertTrue(side.run(0.001).perCpuSecond() > 0);
        }
        assertEquals(-1, Files.mismatch(folder.resolve("ours"), folder.resolve("theirs")));
    }

    /// Chroma is halved in width, so a region begins at a multiple of 16 pixels.
    @Test
    void aRegionIsThatOfTheWindow() throws IOException {
        try (var side = start("region")) {
            side.ask("build", "region");
            side.ask("save", 3, folder.resolve("regions"));
            assertEquals(3 * 3 * 10 * (20 + 13 - 16), Files.size(folder.resolve("regions")));
        } catch (IOException missing) {
            var expected = " decodes no regions: state version 3 by HEADRACE_TURBOJPEG";
            assertTrue(missing.getMessage().endsWith(expected), missing.getMessage());
            assertFalse(DecodeImage.jpegDecoder().contains("(parts of images)"));
        }
    }

    @Test
    void aFileThatIsNoPhotographEndsItWithItsName() throws IOException {
        Files.writeString(list, windows + "\n");
        try (var side = start("decode")) {
            side.ask("build", "decode");
            var failure = assertThrows(IOException.class, () -> side.run(0.001));
            assertTrue(failure.getMessage().contains(windows + ": "), failure.getMessage());
        }
    }

    private Side start(String form) throws IOException {
        return new LibraryAlone(form, "alone", Goal.atLeast(1))
                .start(program, list, windows, folder.resolve("log"));
    }
}
