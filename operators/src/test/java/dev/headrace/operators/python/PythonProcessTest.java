package dev.headrace.operators.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.operators.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import jep.JepException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@NeedsPython
class PythonProcessTest {
    private final PythonProcess process = PythonProcess.of(PythonEnvironment.forThisProcess());

    private Object value(String expression) {
        return process.call(python -> python.value(expression));
    }

    private static String module(String name) {
        return "__import__('%s')".formatted(name);
    }

    @Test
    void callsAFunctionOnTheThreadThatIsAlwaysThere() {
        assertEquals(
                "headrace python 3",
                process.call(
                        python ->
                                Thread.currentThread().getName()
                                        + " "
                                        + python.callable("math", "isqrt").call(11)));
    }

    @Test
    void callsAFunctionOnTheCallingThread() {
        var elsewhere = process.call(python -> python.callable("math", "isqrt"));
        try (var python = new PythonThread(process)) {
            assertEquals(3L, python.callable("math", "isqrt").call(11));
            assertEquals(3L, elsewhere.call(11));
        }
        try (var again = new PythonThread(process)) {
            assertEquals(3L, again.callable("math", "isqrt").call(11));
        }
    }

    @Test
    void isOneForTheWholeProcess() {
        assertEquals(process, PythonProcess.of(PythonEnvironment.forThisProcess()));
    }

    @Test
    void refusesAnotherEnvironment() {
        var here = process.environment();
        var other =
                new PythonEnvironment(
                        here.executable(),
                        "3.99.0",
                        Path.of("/elsewhere"),
                        true,
                        here.numpy(),
                        here.jep(),
                        here.library(),
                        here.jepLibrary());
        assertEquals(
                "Python 3.99.0 of /elsewhere cannot run in this process, where %s runs already; worker processes may have another Python"
                        .formatted(here),
                assertThrows(BadGraph.class, () -> PythonProcess.of(other)).getMessage());
    }

    @Test
    void refusesVirtualThreads() throws Exception {
        var refused = new Throwable[1];
        Thread.startVirtualThread(
                        () ->
                                refused[0] =
                                        assertThrows(
                                                IllegalStateException.class,
                                                () -> new PythonThread(process)))
                .join();
        assertEquals("Python needs a platform thread", refused[0].getMessage());
    }

    @Test
    void aFailureComesBackToTheCaller() {
        var failure = assertThrows(JepException.class, () -> value("1 / 0"));
        assertTrue(failure.getMessage().contains("ZeroDivisionError"), failure.getMessage());
    }

