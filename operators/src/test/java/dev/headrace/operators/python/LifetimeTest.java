package dev.headrace.operators.python;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.operators.ChildJvm;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What Python keeps, gives back late or never, and what is left when a process ends: each in a JVM
/// of its own, since it is where one could crash, with the JVM's checks of native calls.
@NeedsPython
class LifetimeTest {
    private static ChildJvm.Program program(Class<?> main, String extension) {
        return ChildJvm.of(main)
                .flags("-Xcheck:jni")
                .variable("PYTHONPATH", Path.of("src/test/python").toAbsolutePath().toString())
                .variable("HEADRACE_PYTHON_EXTENSION", extension.equals("none") ? "none" : null);
    }

    @ParameterizedTest
    @CsvSource({"found, 0", "none, 0", "found, 2", "none, 2"})
    void whatAFunctionKeepsStaysAndWhatItEditsIsItsOwn(String extension, String workers)
            throws Exception {
        var ended = program(KeepingFunctions.class, extension).run(workers);
        System.out.println(ended);
        assertEquals(0, ended.status(), ended::toString);
        assertTrue(ended.out().contains("all have passed"), ended::toString);
    }
}
