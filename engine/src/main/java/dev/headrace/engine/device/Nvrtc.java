package dev.headrace.engine.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.google.common.util.concurrent.Uninterruptibles;
import dev.headrace.engine.error.BadGraph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// NVIDIA's compiler of CUDA source text, a library that needs neither a device nor a toolkit. It
/// is looked for when something is first compiled. Safe from any thread.
///
/// Places, in this order: the two settings, the system's own way of finding libraries, and where
/// pip puts it in the active virtual environment and in the one beside the program. A setting is
/// final: what the user names is not replaced by something else.
///
/// Source of names, signatures and constants: "nvrtc.h" of CUDA 12.0.
final class Nvrtc {
    /// The library; `libnvrtc-builtins.so` of the same version lies beside it, where it finds that
    /// itself.
    static final String LIBRARY = "libnvrtc.so.12";

    private static final String SETTING = "headrace.nvrtc";
    private static final String VARIABLE = "HEADRACE_NVRTC";
    private static final String ACTIVE = "VIRTUAL_ENV";
    private static final String HOME = "headrace.home";
    private static final String PACKAGE = "nvidia-cuda-nvrtc-cu12==12.0.*";
    private static final Path WITHIN = Path.of("site-packages", "nvidia", "cuda_nvrtc", "lib");

    private static final int COMPILATION = 6; // NVRTC_ERROR_COMPILATION
    private static final long STACK_BYTES = 64 << 20; // it recurses by the nesting of the source
    private static final long TEXT_BYTES = 1000; // more than any text of an error has

    private static Nvrtc found; // guarded by the class

    private final String place;
    private final MethodHandle errorString;
    private final MethodHandle createProgram;
    private final MethodHandle compileProgram;
    private final MethodHandle logSize;
    private final MethodHandle log;
    private final MethodHandle ptxSize;
    private final MethodHandle ptx;
    private final MethodHandle destroyProgram;

