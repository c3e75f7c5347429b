package dev.headrace.operators.python;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import dev.headrace.engine.error.BadGraph;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jep.ClassEnquirer;
import jep.JepConfig;
import jep.MainInterpreter;
import jep.PyConfig;
import jep.SharedInterpreter;

/// Python in this process: started once, with one environment, and never ended.
///
/// One interpreter is kept open for the life of the process on a daemon thread of its own, since
/// Jep drops what all interpreters share when the last is closed. Others are opened by threads
/// that call Python often: [PythonThread].
final class PythonProcess {
    /// Something to do with Python.
    interface PythonCall<T> {
        T run(PythonThread python);
    }

    /// For recursion in C: Python's own threads have 8 MiB.
    static final long STACK_BYTES = 64 << 20;

    private static final long END_MILLIS = 500;

    private static final String END =
            """
            native = sys.modules.get('headrace._native')
            if native is not None:
                native.disarm()
            if sys.stdout is not None:
                sys.stdout.flush()
            """;

    private static final int RTLD_LAZY = 1; // bits/dlfcn.h of glibc
    private static final int RTLD_GLOBAL = 0x100;

    private static PythonProcess started;
    private static String refusal; // Jep starts once, and never again if that fails

    private final PythonEnvironment environment;
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform()
                            .daemon()
                            .name("headrace python")
                            .stackSize(STACK_BYTES)
                            .factory());
    private PythonThread keeper; // of that thread

    private PythonProcess(PythonEnvironment environment) {
        this.environment = environment;
    }

    /// Python in this process, started if this is the first call. From any thread.
    ///
    /// @throws BadGraph if it runs with another environment, or cannot be started
    static synchronized PythonProcess of(PythonEnvironment environment) {
        if (refusal != null) {
            throw new BadGraph(refusal);
        }
        if (started == null) {
            var process = new PythonProcess(environment);
            try {
                process.begin();
            } catch (RuntimeException | Error failure) {
                process.thread.shutdown();
                refusal = "%s cannot run in this process: %s".formatted(environment, why(failure));
                var refused = new BadGraph(refusal);
                refused.addSuppressed(failure);
                throw refused;
            }
            started = process;
        }
        if (!started.environment.isSameAs(environment)) {
            throw new BadGraph(
                    ("%s cannot run in this process, where %s runs already; worker processes may"
                                    + " have another Python")
                            .formatted(environment, started.environment));
        }
        return started;
    }

    /// The one that runs.
    PythonEnvironment environment() {
        return environment;
    }

    /// Runs something on the thread that is always there, one call at a time, and waits for it.
    /// For what is rare: what blocks here blocks all other callers.
    ///
    /// @throws CancellationException if the calling thread is interrupted; the call goes on
    <T> T call(PythonCall<T> call) {
        try {
            return thread.submit(() -> call.run(keeper)).get();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while waiting for Python");
        } catch (ExecutionException failure) {
            throw unwrapped(failure);
        }
    }

    /// The same for what ends something: it waits also where the calling thread is interrupted.
    <T> T finish(PythonCall<T> call) {
        try {
            return Uninterruptibles.getUninterruptibly(thread.submit(() -> call.run(keeper)));
        } catch (ExecutionException failure) {
            throw unwrapped(failure);
        }
    }

    private static RuntimeException unwrapped(ExecutionException failure) {
        Throwables.throwIfUnchecked(failure.getCause());
        return new IllegalStateException(failure.getCause());
    }

    private void begin() {
        showLibrary();
        try {
            MainInterpreter.setJepLibraryPath(environment.jepLibrary().toString());
            // Python finds its own library, its packages and their start-up files by the
            // interpreter's place, as if that was run.
            MainInterpreter.setInitParams(
                    PyConfig.python().setProgramName(environment.executable().toString()));
        } catch (IllegalStateException startedBefore) {
            throw new IllegalStateException(
                    "Jep was started by other code, and starts once in a process");
        }
        SharedInterpreter.setConfig(new JepConfig().setClassEnquirer(new NoJavaPackages()));
        Signals.keep(() -> call(none -> keeper = new PythonThread(this)));
        call(this::setUp);
        Runtime.getRuntime().addShutdownHook(new Thread(this::end, "headrace python at exit"));
    }

    private Void setUp(PythonThread python) {
        python.set("folder", PythonSources.folder());
        python.run(
                """
                import sys
                sys.path.insert(0, folder)
                for stream in (sys.stdout, sys.stderr):
                    if stream is not None:  # it was closed before the process began
                        stream.reconfigure(line_buffering=True)
                """);
        return null;
    }

    /// Does what ending Python would do, which it is not: writes out what a function printed
    /// without an end of line, and has no deleter called that needs Python. Not at any price: a
    /// function in an endless loop may not let go of Python's lock.
    private void end() {
        try {
            thread.submit(() -> keeper.run(END)).get(END_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException lost) {
            // the process ends
        }
    }

    /// Makes the library's symbols visible to all that is loaded later: most packages with native
    /// code are not linked with it. Jep tries the same by the bare name, which is found only in
    /// the system's folders.
    private void showLibrary() {
        var linker = Linker.nativeLinker();
        var open =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("dlopen"),
                        FunctionDescriptor.of(
                                ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        var file = environment.library();
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(file.toString());
            var handle = (MemorySegment) open.invokeExact(name, RTLD_LAZY | RTLD_GLOBAL);
            if (handle.address() == 0) {
                throw new IllegalStateException(file + " cannot be loaded");
            }
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /// The words of the innermost cause.
    private static String why(Throwable failure) {
        var cause = failure;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }

    /// Python's `import` finds Python's modules: a missing one is missing, though some package of
    /// Java has its name.
    private static final class NoJavaPackages implements ClassEnquirer {
        @Override
        public boolean isJavaPackage(String name) {
            return false;
        }

        @Override
        public String[] getClassNames(String name) {
            return new String[0];
        }

        @Override
        public String[] getSubPackages(String name) {
            return new String[0];
        }
    }
}
