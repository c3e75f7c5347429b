package dev.headrace.gpucheck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole check, in a process of its own, with the simulated driver in the place of a real one.
/// That and the kernels are those that the tests of the other modules have built.
class GpuCheckTest {
    private static final Path HOME = Path.of(System.getProperty("basedir", ".")).resolve("..");
    private static final Path DRIVER = HOME.resolve("engine/target/native/driver");
    private static final List<Path> KERNELS =
            List.of(
                    HOME.resolve("engine/target/native/kernels"),
                    HOME.resolve("operators/target/native/kernels"));

    @TempDir Path folder;

    /// What it printed, and its status.
    private record Ended(String printed, int status) {}

    private Ended check(boolean driver) throws IOException, InterruptedException {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:+UseSerialGC",
                                "-Dheadrace.home=" + HOME.toAbsolutePath(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                GpuCheck.class.getName(),
                                "--out",
                                folder.resolve("report").toString(),
                                "--no-speed"));
        var compiler = System.getProperty("headrace.nvrtc");
        if (compiler != null) {
            command.add(1, "-Dheadrace.nvrtc=" + compiler);
        }
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("HEADRACE_SIMULATED_KERNELS", folder.toString());
        builder.environment()
                .put("LD_LIBRARY_PATH", (driver ? DRIVER : folder).toAbsolutePath().toString());
        var process = builder.start();
        process.getOutputStream().close();
        var printed = new String(process.getInputStream().readAllBytes());
        return new Ended(printed, process.waitFor());
    }

    /// Makes the kernels known to the driver.
    private void kernels() throws IOException {
        boolean built = Files.isDirectory(DRIVER) && KERNELS.stream().allMatch(Files::isDirectory);
        assertTrue(built || System.getenv("CI") == null, "the simulated driver was not built");
        assumeTrue(built, "needs what the tests of engine and operators build");
        for (var from : KERNELS) {
            try (Stream<Path> files = Files.list(from)) {
                for (var file : files.filter(each -> each.toString().endsWith(".so")).toList()) {
                    Files.copy(file, folder.resolve(file.getFileName()));
                }
            }
        }
    }

    private JsonObject json() throws IOException {
        var text = Files.readString(folder.resolve("report/gpu-check.json"));
        return JsonParser.parseString(text).getAsJsonObject();
    }

    @Test
    void allTestsThatHoldOnAnyDriverPass() throws IOException, InterruptedException {
        kernels();
        var ended = check(true);
        assertEquals(0, ended.status(), ended.printed());
        var tests = json().getAsJsonObject("tests");
        assertTrue(tests.get("passed").getAsInt() > 90, tests.toString());
        assertTrue(tests.getAsJsonArray("failed").isEmpty());
        assertTrue(json().get("good").getAsBoolean());
        var text = Files.readString(folder.resolve("report/gpu-check.txt"));
        assertTrue(ended.printed().contains(text), ended.printed());
        assertTrue(
                text.contains(
                        "\ndevice    gpu(0): Simulated GPU 0, compute capability 7.5, 1024 MiB\n"),
                text);
        assertTrue(text.endsWith("\nall is well\n"), text);
    }

    @Test
    void saysWhatHasFailed() throws IOException {
        var report = new CheckReport(List.of("gpu(0): one"));
        var failed = new DeviceTests.NotPassed("CastTest.casts", "expected 1\nbut was 2");
        var skipped = new DeviceTests.NotPassed("CopyTest.copies", "it needs 2 devices");
        report.tests(new DeviceTests.Results(3, List.of(failed), List.of(skipped)));
        report.speeds(() -> List.of(new Speed("copies to gpu(0)", 25.125, "GB/s")));
        report.speeds(
                () -> {
                    throw new IllegalStateException("the device was lost");
                });
        var pipeline = new JsonObject();
        pipeline.addProperty("failed", "no room");
        report.pipeline(pipeline);
        assertFalse(report.isGood());
        assertTrue(
                report.text()
                        .endsWith(
                                """
                                device    gpu(0): one

                                tests     3 passed, 1 failed, 1 skipped
                                failed    CastTest.casts
                                            expected 1
                                            but was 2
                                skipped   CopyTest.copies
                                            it needs 2 devices

                                speed     copies to gpu(0): 25.13 GB/s

                                speed     failed: java.lang.IllegalStateException: the device was lost

                                pipeline  failed: no room

                                something failed
                                """),
                report.text());
        var json = JsonParser.parseString(report.json()).getAsJsonObject();
        assertFalse(json.get("good").getAsBoolean());
        assertEquals(3, json.getAsJsonObject("tests").get("passed").getAsInt());
    }

    @Test
    void withoutADeviceThereIsNoReport() throws IOException, InterruptedException {
        var ended = check(false);
        assertEquals(3, ended.status());
        assertTrue(
                ended.printed()
                        .startsWith(
                                "gpu-check: there is no NVIDIA driver: libcuda.so.1 cannot be"
                                        + " loaded\n"),
                ended.printed());
        assertFalse(Files.exists(folder.resolve("report")));
    }
}