    /// Source text that does not compile. The message is the compiler's log.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private Refused(String log) {
            super(log);
        }
    }

    @FunctionalInterface
    private interface Call {
        int call() throws Throwable;
    }

    private Nvrtc(SymbolLookup symbols, String place) {
        this.place = place;
        errorString =
                Linker.nativeLinker()
                        .downcallHandle(
                                symbols.findOrThrow("nvrtcGetErrorString"),
                                FunctionDescriptor.of(ADDRESS, JAVA_INT));
        createProgram =
                handle(
                        symbols,
                        "nvrtcCreateProgram",
                        ADDRESS,
                        ADDRESS,
                        ADDRESS,
                        JAVA_INT,
                        ADDRESS,
                        ADDRESS);
        compileProgram = handle(symbols, "nvrtcCompileProgram", JAVA_LONG, JAVA_INT, ADDRESS);
        logSize = handle(symbols, "nvrtcGetProgramLogSize", JAVA_LONG, ADDRESS);
        log = handle(symbols, "nvrtcGetProgramLog", JAVA_LONG, ADDRESS);
        ptxSize = handle(symbols, "nvrtcGetPTXSize", JAVA_LONG, ADDRESS);
        ptx = handle(symbols, "nvrtcGetPTX", JAVA_LONG, ADDRESS);
        destroyProgram = handle(symbols, "nvrtcDestroyProgram", ADDRESS);
    }

    /// A function that gives an `nvrtcResult`.
    private static MethodHandle handle(
            SymbolLookup symbols, String name, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(
                        symbols.findOrThrow(name), FunctionDescriptor.of(JAVA_INT, arguments));
    }

    /// The one of this process.
    ///
    /// @throws BadGraph if there is none, with all places that were tried
    static synchronized Nvrtc get() {
        if (found == null) {
            found = new Search(System::getProperty, System::getenv, LIBRARY).run();
        }
        return found;
    }

    /// Where it was found.
    String place() {
        return place;
    }

    /// One search, by places.
    ///
    /// @param property gives a system property
    /// @param variable gives an environment variable
    /// @param name by which the system finds it
    record Search(
            UnaryOperator<String> property,
            UnaryOperator<String> variable,
            String name,
            List<String> tried) {
        Search(UnaryOperator<String> property, UnaryOperator<String> variable, String name) {
            this(property, variable, name, new ArrayList<>());
        }

        /// @throws BadGraph as [#get]
        Nvrtc run() {
            return setting("-D" + SETTING, property.apply(SETTING))
                    .or(() -> setting(VARIABLE, variable.apply(VARIABLE)))
                    .or(this::ofTheSystem)
                    .or(this::active)
                    .or(() -> within(beside().toString(), beside()))
                    .orElseThrow(() -> refusal("run: " + command()));
        }

        private Optional<Nvrtc> setting(String name, String value) {
            if (isUnset(name, value)) {
                return Optional.empty();
            }
            var file = Path.of(value);
            return Optional.of(
                    load(name + "=" + value, Files.isDirectory(file) ? file.resolve(LIBRARY) : file)
                            .orElseThrow(
                                    () ->
                                            refusal(
                                                    "correct %s, or leave it out to have one"
                                                                    .formatted(name)
                                                            + " looked for")));
        }

        private boolean isUnset(String name, String value) {
            if (value == null || value.isBlank()) {
                tried.add(name + " (not set)");
                return true;
            }
            return false;
        }

        private Optional<Nvrtc> ofTheSystem() {
            try {
                return Optional.of(
                        new Nvrtc(SymbolLookup.libraryLookup(name, Arena.global()), name));
            } catch (IllegalArgumentException missing) {
                tried.add(name + " on the library path (not there)");
                return Optional.empty();
            }
        }

        private Optional<Nvrtc> active() {
            var value = variable.apply(ACTIVE);
            return isUnset(ACTIVE, value)
                    ? Optional.empty()
                    : within(ACTIVE + "=" + value, Path.of(value));
        }

        private Path beside() {
            var home = property.apply(HOME);
            return Path.of(home == null ? "" : home).toAbsolutePath().resolve(".venv");
        }

        /// The one of a virtual environment, where pip has put it.
        private Optional<Nvrtc> within(String name, Path environment) {
            try (var versions = pythons(environment)) {
                var library =
                        versions.map(python -> python.resolve(WITHIN).resolve(LIBRARY))
                                .filter(Files::exists)
                                .findFirst();
                if (library.isPresent()) {
                    return load(name, library.get());
                }
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
            tried.add(name + " (not there)");
            return Optional.empty();
        }

        private static Stream<Path> pythons(Path environment) throws IOException {
            var folder = environment.resolve("lib");
            return Files.isDirectory(folder) ? Files.list(folder).sorted() : Stream.empty();
        }

        private Optional<Nvrtc> load(String name, Path library) {
            if (!Files.exists(library)) {
                tried.add(name + " (not there)");
                return Optional.empty();
            }
            try {
                var file = library.toAbsolutePath();
                return Optional.of(
                        new Nvrtc(
                                SymbolLookup.libraryLookup(file, Arena.global()), file.toString()));
            } catch (RuntimeException other) { // no library of this system, or another one
                tried.add(name + " (is no NVRTC for this system)");
                return Optional.empty();
            }
        }

        private String command() {
            var active = variable.apply(ACTIVE);
            boolean isActive = active != null && !active.isBlank();
            var environment = isActive ? Path.of(active) : beside();
            var python = environment.resolve("bin").resolve("python");
            return "%s%s -m pip install '%s'"
                    .formatted(
                            Files.exists(python) ? "" : "python3 -m venv " + environment + " && ",
                            python,
                            PACKAGE);
        }

        private BadGraph refusal(String mend) {
            return new BadGraph(
                    "no NVRTC (%s), which compiles kernels; tried: %s\n  %s"
                            .formatted(LIBRARY, String.join(", ", tried), mend));
        }
    }

    /// Compiles source text to PTX.
    ///
    /// @param name what the log calls the source
    /// @param options of the compiler, as in `--std=c++17`
    /// @throws Refused if the source is wrong
    /// @throws BadGraph if the compiler cannot do its work
    String compile(String source, String name, List<String> options) throws Refused {
        var outcome = new Outcome();
        var thread =
                Thread.ofPlatform()
                        .name("headrace-compiler")
                        .stackSize(STACK_BYTES)
                        .unstarted(() -> outcome.take(() -> compileHere(source, name, options)));
        thread.start();
        Uninterruptibles.joinUninterruptibly(thread);
        return outcome.get();
    }

    private interface Compilation {
        String run() throws Refused;
    }

    /// What came of it, handed from one thread to another.
    private static final class Outcome {
        private String result;
        private Refused refusal;
        private RuntimeException failure;

        void take(Compilation compilation) {
            try {
                result = compilation.run();
            } catch (Refused wrong) {
                refusal = wrong;
            } catch (RuntimeException broken) {
                failure = broken;
            }
        }

        String get() throws Refused {
            if (refusal != null) {
                throw refusal;
            }
            if (failure != null) {
                throw failure;
            }
            return result;
        }
    }

    private String compileHere(String source, String name, List<String> options) throws Refused {
        try (var arena = Arena.ofConfined()) {
            var handle = arena.allocate(JAVA_LONG);
            var text = arena.allocateFrom(source);
            var title = arena.allocateFrom(name);
            check(
                    "nvrtcCreateProgram",
                    () ->
                            (int)
                                    createProgram.invokeExact(
                                            handle,
                                            text,
                                            title,
                                            0,
                                            MemorySegment.NULL,
                                            MemorySegment.NULL));
            long program = handle.get(JAVA_LONG, 0);
            try {
                var list = arena.allocate(ADDRESS, options.size());
                for (int i = 0; i < options.size(); i++) {
                    list.setAtIndex(ADDRESS, i, arena.allocateFrom(options.get(i)));
                }
                int code =
                        result(
                                "nvrtcCompileProgram",
                                () ->
                                        (int)
                                                compileProgram.invokeExact(
                                                        program, options.size(), list));
                if (code != 0) {
                    refuse(code, text("nvrtcGetProgramLog", logSize, log, program).strip());
                }
                return text("nvrtcGetPTX", ptxSize, ptx, program);
            } finally {
                check("nvrtcDestroyProgram", () -> (int) destroyProgram.invokeExact(handle));
            }
        }
    }

    private void refuse(int code, String words) throws Refused {
        if (code == COMPILATION) {
            throw new Refused(words);
        }
        throw new BadGraph(
                "%s failed: %s (error %s)%s\n  the compiler is %s"
                        .formatted(
                                "nvrtcCompileProgram",
                                text(code),
                                code,
                                words.isEmpty() ? "" : "\n" + words,
                                place));
    }

    /// A text of a program, whose size is asked for first.
    private String text(String function, MethodHandle size, MethodHandle text, long program) {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(JAVA_LONG);
            check(function + "Size", () -> (int) size.invokeExact(program, bytes));
            var buffer = arena.allocate(JAVA_BYTE, 1 + bytes.get(JAVA_LONG, 0));
            check(function, () -> (int) text.invokeExact(program, buffer));
            return buffer.getString(0);
        }
    }

    private static int result(String function, Call call) {
        try {
            return call.call();
        } catch (Throwable impossible) {
            throw new IllegalStateException(function + " could not be called", impossible);
        }
    }

    private void check(String function, Call call) {
        int code = result(function, call);
        if (code != 0) {
            throw new BadGraph(
                    "%s failed: %s (error %s)\n  the compiler is %s"
                            .formatted(function, text(code), code, place));
        }
    }

    private String text(int code) {
        try {
            var text = (MemorySegment) errorString.invokeExact(code);
            return text.reinterpret(TEXT_BYTES).getString(0);
        } catch (Throwable impossible) {
            throw new IllegalStateException("nvrtcGetErrorString could not be called", impossible);
        }
    }
}
