package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WindowsTest {
    private static final int HEIGHT = 375;
    private static final int WIDTH = 500;

    @Test
    void windowsLieWithinThePhotograph() {
        for (var row : Windows.random(1000, HEIGHT, WIDTH, 42).rows()) {
            var text = Arrays.toString(row) + ", seed 42";
            assertTrue(row[0] >= 0 && row[2] >= 1 && row[0] + row[2] <= HEIGHT, text);
            assertTrue(row[1] >= 0 && row[3] >= 1 && row[1] + row[3] <= WIDTH, text);
            assertTrue(row[4] == 0 || row[4] == 1, text);
        }
    }

    @Test
    void readsWhatItWrote(@TempDir Path folder) throws IOException {
        var written = Windows.random(10, HEIGHT, WIDTH, 7);
        written.write(folder.resolve("windows.txt"));
        var read = Windows.read(folder.resolve("windows.txt"));
        assertEquals(10, read.rows().size());
        for (int i = 0; i < 10; i++) {
            assertArrayEquals(written.rows().get(i), read.rows().get(i));
        }
    }
}
