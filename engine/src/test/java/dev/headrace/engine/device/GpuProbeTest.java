package dev.headrace.engine.device;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A process looks for the driver once, so each test has its own.
class GpuProbeTest {
    private static final String FOLDERS = "LD_LIBRARY_PATH";
    private static final Path NOWHERE = Path.of("/nowhere");

    /// Looks, after commands to the simulation such as `version 11040`.
    static final class Look {
        private Look() {}

        public static void main(String[] commands) {
            if (commands.length > 0) {
                Simulation.find();
            }
            for (int i = 0; i < commands.length; i += 2) {
                int number = Integer.parseInt(commands[i + 1]);
                switch (commands[i]) {
                    case "version" -> Simulation.version(number);
                    case "devices" -> Simulation.devices(number);
                    default -> Simulation.fail(commands[i], 1, number);
                }
            }
            var found = GpuProbe.look();
            found.absence().ifPresent(System.out::println);
            found.devices().forEach(System.out::println);
        }
    }

    private static String run(
            Class<?> main, Path folder, Map<String, String> variables, String... arguments)
            throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var command = new ArrayList<>(List.of(java, "--enable-native-access=ALL-UNNAMED", "-cp"));
        command.addAll(List.of(System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().remove("CUDA_VISIBLE_DEVICES");
        builder.environment().put(FOLDERS, folder.toString());
        builder.environment().putAll(variables);
        var process = builder.start();
        var told = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), told);
        return told.strip();
    }

    private static String look(Path folder, Map<String, String> variables, String... commands)
            throws Exception {
        return run(Look.class, folder, variables, commands);
    }

    private static String look(String... commands) throws Exception {
        return look(NativeBuild.driver().getParent(), Map.of(), commands);
    }

    /// Names devices, and tells what it has loaded by the name of the driver.
    static final class Name {
        private Name() {}

        public static void main(String[] arguments) throws Exception {
            System.out.println(Device.gpu(0) + " " + Device.HOST);
            try (var maps = Files.lines(Path.of("/proc/self/maps"))) {
                maps.filter(line -> line.endsWith(Driver.LIBRARY)).forEach(System.out::println);
            }
        }
    }

    @Test
    void whoOnlyNamesADeviceLoadsNoDriver() throws Exception {
        assertEquals("gpu(0) host", run(Name.class, NativeBuild.driver().getParent(), Map.of()));
    }

    @Test
    void tellsThatThereIsNoDriver() throws Exception {
        assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "this machine has a driver");
        assertEquals(
                "there is no NVIDIA driver: libcuda.so.1 cannot be loaded",
                look(NOWHERE, Map.of()));
    }

    @Test
    void tellsThatALibraryOfThatNameIsNone() throws Exception {
        assertEquals(
                "libcuda.so.1 is no NVIDIA driver",
                look(NativeBuild.emptyLibrary().getParent(), Map.of()));
    }

    @Test
    void tellsThatTheDriverIsTooOld() throws Exception {
        assertEquals(
                "the NVIDIA driver is for CUDA 11.8; Headrace needs 12.0 (driver 525)",
                look("version", "11080"));
    }

    @Test
    void tellsWhyTheDriverDoesNotBegin() throws Exception {
        assertEquals(
                "cuInit failed: system has unsupported display driver / cuda driver combination"
                        + " (CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, error 803)",
                look("cuInit", "803"));
    }

    @Test
    void hasWordsForAnErrorThatTheDriverHasNoneFor() throws Exception {
        assertEquals("cuInit failed: unknown (unknown, error 12345)", look("cuInit", "12345"));
    }

    @Test
    void tellsThatThereIsNoDevice() throws Exception {
        assertEquals("the NVIDIA driver shows no device", look("devices", "0"));
    }

    @Test
    void tellsThatDevicesAreHidden() throws Exception {
        assertEquals(
                "the NVIDIA driver shows no device: CUDA_VISIBLE_DEVICES is \"-1\"",
                look(
                        NativeBuild.driver().getParent(),
                        Map.of("CUDA_VISIBLE_DEVICES", "-1"),
                        "devices",
                        "2"));
    }

    @Test
    void tellsWhichCallFailedForADevice() throws Exception {
        assertEquals(
                "cuDeviceTotalMem_v2 failed: unknown error (CUDA_ERROR_UNKNOWN, error 999)",
                look("cuDeviceTotalMem_v2", "999"));
    }

    @Test
    void listsDevices() throws Exception {
        assertEquals(
                """
                gpu(0): Simulated GPU 0, compute capability 7.5, 1024 MiB
                gpu(1): Simulated GPU 1, compute capability 7.5, 1024 MiB""",
                look("devices", "2"));
    }

    @Test
    void countsTheDevicesThatAreVisible() throws Exception {
        assertEquals(
                "gpu(0): Simulated GPU 2, compute capability 7.5, 1024 MiB",
                look(
                        NativeBuild.driver().getParent(),
                        Map.of("CUDA_VISIBLE_DEVICES", "2"),
                        "devices",
                        "3"));
    }
}
