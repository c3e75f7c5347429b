package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WindowsTest {
    private static final List<Windows.Extents> PHOTOGRAPHS =
            List.of(new Windows.Extents(375, 500), new Windows.Extents(30, 20));

    @Test
    void windowsLieWithinTheirPhotographs() {
        var rows = Windows.random(1000, PHOTOGRAPHS, 42).rows();
        for (int i = 0; i < rows.size(); i++) {
            var row = rows.get(i);
            var text = Arrays.toString(row) + ", window " + i + ", seed 42";
            var extents = PHOTOGRAPHS.get(i % 2);
            assertTrue(row[0] >= 0 && row[2] >= 1 && row[0] + row[2] <= extents.height(), text);
            assertTrue(row[1] >= 0 && row[3] >= 1 && row[1] + row[3] <= extents.width(), text);
            assertTrue(row[4] == 0 || row[4] == 1, text);
        }
    }

    @Test
    void readsWhatItWrote(@TempDir Path folder) throws IOException {
        var written = Windows.random(10, PHOTOGRAPHS, 7);
        written.write(folder.resolve("windows.txt"));
        var read = Windows.read(folder.resolve("windows.txt"));
        assertEquals(10, read.rows().size());
        for (int i = 0; i < 10; i++) {
            assertArrayEquals(written.rows().get(i), read.rows().get(i));
        }
    }
}
