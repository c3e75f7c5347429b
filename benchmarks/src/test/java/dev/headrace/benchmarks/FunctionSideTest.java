package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FunctionSideTest {
    private static final byte[] SAMPLE = {1, 2, 3, 4, 5, 6};

    @TempDir Path folder;
    private Answers side;

    @BeforeEach
    void open() throws IOException {
        Files.write(folder.resolve("2x3.raw"), SAMPLE);
        side = new FunctionSide(folder).answers();
        try {
            var versions = side.answer("versions");
            assertTrue(versions.get("Python").getAsString().startsWith("3."), versions.toString());
        } catch (BadGraph none) {
            if ("required".equals(System.getProperty("headrace.test.python"))) {
                throw none; // ./headrace test has set one up
            }
            Assumptions.abort(none.getMessage());
        }
    }

    @AfterEach
    void close() {
        side.close();
    }

    @Test
    void theIdentityGivesTheConstantAndCopiesNothing() throws IOException {
        for (var view : new String[] {"numpy", "tensor", "dlpack"}) {
            for (var mode : new String[] {"samples", "batch"}) {
                side.answer("build", "same", view, "2", "2x3", mode);
                assertTrue(side.answer("run", "0.001").get("samples").getAsLong() >= 2);
                var copied = side.answer("copied");
                assertEquals(0, copied.get("bytes").getAsLong(), view + ", " + mode);
                assertTrue(copied.get("iterations").getAsLong() >= 3, copied.toString());
                assertSavesTheConstant();
            }
        }
    }

    @Test
    void aFunctionThatComputesGivesTheConstantToo() throws IOException {
        for (var workers : new String[] {"0", "2"}) {
            side.answer("build", "compute", "3", workers, "2", "2x3", "samples");
            assertSavesTheConstant();
        }
    }

    private void assertSavesTheConstant() throws IOException {
        var file = folder.resolve("saved");
        side.answer("save", "3", file.toString());
        var saved = Files.readAllBytes(file);
        assertEquals(3 * SAMPLE.length, saved.length);
        for (int i = 0; i < saved.length; i++) {
            assertEquals(SAMPLE[i % SAMPLE.length], saved[i], "byte " + i);
        }
    }
}
