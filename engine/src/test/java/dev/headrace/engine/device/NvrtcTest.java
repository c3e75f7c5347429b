package dev.headrace.engine.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.engine.error.BadGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NvrtcTest {
    private static final String NOWHERE = "libnvrtc-nowhere.so";
    private static final String TWO =
            """
            struct Sample { float *out; long long count; double factor; };
            extern "C" __global__ void scale(const Sample *samples) {}
            extern "C" __global__ void __launch_bounds__(256) other(Sample *samples) {}
            extern "C" __global__ void plain(float *out) {}
            extern "C" __global__ void two(const Sample *samples, int count) {}
            __global__ void mangled(const Sample *samples) {}
            """;

    @TempDir Path folder;

    private static Nvrtc.Search search(
            Map<String, String> properties, Map<String, String> variables) {
        return new Nvrtc.Search(properties::get, variables::get, NOWHERE);
    }

    private static String refusal(Map<String, String> properties, Map<String, String> variables) {
        var search = search(properties, variables);
        return assertThrows(BadGraph.class, search::run).getMessage();
    }

    @Test
    void whereThereIsNoneItSaysWhatItHasTried() {
        assertEquals(
                """
                no NVRTC (libnvrtc.so.12), which compiles kernels; tried: -Dheadrace.nvrtc (not\
                 set), HEADRACE_NVRTC (not set), libnvrtc-nowhere.so on the library path (not\
                 there), VIRTUAL_ENV (not set), /home/me/.venv (not there)
                  run: python3 -m venv /home/me/.venv && /home/me/.venv/bin/python -m pip install\
                 'nvidia-cuda-nvrtc-cu12==12.0.*'""",
                refusal(Map.of("headrace.home", "/home/me"), Map.of()));
    }

    @Test
    void anEnvironmentThatIsActiveIsWhereItBelongs() throws IOException {
        Files.createDirectories(folder.resolve("bin"));
        Files.createFile(folder.resolve("bin/python"));
        var text =
                refusal(
                        Map.of("headrace.home", "/home/me"),
                        Map.of("VIRTUAL_ENV", folder.toString()));
        assertTrue(text.contains(", VIRTUAL_ENV=" + folder + " (not there), /home/me/.venv"), text);
        assertTrue(
                text.endsWith(
                        "\n  run: %s/bin/python -m pip install 'nvidia-cuda-nvrtc-cu12==12.0.*'"
                                .formatted(folder)),
                text);
    }

    @Test
    void whatIsNamedIsNotReplacedByAnother() throws IOException {
        var broken = Files.writeString(folder.resolve("libnvrtc.so.12"), "no library");
        assertEquals(
                """
                no NVRTC (libnvrtc.so.12), which compiles kernels; tried: -Dheadrace.nvrtc=%s (is\
                 no NVRTC for this system)
                  correct -Dheadrace.nvrtc, or leave it out to have one looked for"""
                        .formatted(broken),
                refusal(Map.of("headrace.nvrtc", broken.toString()), Map.of()));
        assertEquals(
                """
                no NVRTC (libnvrtc.so.12), which compiles kernels; tried: -Dheadrace.nvrtc (not\
                 set), HEADRACE_NVRTC=/nowhere (not there)
                  correct HEADRACE_NVRTC, or leave it out to have one looked for""",
                refusal(Map.of(), Map.of("HEADRACE_NVRTC", "/nowhere")));
    }

    /// Where the library of this process is, unless the system has found it.
    private static Path library() {
        var library = Path.of(Nvrtc.get().place());
        assumeTrue(library.isAbsolute(), "its place is not known");
        return library;
    }

    @NeedsNvrtc
    @Test
    void whatPipHasPutIntoAnEnvironmentIsFound() throws IOException {
        var there = folder.resolve(".venv/lib/python3.13/site-packages/nvidia/cuda_nvrtc/lib");
        Files.createDirectories(there);
        Files.createSymbolicLink(there.resolve(Nvrtc.LIBRARY), library());
        assertEquals(
                there.resolve(Nvrtc.LIBRARY).toString(),
                search(Map.of("headrace.home", folder.toString()), Map.of()).run().place());
        assertEquals(
                there.resolve(Nvrtc.LIBRARY).toString(),
                search(Map.of(), Map.of("VIRTUAL_ENV", folder.resolve(".venv").toString()))
                        .run()
                        .place());
        assertEquals(
                there.resolve(Nvrtc.LIBRARY).toString(),
                search(Map.of(), Map.of("HEADRACE_NVRTC", there.toString())).run().place());
    }

    @NeedsNvrtc
    @Test
    void compilesForAnyDeviceFromTuringOn() {
        var kernel = Kernel.compile(TWO, "scale");
        assertEquals("scale", kernel.name());
        assertTrue(kernel.ptx().contains("\n.target sm_75\n"), kernel.ptx());
        assertEquals(OptionalLong.of(24), kernel.sampleBytes());
        assertEquals(OptionalLong.of(24), Kernel.compile(TWO, "other").sampleBytes());
        assertEquals(kernel, Kernel.compile(TWO, "scale"));
    }

    private static String refusal(String source, String name) {
        return assertThrows(BadGraph.class, () -> Kernel.compile(source, name)).getMessage();
    }

    @NeedsNvrtc
    @Test
    void refusesSourcesThatAreWrong() {
        assertEquals(
                """
                kernel scale does not compile:
                scale.cu(2): error: identifier "undefined" is undefined

                1 error detected in the compilation of "scale.cu".""",
                refusal("// not much\n__device__ int number = undefined;", "scale"));
        assertEquals(
                "the source has no function extern \"C\" __global__ void nope(…); such are there:"
                        + " scale, other, plain, two",
                refusal(TWO, "nope"));
        assertEquals(
                "the source has no function extern \"C\" __global__ void mangled(…); such are"
                        + " there: scale, other, plain, two",
                refusal(TWO, "mangled"));
        assertEquals(
                "the source has no function extern \"C\" __global__ void nope(…); such are there:"
                        + " none",
                refusal("// nothing", "nope"));
        assertEquals(
                "kernel two takes something else: declare it as extern \"C\" __global__ void"
                        + " two(const Sample *samples), of a structure Sample",
                refusal(TWO, "two"));
    }

    @Test
    void refusesWhatIsNoName() {
        assertEquals(
                "\"f)::x\" is no name of a function",
                assertThrows(IllegalArgumentException.class, () -> Kernel.compile(TWO, "f)::x"))
                        .getMessage());
    }

    /// The compiler finds its other library beside itself.
    @NeedsNvrtc
    @Test
    void saysWhatItLacks() throws Exception {
        var alone = folder.resolve(Nvrtc.LIBRARY);
        Files.copy(library(), alone);
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process =
                new ProcessBuilder(
                                java,
                                "--enable-native-access=ALL-UNNAMED",
                                "-Dheadrace.nvrtc=" + alone,
                                "-cp",
                                System.getProperty("java.class.path"),
                                Compile.class.getName())
                        .redirectErrorStream(true)
                        .start();
        var told = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), told);
        assertTrue(told.contains("libnvrtc-builtins.so"), told);
        assertTrue(told.contains("the compiler is " + alone), told);
    }

    /// Tells why nothing can be compiled.
    static final class Compile {
        private Compile() {}

        public static void main(String[] arguments) {
            try {
                System.out.println(Kernel.compile(TWO, "scale"));
            } catch (BadGraph refusal) {
                System.out.println(refusal.getMessage());
            }
        }
    }

    @NeedsNvrtc
    @Test
    void aSourceThatIsNestedDeeplyHasRoomOnTheStack() throws Exception {
        var deep = "__device__ int x = " + "(".repeat(5000) + "1" + ")".repeat(5000) + ";";
        assertTrue(Nvrtc.get().compile(deep, "deep.cu", List.of()).contains(".version"));
    }
}
