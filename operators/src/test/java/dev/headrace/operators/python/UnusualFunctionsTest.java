package dev.headrace.operators.python;

import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.testkit.Trial;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Functions that do what few functions do, in process and in a worker process.
@NeedsPython
@Timeout(300)
class UnusualFunctionsTest {
    private static PythonFunction f(int workers, String text) {
        var head = "import numpy as np, headrace, os, sys\n";
        return PythonFunction.source(head + text, "f").view(View.NUMPY).workers(workers);
    }

    /// What an epoch of four samples gives, the numbers 0 to 3 in batches of two.
    private static List<Double> run(PythonFunction function) {
        var results = trial(function).run(Options.batchSize(2).prefetch(2));
        return results.getFirst().stream().map(value -> value.numbers()[0]).toList();
    }

    private static Trial trial(PythonFunction function) {
        var samples = new ArrayList<List<TensorValue>>();
        for (int number = 0; number < 4; number++) {
            samples.add(List.of(uint8("W", shape(1), number)));
        }
        return Trial.of(function, samples);
    }

    private static HeadraceException failure(PythonFunction function) {
        return assertThrows(HeadraceException.class, () -> run(function));
    }

    @Test
    void aCopyOfAWorkerThatComesBackFromTheFunctionAnswersNothing() {
        var function =
                f(
                        1,
                        """
                        def f(x):
                            child = os.fork()
                            if child == 0:
                                os.close(2)  # what it says at its end is none of ours
                                return x + 100
                            os.waitpid(child, 0)
                            return x + 10
                        """);
        assertEquals(List.of(10.0, 11.0, 12.0, 13.0), run(function));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void memoryThatIsNotThereIsAMemoryError(int workers) {
        var function =
                f(
                        workers,
                        """
                        def f(x):
                            try:
                                return headrace.empty(1 << 50, "uint8")
                            except MemoryError as refusal:
                                assert str(refusal).startswith("no room for subject"), refusal
                                return x
                        """);
        assertEquals(List.of(0.0, 1.0, 2.0, 3.0), run(function));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void memoryThatIsNotThereFailsAsSuch(int workers) {
        var failure = failure(f(workers, "def f(x): return headrace.empty(1 << 50, 'uint8')\n"));
        assertInstanceOf(NoRoom.class, failure);
        assertTrue(failure.what().startsWith("no room for subject"), failure.what());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aFunctionThatWentOnWithoutMemoryFailsForItsOwnReason(int workers) {
        var function =
                f(
                        workers,
                        """
                        def f(x):
                            try:
                                headrace.empty(1 << 50, "uint8")
                            except MemoryError:
                                pass
                            raise ValueError("another reason")
                        """);
        var failure = assertInstanceOf(BadBatch.class, failure(function));
        assertEquals("f raised ValueError: another reason", failure.what());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void halfOfAPairOfSurrogatesIsToldByItsNumber(int workers) {
        var failure = failure(f(workers, "def f(x): raise ValueError('file \\udcff')\n"));
        assertEquals("f raised ValueError: file \\udcff", failure.what());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anExceptionThatCannotBePrintedIsTold(int workers) {
        var function =
                f(
                        workers,
                        """
                        def f(x):
                            error = SyntaxError("made by hand")
                            error.filename, error.lineno, error.text = 5, "six", 7
                            raise error
                        """);
        var failure = assertInstanceOf(BadBatch.class, failure(function));
        assertTrue(failure.what().startsWith("f raised SyntaxError: "), failure.what());
        var cause = assertInstanceOf(PythonException.class, failure.getCause());
        assertTrue(cause.getMessage().contains("    raise error"), cause.getMessage());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void anExceptionThatIsKeptHoldsNoInputs(int workers) {
        var kept = "ERROR = ValueError('kept')\ndef f(x): raise ERROR\n";
        assertEquals("f raised ValueError: kept", failure(f(workers, kept)).what());
        var cycle = "def f(x):\n    error = ValueError('held by its frame')\n    raise error\n";
        assertEquals("f raised ValueError: held by its frame", failure(f(workers, cycle)).what());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void arraysOfASubclassAreReadAsArrays(int workers) {
        var head = "class A(np.ndarray): pass\n";
        assertEquals(
                List.of(0.0, 1.0, 2.0, 3.0),
                run(f(workers, head + "def f(x): return x.copy().view(A)\n")));
        assertEquals(
                "f returned big-endian int16 for output 0, expected native byte order",
                failure(f(workers, head + "def f(x): return np.zeros(2, '>i2').view(A)\n")).what());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void emptyTakesWholeNumbersOfAnyKind(int workers) {
        var function =
                f(
                        workers,
                        """
                        def f(x):
                            result = headrace.empty(np.int64(1), "uint8")
                            result[:] = x
                            return result
                        """);
        assertEquals(List.of(0.0, 1.0, 2.0, 3.0), run(function));
        assertEquals(
                "f raised TypeError: 'float' object cannot be interpreted as an integer",
                failure(f(workers, "def f(x): return headrace.empty((2.7,), 'uint8')\n")).what());
        assertEquals(
                "f raised ValueError: extents (2147483648, 4294967296) make more than"
                        + " 4503599627370496 elements",
                failure(f(workers, "def f(x): return headrace.empty((2**31, 2**32), 'uint8')\n"))
                        .what());
    }

    @Test
    void aModuleIsForgottenWithItsNode() {
        var loaded = "[m for m in sys.modules if m.startswith('_headrace_')]";
        var found = f(0, "from numpy import negative as f\n");
        assertEquals(List.of(0.0, 255.0, 254.0, 253.0), run(found));
        var missing = PythonFunction.source("def f(x): return x\n", "g");
        assertThrows(BadGraph.class, () -> run(missing));
        assertEquals(
                List.of(1.0, 1.0, 1.0, 1.0), run(f(0, "def f(x): return len(" + loaded + ")\n")));
    }

    @Test
    void sourcesOfOneNameShowTheirOwnLines() {
        var first = f(0, "def f(x): raise ValueError(str(x[0]))  # the first\n");
        var second = f(0, "def f(x): return x  # the second\n");
        try (var failing = Pipeline.of(Plan.of(trial(first).graph(), Options.batchSize(2)))) {
            run(second);
            var cause = assertThrows(BadBatch.class, failing::next).getCause();
            assertTrue(cause.getMessage().contains("# the first"), cause.getMessage());
        }
    }
}
