package dev.headrace.operators.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.operators.ChildJvm;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What Python keeps, what it gives back late or never, and what is left when a process ends: in
/// JVMs of their own, as this is where one could crash, which check native calls. With the C
/// extension, where it is installed, and by ctypes.
@NeedsPython
class LifetimeTest {
    /// Function calls in full: {@value}; a twentieth of them without `-Dheadrace.test.long=true`.
    private static final int CALLS = 100_000;

    /// Pipelines in full: {@value}; a fifth of them without `-Dheadrace.test.long=true`.
    private static final int PIPELINES = 500;

    /// A heap that does not grow, so that what grows is something else.
    private static final String[] FIXED_HEAP = {
        "-Xms64m", "-Xmx64m", "-XX:+UseSerialGC", "-XX:+AlwaysPreTouch"
    };

    private static String count(int all, int part) {
        return Integer.toString(Boolean.getBoolean("headrace.test.long") ? all : all / part);
    }

    private static ChildJvm.Program program(Class<?> main, String extension) {
        return ChildJvm.of(main)
                .flags("-Xcheck:jni")
                .variable("PYTHONPATH", Path.of("src/test/python").toAbsolutePath().toString())
                .variable("PYTHONDONTWRITEBYTECODE", "1")
                .variable("HEADRACE_PYTHON_EXTENSION", extension.equals("none") ? "none" : null);
    }

    /// It has ended with a status, having said something last, and the JVM has found nothing wrong.
    /// While Jep starts, it calls the JVM without looking for exceptions; that much is known.
    private static void check(ChildJvm.Ended ended, int status, String last) {
        int start = ended.out().indexOf("started\n");
        assertTrue(start >= 0, ended::toString);
        var run = new ChildJvm.Ended(ended.status(), ended.out().substring(start), ended.err());
        assertEquals(status, run.status(), run::toString);
        assertTrue(run.out().endsWith(last), run::toString);
        assertFalse(ended.out().contains("FATAL"), ended::toString);
        assertFalse(run.out().contains("in native method"), run::toString);
        assertFalse(run.err().contains("[pythonFunction]"), run::toString); // a worker's
        assertFalse(run.err().contains("Exception"), run::toString);
        assertFalse(run.err().contains("Error"), run::toString);
    }

    @ParameterizedTest
    @CsvSource({"found, 0", "none, 0", "found, 2", "none, 1"})
    void whatAFunctionKeepsStaysAndWhatItEditsIsItsOwn(String extension, String workers)
            throws Exception {
        var ended = program(KeepingFunctions.class, extension).run(workers);
        check(ended, 0, "all have passed\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"found", "none"})
    void aPipelineLeavesNothingHoweverItEnds(String extension) throws Exception {
        var program = program(ClosingPipelines.class, extension).flags(FIXED_HEAP);
        check(program.run(count(PIPELINES, 5)), 0, "all have passed\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"found", "none"})
    void manyCallsNeedNoMoreMemoryThanFew(String extension) throws Exception {
        var program = program(SoakingFunctions.class, extension).flags(FIXED_HEAP);
        check(program.run(count(CALLS, 20)), 0, "all have passed\n");
    }

    @ParameterizedTest
    @CsvSource({
        "without a close, found, 0",
        "without a close, none, 0",
        "during a call, found, 3",
        "during a call that was given up, found, 0",
        "while all run, found, 3",
        "while all run, none, 3"
    })
    void theProcessEndsWhateverIsLeft(String how, String extension, int status) throws Exception {
        var ended = program(EndingProcess.class, extension).run(how);
        // what the C library printed at the very end is checked elsewhere
        assertTrue(ended.out().stripTrailing().endsWith("the end"), ended::toString);
        check(ended, status, "");
    }

    /// The extension's deleter may be called at any time; one that needs Python is taken away.
    @ParameterizedTest
    @CsvSource({"found, ''", "none, '\n\n\n\n'"})
    void deletersAreCalledByTheCLibraryAtExit(String extension, String printed) throws Exception {
        check(
                program(EndingProcess.class, extension).run("at exit of C"),
                0,
                "the end\n" + printed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"found", "none"})
    void deletersAreCalledByTheInterpreterAtExit(String extension) throws Exception {
        var ended = program(EndingProcess.class, extension).run("at exit of Python");
        check(ended, 0, "[pythonFunction] given back at exit\nthe end\n");
    }
}
