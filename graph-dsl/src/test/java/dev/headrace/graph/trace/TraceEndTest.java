package dev.headrace.graph.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.graph.trace.Numbers.Count;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What becomes of a trace whose process is ended before it is closed.
@Timeout(120)
class TraceEndTest {
    @TempDir Path folder;

    /// Takes two batches, says so, and waits to be ended.
    static final class Endless {
        public static void main(String[] arguments) throws Exception {
            var graph = Graph.named("endless");
            graph.output("n", graph.read(new Count(100)));
            try (var _ = Trace.to(Path.of(arguments[0]));
                    var pipeline = graph.build(Options.batchSize(4))) {
                pipeline.next();
                pipeline.next();
                System.out.println("ready");
                if (arguments[1].equals("exit")) {
                    System.exit(3);
                }
                new CountDownLatch(1).await();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143", "exit, 3"})
    void whatWasRecordedUntilTheEndIsWritten(String how, int status) throws Exception {
        var json = folder.resolve("trace.json");
        var temporary = Files.createDirectory(folder.resolve("temporary"));
        var child =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Djava.io.tmpdir=" + temporary,
                                "-cp",
                                System.getProperty("java.class.path"),
                                Endless.class.getName(),
                                json.toString(),
                                how)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (var out = child.inputReader()) {
            assertEquals("ready", out.readLine());
            if (!how.equals("exit")) {
                var kill = List.of("kill", "-" + how, Long.toString(child.pid()));
                assertEquals(0, new ProcessBuilder(kill).start().waitFor());
            }
            assertEquals(status, child.waitFor());
        } finally {
            child.destroyForcibly();
        }
        var drawn = Drawn.read(json);
        assertEquals(List.of("endless"), List.copyOf(drawn.pipelines.values()));
        var batches = drawn.of("Batch").stream().map(Drawn.Slice::name).toList();
        assertTrue(batches.contains("batch 0"), batches::toString);
        try (var left = Files.list(temporary)) {
            assertEquals(
                    List.of(),
                    left.filter(file -> file.toString().endsWith(".jfr")).toList(),
                    "nothing is left");
        }
    }
}
