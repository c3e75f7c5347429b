package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DistanceTest {
    @TempDir Path folder;
    private Path one;
    private Path other;

    @BeforeEach
    void name() {
        one = folder.resolve("one");
        other = folder.resolve("other");
    }

    @Test
    void bytesAreNumbersOf0To255() throws IOException {
        Files.write(one, new byte[] {0, 10, (byte) 250, 7});
        Files.write(other, new byte[] {0, 12, 5, 7});
        assertEquals(
                new Distance(4, 245, 0.5, 61.75, 0.5), Distance.ofBytes(one, other, i -> true));
        assertEquals(new Distance(2, 2, 0.5, 1, 0.5), Distance.ofBytes(one, other, i -> i < 2));
    }

    @Test
    void aDistanceOfOneIsNotBeyondOne() throws IOException {
        Files.write(one, new byte[] {0, 10, 20, 30});
        Files.write(other, new byte[] {0, 11, 22, 30});
        assertEquals(new Distance(4, 2, 0.5, 0.75, 0.25), Distance.ofBytes(one, other, i -> true));
    }

    @Test
    void floatsAreCompared() throws IOException {
        Files.write(one, floats(1, 2.5f));
        Files.write(other, floats(1, 2));
        assertEquals(new Distance(2, 0.5, 0.5, 0.25, 0), Distance.ofFloats(one, other, i -> true));
    }

    @Test
    void refusesFilesOfDifferentLength() throws IOException {
        Files.write(one, new byte[3]);
        Files.write(other, new byte[4]);
        var failure =
                assertThrows(IOException.class, () -> Distance.ofBytes(one, other, i -> true));
        assertEquals(one + " has 3 bytes, " + other + " 4", failure.getMessage());
    }

    private static byte[] floats(float... values) {
        var bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.nativeOrder());
        for (var value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }
}
