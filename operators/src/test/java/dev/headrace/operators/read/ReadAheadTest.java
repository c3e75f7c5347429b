package dev.headrace.operators.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.operators.read.ReadAhead.Opening;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class ReadAheadTest {
    @TempDir Path folder;

    private final ReadAhead ahead = new ReadAhead();

    @BeforeEach
    void write() throws IOException {
        Files.createDirectories(folder.resolve("class"));
        Files.write(folder.resolve("class/a.png"), new byte[] {1});
        var files = new LinuxFile();
        int descriptor = opening("class/a.png").open(files);
        assumeTrue(files.isInMemory(descriptor), "this file system cannot say");
        LinuxFile.close(descriptor);
    }

    private Opening opening(String name) {
        var beginning = (folder + "/").getBytes(StandardCharsets.UTF_8);
        var text = name.getBytes(StandardCharsets.UTF_8);
        return files -> files.open(beginning, text, 0, text.length);
    }

    private void look(String name, int times) {
        for (int i = 0; i < times; i++) {
            assertTrue(ahead.isDue());
            ahead.look(opening(name));
        }
    }

    @Test
    void looksNowAndThenOnceManyFilesRunningWereInMemory() {
        look("class/a.png", ReadAhead.ENOUGH);
        for (int round = 0; round < 2; round++) {
            for (int i = 1; i < ReadAhead.NOW_AND_THEN; i++) {
                assertFalse(ahead.isDue());
            }
            look("class/a.png", 1);
        }
    }

    @Test
    void looksOnAfterOneThatWasNot() {
        look("class/a.png", ReadAhead.ENOUGH - 1);
        look("class", 1); // a folder, which cannot be read at once, nor at all
        look("missing", 1); // says nothing
        look("class/a.png", ReadAhead.ENOUGH);
        assertFalse(ahead.isDue());
    }

    @Test
    void nothingIsReadAheadWhereOnlyLabelsAreRead() throws IOException {
        var files = ImageFolder.at(folder).open();
        assertFalse(files.readsAhead());
        assertEquals(0, files.label(0));
        assertFalse(files.readsAhead());
    }

    @Test
    void aFileThatIsGoneIsNoFailureYet() throws IOException {
        var files = ImageFolder.at(folder).open();
        Files.delete(folder.resolve("class/a.png"));
        files.readAhead(0);
    }
}
