package dev.headrace.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class KernelsTest {
    @Test
    void whatIsCompiledIsOfTheSourcesThatAreHere() throws IOException {
        assertFalse(Kernels.all().isEmpty());
        for (var source : Kernels.all()) {
            try (var in = getClass().getResourceAsStream(Kernels.resource(source))) {
                assertNotNull(in, source + " is not compiled: ./headrace kernels");
                var ptx = new String(in.readAllBytes(), UTF_8);
                assertEquals(
                        Kernels.mark(source),
                        ptx.lines().findFirst().orElseThrow(),
                        source + " has changed since it was compiled: ./headrace kernels");
                assertTrue(ptx.contains("\n.version 8.0\n.target sm_75\n"), source.toString());
            }
        }
    }
}
