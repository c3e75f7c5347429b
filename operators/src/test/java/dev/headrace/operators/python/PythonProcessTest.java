package dev.headrace.operators.python;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

@NeedsPython
class PythonProcessTest {
    private final PythonProcess process = PythonProcess.of(PythonEnvironment.forThisProcess());

    @Test
    void callsAFunctionOnItsOwnThread() {
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
        try (var python = new PythonThread(process)) {
            assertEquals(3L, python.callable("math", "isqrt").call(11));
        }
    }
}