    @Test
    void anInterruptedCallerDoesNotWait() {
        var never = new CountDownLatch(1);
        Thread.currentThread().interrupt();
        try {
            var cancelled =
                    assertThrows(
                            CancellationException.class,
                            () ->
                                    process.call(
                                            python -> {
                                                awaitUninterruptibly(never);
                                                return null;
                                            }));
            assertEquals("interrupted while waiting for Python", cancelled.getMessage());
            assertTrue(Thread.interrupted());
        } finally {
            never.countDown();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Test
    void pythonKnowsItsEnvironment() {
        var environment = process.environment();
        assertEquals(environment.prefix().toString(), value(module("sys") + ".prefix"));
        assertEquals(environment.executable().toString(), value(module("sys") + ".executable"));
        assertEquals(environment.numpy(), value(module("numpy") + ".__version__"));
        assertEquals(List.of(""), value(module("sys") + ".argv"));
    }

    /// Most packages with native code are not linked with Python's library.
    @Test
    void librariesLoadedLaterSeeThoseOfPython() {
        assertEquals(
                true, value("hasattr(%s.CDLL(None), 'Py_IncRef')".formatted(module("ctypes"))));
    }

    @Test
    void thePackageHeadraceComesBeforeAllOthers() {
        assertEquals(PythonSources.folder(), value(module("sys") + ".path[0]"));
    }

    @Test
    void packagesOfJavaAreNoModules() {
        var failure = assertThrows(JepException.class, () -> value(module("java.util")));
        assertTrue(failure.getMessage().contains("No module named 'java'"), failure.getMessage());
    }

    @Test
    void endsByItselfAndSaysAllThatWasPrinted() throws Exception {
        var ended = ChildJvm.of(Prints.class).variable("PYTHONUNBUFFERED", null).run();
        assertEquals(0, ended.status(), ended::toString);
        assertEquals(
                "one, of Java\ntwo, of Python: é\nthree, of Java\nfour, of Python", ended.out());
        assertEquals("", ended.err());
    }

    /// Leaves Python as it is, on two threads.
    static final class Prints {
        static void main(String[] arguments) throws Exception {
            var process = PythonProcess.of(PythonEnvironment.forThisProcess());
            System.out.println("one, of Java");
            process.call(python -> python.callable("builtins", "print").call("two, of Python: é"));
            System.out.println("three, of Java");
            var done = new CountDownLatch(1);
            Thread.ofPlatform()
                    .daemon()
                    .start(
                            () -> {
                                var python = new PythonThread(process); // never closed
                                python.run("print('four, of Python', end='')");
                                done.countDown();
                                awaitUninterruptibly(new CountDownLatch(1));
                            });
            done.await();
        }
    }

    @ParameterizedTest
    @CsvSource({"INT, 130, idle", "TERM, 143, idle", "INT, 130, busy", "TERM, 143, busy"})
    void aSignalEndsTheProcess(String signal, int status, String state) throws Exception {
        assumeFalse(ignoresInterrupts(), "a process in the background");
        try (var child = ChildJvm.of(Waits.class).start(state)) {
            child.waitFor("waiting");
            child.signal(signal);
            var ended = child.end();
            assertEquals(status, ended.status(), ended::toString);
        }
    }

    /// A shell has programs that it starts in the background ignore SIGINT, and theirs too.
    private static boolean ignoresInterrupts() {
        long sigint = 1 << 2 - 1;
        return (Long.parseUnsignedLong(signals().split("\\s+")[1], 16) & sigint) != 0;
    }

    private static String signals() {
        try {
            return String.join(
                    " ",
                    Files.readAllLines(Path.of("/proc/self/status")).stream()
                            .filter(line -> line.matches("Sig(Ign|Cgt).*"))
                            .toList());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Waits for ever, in Java or in Python.
    static final class Waits {
        static void main(String[] arguments) {
            var process = PythonProcess.of(PythonEnvironment.forThisProcess());
            if (arguments[0].equals("idle")) {
                System.out.println("waiting");
                awaitUninterruptibly(new CountDownLatch(1));
            }
            process.call(
                    python -> {
                        python.run("print('waiting')\nwhile True: pass");
                        return null;
                    });
        }
    }

    @Test
    void pythonChangesNoReactionToASignal() throws Exception {
        var ended = ChildJvm.of(TellsSignals.class).run();
        var lines = ended.out().lines().toList();
        assertEquals(2, lines.size(), ended::toString);
        assertEquals(lines.getFirst(), lines.getLast());
    }

    static final class TellsSignals {
        static void main(String[] arguments) {
            System.out.println(signals());
            PythonProcess.of(PythonEnvironment.forThisProcess());
            System.out.println(signals());
        }
    }

    @Test
    void theJvmFindsNothingWrongWithOurCalls() throws Exception {
        var ended = ChildJvm.of(CallsALot.class).flags("-Xcheck:jni").run();
        assertEquals(0, ended.status(), ended::toString);
        var said = ended.out() + ended.err();
        assertFalse(said.contains("handler modified"), ended::toString);
        assertFalse(said.contains("FATAL"), ended::toString);
        assertFalse(said.substring(said.indexOf("started")).contains("WARNING"), ended::toString);
    }

    static final class CallsALot {
        static void main(String[] arguments) throws Exception {
            var process = PythonProcess.of(PythonEnvironment.forThisProcess());
            System.out.println("started");
            for (int i = 0; i < 1000; i++) {
                process.call(python -> python.callable("math", "isqrt").call(11));
            }
            System.gc();
        }
    }

    @Test
    void whatCannotStartIsSaidEachTime() throws Exception {
        var ended = ChildJvm.of(CannotStart.class).run();
        var python = process.environment();
        var message =
                "%s cannot run in this process: Can't load library: /nowhere/libjep.so\n"
                        .formatted(python);
        assertEquals(message + message, ended.out(), ended::toString);
        assertEquals(0, ended.status());
    }

    static final class CannotStart {
        static void main(String[] arguments) {
            var good = PythonEnvironment.forThisProcess();
            var bad =
                    new PythonEnvironment(
                            good.executable(),
                            good.version(),
                            good.prefix(),
                            good.virtual(),
                            good.numpy(),
                            good.jep(),
                            good.library(),
                            Path.of("/nowhere/libjep.so"));
            for (var environment : List.of(bad, good)) {
                try {
                    PythonProcess.of(environment);
                } catch (BadGraph refused) {
                    System.out.println(refused.getMessage());
                }
            }
        }
    }

    @Test
    void aProgramThatHasStartedJepItselfIsToldSo() throws Exception {
        var ended = ChildJvm.of(StartsJepFirst.class).run();
        assertEquals(
                process.environment()
                        + " cannot run in this process: Jep was started by other code, and starts"
                        + " once in a process\n",
                ended.out(),
                ended::toString);
    }

    static final class StartsJepFirst {
        static void main(String[] arguments) {
            var environment = PythonEnvironment.forThisProcess();
            jep.MainInterpreter.setJepLibraryPath(environment.jepLibrary().toString());
            jep.MainInterpreter.setInitParams(
                    jep.PyConfig.python().setProgramName(environment.executable().toString()));
            try {
                new jep.SharedInterpreter().close();
            } catch (Throwable withoutNumPy) {
                // it was started, which is enough
            }
            try {
                PythonProcess.of(environment);
            } catch (BadGraph refused) {
                System.out.println(refused.getMessage());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "C.UTF-8"})
    void modulesAreFoundByTheVariablesOfPython(String locale, @TempDir Path folder)
            throws Exception {
        Files.writeString(folder.resolve("mine.py"), "name = 'mine: é'\n");
        var ended =
                ChildJvm.of(ImportsMine.class)
                        .variable("PYTHONPATH", folder.toString())
                        .variable("LC_ALL", locale)
                        .run();
        assertEquals("mine: é\n", ended.out(), ended::toString);
    }

    static final class ImportsMine {
        static void main(String[] arguments) {
            PythonProcess.of(PythonEnvironment.forThisProcess())
                    .call(
                            python -> {
                                python.run("import mine; print(mine.name)");
                                return null;
                            });
        }
    }
}
