package dev.headrace.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.device.NativeBuild;
import dev.headrace.engine.device.NeedsNvrtc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelsTest {
    /// As in `kernels.py`.
    private static final List<String> OPTIONS =
            List.of("--gpu-architecture=compute_75", "--std=c++17", "--fmad=false");

    private static String compiled(Path source) throws IOException {
        try (var in = KernelsTest.class.getResourceAsStream(Kernels.resource(source))) {
            assertNotNull(in, source + " is not compiled: ./headrace kernels");
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    @NeedsNvrtc
    @Test
    void whatIsCompiledIsWhatTheCompilerMakes() throws Exception {
        for (var source : Kernels.all()) {
            var text = Kernels.expanded(source);
            assertEquals(
                    Kernels.mark(source)
                            + "\n"
                            + NativeBuild.nvrtc(text, source.getFileName().toString(), OPTIONS),
                    compiled(source),
                    source.toString());
        }
    }

    @Test
    void whatIsCompiledIsOfTheSourcesThatAreHere() throws IOException {
        assertFalse(Kernels.all().isEmpty());
        for (var source : Kernels.all()) {
            var ptx = compiled(source);
            assertEquals(
                    Kernels.mark(source),
                    ptx.lines().findFirst().orElseThrow(),
                    source + " has changed since it was compiled: ./headrace kernels");
            assertTrue(ptx.contains("\n.version 8.0\n.target sm_75\n"), source.toString());
        }
    }
}
