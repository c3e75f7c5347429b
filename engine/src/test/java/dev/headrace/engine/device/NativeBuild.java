package dev.headrace.engine.device;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.opentest4j.TestAbortedException;

/// Builds what tests of devices need, by the C++ compiler of the machine, into `target`. What is
/// there already and newer than its sources is not built again.
public final class NativeBuild {
    private static final Path MODULE = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
    public static final Path SOURCES = MODULE.resolveSibling("engine").resolve("src/test/native");
    private static final Path TARGET = MODULE.resolve("target/native");

    /// Where the simulated driver is, as `libcuda.so.1`.
    public static final Path DRIVER = TARGET.resolve("driver");

    /// Where it finds the kernels.
    public static final Path KERNELS = TARGET.resolve("kernels");

    private static final Pattern KERNEL =
            Pattern.compile("__global__\\s+void\\s+(?:__launch_bounds__\\([^)]*\\)\\s*)?(\\w+)");

    private static final Pattern STRUCTURE = Pattern.compile("\\bstruct (\\w+)");

    private NativeBuild() {}

    /// The simulated driver.
    ///
    /// @throws TestAbortedException if the machine has no compiler
    public static Path driver() {
        var out = DRIVER.resolve(Driver.LIBRARY);
        var source = SOURCES.resolve("simulated_driver.cpp");
        return build(
                out,
                List.of(source),
                List.of("-O2", "-Wall", "-Wextra", "-Werror", "-pthread", source.toString()));
    }

    /// A library by the driver's name that has none of its functions.
    public static Path emptyLibrary() throws IOException {
        var source = TARGET.resolve("empty.cpp");
        Files.createDirectories(TARGET);
        Files.writeString(source, "");
        return build(
                TARGET.resolve("empty").resolve(Driver.LIBRARY),
                List.of(source),
                List.of(source.toString()));
    }

    /// Compiles the kernels of a `.cu` file for the host, and gives what stands for their PTX: its
    /// first line has the hash of the source, by which the simulated driver finds them.
    public static String ptx(String source) throws IOException {
        var hash = sha256(source);
        buildKernels(source, hash);
        return "// source sha256 " + hash + "\n.version 8.0\n.target sm_75\n";
    }

    /// Compiles the kernels of plain CUDA source for the host: the simulated driver runs these
    /// where it is given the PTX that NVRTC has made of that source.
    public static void stands(String source, String ptx) throws IOException {
        if (Simulation.isReal()) {
            return;
        }
        long hash = 0xcbf29ce484222325L; // FNV-1a, as the simulated driver has it
        for (byte each : ptx.getBytes(UTF_8)) {
            hash = (hash ^ Byte.toUnsignedInt(each)) * 0x100000001b3L;
        }
        buildKernels(withPointers(source), "%016x".formatted(hash));
    }

    /// What NVRTC makes of a source.
    public static String nvrtc(String source, String name, List<String> options) throws Exception {
        return Nvrtc.get().compile(source, name, options);
    }

    /// Plain pointers to numbers and structures as those that the simulated driver sees.
    private static String withPointers(String source) {
        var types = new StringBuilder("(?:unsigned |signed )?(?:char|short|int|long long|long)");
        types.append("|unsigned|float|double|bool");
        STRUCTURE
                .matcher(source)
                .results()
                .forEach(found -> types.append('|').append(found.group(1)));
        return Pattern.compile("\\b((?:const )?(?:%s)) ?\\*".formatted(types))
                .matcher(source)
                .replaceAll("POINTER($1) ");
    }

    private static void buildKernels(String source, String name) throws IOException {
        var kernels = new StringBuilder("#include \"cuda_host.h\"\n#line 1 \"kernels.cu\"\n");
        kernels.append(source).append('\n');
        KERNEL.matcher(source)
                .results()
                .forEach(found -> kernels.append("SIM_KERNEL(%s)\n".formatted(found.group(1))));
        Files.createDirectories(KERNELS);
        var file = KERNELS.resolve(name + ".cpp");
        if (!Files.exists(file) || !Files.readString(file).contentEquals(kernels)) {
            Files.writeString(file, kernels);
        }
        build(
                KERNELS.resolve(name + ".so"),
                List.of(file, SOURCES.resolve("cuda_host.h")),
                List.of("-O2", "-ffp-contract=off", "-I" + SOURCES, file.toString()));
    }

    /// Compiles for the host the kernels of the `.cu` file beside a test, whose PTX is a resource.
    public static void forHost(Class<?> test) {
        if (Simulation.isReal()) {
            return;
        }
        var name = test.getName().replace('.', '/');
        var file = MODULE.resolve("src/test/java").resolve(name + ".cu");
        try (var ptx = test.getResourceAsStream("/" + name + ".ptx")) {
            var mark = ptx(Files.readString(file)).lines().findFirst().orElseThrow();
            if (ptx == null || !new String(ptx.readAllBytes(), UTF_8).startsWith(mark)) {
                throw new AssertionError(
                        file + " has changed since it was compiled: ./headrace kernels");
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static synchronized Path build(Path out, List<Path> sources, List<String> arguments) {
        try {
            if (!isNew(out, sources)) {
                Files.createDirectories(out.getParent());
                compile(out, arguments);
            }
            return out;
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static boolean isNew(Path out, List<Path> sources) throws IOException {
        if (!Files.exists(out)) {
            return false;
        }
        for (var source : sources) {
            if (Files.getLastModifiedTime(source).compareTo(Files.getLastModifiedTime(out)) > 0) {
                return false;
            }
        }
        return true;
    }

    private static void compile(Path out, List<String> arguments) throws IOException {
        var unfinished =
                out.resolveSibling(out.getFileName() + "." + ProcessHandle.current().pid());
        var command = new ArrayList<>(List.of("g++", "-std=c++17", "-g", "-fPIC", "-shared"));
        command.addAll(List.of("-Wl,-soname," + out.getFileName(), "-o", unfinished.toString()));
        command.addAll(arguments);
        Process compiler;
        try {
            compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException missing) {
            throw new TestAbortedException("needs g++, to build " + out.getFileName(), missing);
        }
        var words = new String(compiler.getInputStream().readAllBytes(), UTF_8);
        if (compiler.onExit().join().exitValue() != 0) {
            throw new AssertionError(String.join(" ", command) + "\n" + words);
        }
        Files.move(unfinished, out, REPLACE_EXISTING);
    }
}
