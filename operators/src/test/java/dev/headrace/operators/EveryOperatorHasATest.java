package dev.headrace.operators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.operator.Operator;
import dev.headrace.operators.tensor.Copy;
import dev.headrace.testkit.OperatorContract;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Finds operators by looking at what was compiled. One nested in another class is the business of
/// that class's test; one that is not public comes from absorption, which the tests of those that
/// absorb try.
class EveryOperatorHasATest {
    @Test
    void thatImplementsTheContract() throws Exception {
        var without = operators().stream().filter(each -> !hasTest(each)).toList();
        assertEquals(List.of(), without, "operators without a test that implements the contract");
    }

    @Test
    void andIsARecord() throws Exception {
        assertEquals(List.of(), operators().stream().filter(each -> !each.isRecord()).toList());
    }

    private static List<Class<?>> operators() throws IOException, URISyntaxException {
        var classes =
                Path.of(Copy.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (var files = Files.walk(classes)) {
            var found =
                    files.map(file -> classes.relativize(file).toString())
                            .filter(file -> file.endsWith(".class") && !file.contains("$"))
                            .filter(file -> !file.endsWith("-info.class"))
                            .<Class<?>>map(EveryOperatorHasATest::load)
                            .filter(Operator.class::isAssignableFrom)
                            .filter(each -> !each.isInterface())
                            .filter(each -> Modifier.isPublic(each.getModifiers()))
                            .toList();
            assertTrue(found.contains(Copy.class), "looked in " + classes);
            return found;
        }
    }

    private static Class<?> load(String file) {
        var name = file.substring(0, file.length() - ".class".length()).replaceAll("[/\\\\]", ".");
        try {
            return Class.forName(name, false, EveryOperatorHasATest.class.getClassLoader());
        } catch (ClassNotFoundException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static boolean hasTest(Class<?> operator) {
        try {
            return OperatorContract.class.isAssignableFrom(
                    Class.forName(operator.getName() + "Test", false, operator.getClassLoader()));
        } catch (ClassNotFoundException none) {
            return false;
        }
    }
}
