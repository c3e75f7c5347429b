package dev.headrace.engine.spec;

import static dev.headrace.engine.spec.JsonOperators.graph;
import static dev.headrace.engine.spec.JsonOperators.textOf;
import static dev.headrace.engine.spec.JsonOperators.trapped;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Ref;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.spec.JsonOperators.Border;
import dev.headrace.engine.spec.JsonOperators.Deep;
import dev.headrace.engine.spec.JsonOperators.Function;
import dev.headrace.engine.spec.JsonOperators.FunctionIn;
import dev.headrace.engine.spec.JsonOperators.Holder;
import dev.headrace.engine.spec.JsonOperators.Mode;
import dev.headrace.engine.spec.JsonOperators.Named;
import dev.headrace.engine.spec.JsonOperators.Nested;
import dev.headrace.engine.spec.JsonOperators.Point;
import dev.headrace.engine.spec.JsonOperators.Rotate;
import dev.headrace.engine.spec.JsonOperators.Texts;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphJsonRefusalTest {
    private static final Pattern TOKEN = Pattern.compile("\"[^\"]*\"|[\\w.-]+");
    private static final List<String> PIECES =
            List.of(
                    "null",
                    "{}",
                    "[]",
                    "[{}]",
                    "true",
                    "-1",
                    "0.5",
                    "1e9",
                    "99999999999",
                    "\"\"",
                    "\"class\"",
                    "\"Host\"",
                    "\"HW\"",
                    "\"NaN\"",
                    "\"INT64\"",
                    "\"[I\"",
                    "{\"input\": 0}",
                    "{\"class\": \"Fixed\", \"value\": 1}",
                    "\"java.lang.String\"");

    private static void assertNotWritten(String message, Operator operator) {
        var refusal = assertThrows(BadGraph.class, () -> GraphJson.write(graph(operator)));
        assertEquals(message, refusal.getMessage());
    }

    private static void assertNotRead(String message, String text) {
        var refusal = assertThrows(BadGraph.class, () -> GraphJson.read(text));
        assertEquals(message, refusal.getMessage());
    }

    /// Checks the message for a graph whose operator is this.
    private static void assertRefused(String message, String operator) {
        var kind = operator.substring(0, operator.indexOf('"'));
        var place = "\n  at node (" + kind + "), added at Train.java:42";
        assertNotRead(message + place, textOf(operator));
    }

    @Test
    void namesTheComponentThatHasNoForm() {
        SampleOperator lambda = (in, out, context) -> {};
        assertNotWritten(
                "operator: is not a record, so it has no form in JSON\n"
                        + "  at node (Operator), added at Train.java:42",
                lambda);
        assertNotWritten(
                "operator.function: is of type java.util.function.UnaryOperator<java.lang.String>,"
                        + " which has no form in JSON\n"
                        + "  at node (Function), added at Train.java:42",
                new Function(text -> text));
        assertNotWritten(
                "operator.points.0.x: is of type"
                        + " java.util.function.UnaryOperator<java.lang.String>, which has no form"
                        + " in JSON\n  at node (FunctionIn), added at Train.java:42",
                new FunctionIn(List.of(new Point<>(text -> text, null))));
        assertNotWritten(
                "operator.value: is of type java.lang.Object, which has no form in JSON\n"
                        + "  at node (Holder), added at Train.java:42",
                new Holder("a text"));
    }

    @Test
    void doesNotWriteWhatItCouldNotRead(@TempDir Path folder) throws Exception {
        assertNotWritten(
                "operator.text: is null\n  at node (Texts), added at Train.java:42",
                new Texts(null, null, null, null, null));
        assertNotWritten(
                "operator.angle: is of type dev.headrace.engine.operator.Argument, which has no"
                        + " form in JSON\n  at node (Rotate), added at Train.java:42",
                new Rotate(new Ref() {}, true));
        var deep = new Deep(Optional.empty());
        for (int i = 0; i < 38; i++) {
            deep = new Deep(Optional.of(deep));
        }
        assertEquals(graph(deep), GraphJson.read(GraphJson.write(graph(deep))));
        var deeper = new Deep(Optional.of(deep));
        var refusal = assertThrows(BadGraph.class, () -> GraphJson.write(graph(deeper)));
        assertEquals(
                "…"
                        + ".inner".repeat(20).substring(20)
                        + ": is nested more than 40 deep\n"
                        + "  at node (Deep), added at Train.java:42",
                refusal.getMessage());
        var zip = folder.resolve("photos.zip");
        try (var files = FileSystems.newFileSystem(zip, Map.of("create", "true"))) {
            assertNotWritten(
                    "operator.path: the path a lies in "
                            + zip
                            + ", and has no form in JSON\n"
                            + "  at node (Texts), added at Train.java:42",
                    new Texts("", files.getPath("a"), Duration.ZERO, Mode.FAST, ElementType.BOOL));
        }
    }

    @Test
    void tellsAllThatIsWrongAtOnce() {
        SampleOperator lambda = (in, out, context) -> {};
        var spec =
                new GraphSpec(
                        "two",
                        ImmutableList.of(NodeSpec.of("a", lambda), NodeSpec.of("b", lambda)),
                        ImmutableMap.of());
        assertEquals(
                """
                2 problems:
                operator: is not a record, so it has no form in JSON
                  at a (Operator)
                operator: is not a record, so it has no form in JSON
                  at b (Operator)""",
                assertThrows(BadGraph.class, () -> GraphJson.write(spec)).getMessage());
        assertNotRead(
                "4 problems:\n"
                        + "named: is missing\n"
                        + "  at a (?)\n"
                        + "takes an object, got 7\n"
                        + "  at node 1 (?)\n"
                        + "name: is missing\n"
                        + "  at node 2 (?)\n"
                        + "outputs.image: output -1",
                """
                {"format": 1, "name": "g", "nodes": [{"name": "a"}, 7, {"operator": {"class": 1}}],
                "outputs": {"image": {"class": "Output", "node": "a", "output": -1}}}
                """);
    }

    @Test
    void refusesWhatIsNoGraph() {
        assertNotRead("the text is not JSON at line 1 column 1", "");
        assertNotRead("a graph is one JSON object, got [1, 2]", "[1, 2]");
        assertNotRead("the text is not JSON at line 1 column 5", "{} {}");
        assertNotRead("the text is not JSON at line 1 column 3", "{'format': 1}");
        assertNotRead("the text holds $.a twice", "{\"a\": 1, \"a\": 2}");
        assertNotRead("the text is not JSON at line 1 column 82", "[".repeat(1000));
        assertNotRead("the text is of format 2, this version reads format 1", "{\"format\": 2}");
        assertNotRead(
                "the text is no graph: it states no format, and this version reads format 1", "{}");
        assertNotRead(
                "a graph has a format, a text name, a list nodes and an object outputs, got"
                        + " {\"format\": 1, \"name\": 1, \"nodes\": [], \"outputs\": {}}",
                "{\"format\": 1, \"name\": 1, \"nodes\": [], \"outputs\": {}}");
        assertNotRead(
                "the text has 67108865 characters, at most 67108864",
                " ".repeat(GraphJson.MAX_LENGTH + 1));
    }

    @Test
    void saysWhatAComponentTakes() {
        assertRefused("operator.keepSize: is missing", "Rotate\", \"angle\": 1");
        assertRefused(
                "operator.keepSize: takes true or false, got 1",
                "Rotate\", \"angle\": 1, \"keepSize\": 1");
        assertRefused(
                "operator.angle: takes a number that a double holds, \"NaN\" or \"±Infinity\", got \"x\"",
                "Rotate\", \"angle\": \"x\", \"keepSize\": true");
        assertRefused(
                "operator: Rotate has no component size; it has angle, keepSize",
                "Rotate\", \"angle\": 1, \"keepSize\": true, \"size\": 2");
        assertRefused(
                "operator: Rotate has no component angel; it has angle, keepSize",
                "Rotate\", \"angel\": 1, \"keepSize\": true");
        assertRefused(
                "operator.angle: input -1",
                "Rotate\", \"angle\": {\"input\": -1}, \"keepSize\": true");
        assertRefused(
                "operator.angle: JsonTensor has no component input; it has type, shape, layout, numbers, base64",
                "Rotate\", \"angle\": {\"input\": 1, \"x\": 2}, \"keepSize\": true");
        assertRefused(
                "operator.number: takes a whole number from -2147483648 to 2147483647, got 1.0",
                "Positive\", \"number\": 1.0");
        assertRefused(
                "operator.number: takes a whole number from -2147483648 to 2147483647, got 2147483648",
                "Positive\", \"number\": 2147483648");
        assertRefused(
                "operator.number: takes a whole number from -2147483648 to 2147483647, got \"1\"",
                "Positive\", \"number\": \"1\"");
        assertRefused("operator.number: is missing", "Positive\", \"number\": null");
        assertRefused("operator: number -1 is not positive", "Positive\", \"number\": -1");
        assertRefused(
                "operator: Positive failed: java.lang.IllegalStateException: unlucky",
                "Positive\", \"number\": 13");
        assertRefused("operator.text: takes a text, got 1", "Texts\", \"text\": 1");
        assertRefused(
                "operator.path: takes a path, got \"\\u0000\"",
                "Texts\", \"text\": \"\", \"path\": \"\\u0000\"");
        assertRefused(
                "operator.time: takes a duration such as \"PT1.5S\", got \"1s\"",
                "Texts\", \"text\": \"\", \"path\": \"\", \"time\": \"1s\"");
        assertRefused(
                "operator.mode: takes one of [FAST, EXACT], got \"SLOW\"",
                "Texts\", \"text\": \"\", \"path\": \"\", \"time\": \"PT1S\", \"mode\": \"SLOW\"");
        assertRefused(
                "operator.number: takes a number that a double holds, \"NaN\" or \"±Infinity\", got 1e999",
                "Real\", \"number\": 1e999");
        assertRefused(
                "operator.number: takes a number that a double holds, \"NaN\" or \"±Infinity\", got \"1\"",
                "Real\", \"number\": \"1\"");
        assertRefused(
                "operator.twins: takes one of [dev.headrace.engine.spec.JsonOperators$Twins$One, Holder, dev.headrace.engine.spec.JsonOperators$Twins$Other$One], got Two",
                "Twin\", \"twins\": {\"class\": \"Two\"}");
        assertRefused("operator.twins: its class is missing", "Twin\", \"twins\": {}");
        assertRefused(
                "operator.twins: takes one of [dev.headrace.engine.spec.JsonOperators$Twins$One, Holder, dev.headrace.engine.spec.JsonOperators$Twins$Other$One], got One",
                "Twin\", \"twins\": {\"class\": \"One\"}");
        assertRefused("operator.points: takes a list, got {}", "FunctionIn\", \"points\": {}");
        assertRefused(
                "operator.points.0.x: is of type java.util.function.UnaryOperator<java.lang.String>, which has no form in JSON",
                "FunctionIn\", \"points\": [{\"x\": 1}]");
    }

    @Test
    void refusesTensorsWhosePartsDoNotFit() {
        assertRefused(
                "operator.angle: UINT8 C 3 has 3 elements, got 2", tensor("\"numbers\": [1, 2]"));
        assertRefused(
                "operator.angle: not all numbers are of type UINT8",
                tensor("\"numbers\": [1, 2, 300]"));
        assertRefused(
                "operator.angle: not all numbers are of type UINT8",
                tensor("\"numbers\": [1, 2, 0.5]"));
        assertRefused(
                "operator.angle: UINT8 C 3 has 3 bytes, got 1", tensor("\"base64\": \"AA==\""));
        assertRefused(
                "operator.angle: Input byte[] should at least have 2 bytes for base64 bytes",
                tensor("\"base64\": \"!\""));
        assertRefused(
                "operator.angle: a tensor has either numbers or base64",
                tensor("\"numbers\": [1, 2, 3], \"base64\": \"AAAA\""));
    }

    private static String tensor(String content) {
        return ("Rotate\", \"keepSize\": true, \"angle\": {\"type\": \"UINT8\", \"shape\": [3],"
                + " \"layout\": \"C\", "
                + content
                + "}");
    }

    @Test
    void makesOperatorsOnlyAndRunsNothingOfOtherClasses() {
        assertRefused(
                "operator: dev.headrace.engine.spec.JsonOperators$Trap is no record, or no Operator",
                "Trap\", \"number\": 1");
        assertRefused(
                "operator: dev.headrace.engine.spec.JsonOperators$TrapInitializer is no record, or no Operator",
                "TrapInitializer\", \"number\": 1");
        assertFalse(trapped);
        assertRefused(
                "operator: there is no class dev.headrace.engine.spec.JsonOperators$NoSuchClass here",
                "NoSuchClass\"");
        assertRefused(
                "operator: dev.headrace.engine.spec.JsonOperators$Still is no record, or no Operator",
                "Still\"");
        assertRefused(
                "operator: dev.headrace.engine.spec.JsonOperators$Fails cannot be loaded: java.lang.ExceptionInInitializerError",
                "Fails\", \"number\": 1");
        assertNotRead(
                "operator: [I is no record, or no Operator\n"
                        + "  at node ([I), added at Train.java:42",
                textOf("Nested\"").replace("dev.headrace.engine.spec.JsonOperators$Nested", "[I"));
    }

    @Test
    void readsOperatorsThatRunCodeOnlyOnDemand() {
        var text = GraphJson.write(graph(new Named("os.system")));
        assertNotRead(
                "operator: Named runs code that the text names; if you trust the text, read it with readAllowingCode\n"
                        + "  at node (Named), added at Train.java:42",
                text);
        assertEquals(graph(new Named("os.system")), GraphJson.readAllowingCode(text));
        var inner =
                new Nested(
                        List.of(),
                        ImmutableList.of(),
                        ImmutableMap.of(),
                        new Border.Mirror(),
                        new Named("f"));
        assertNotRead(
                "operator.inner: Named runs code that the text names; if you trust the text, read it with readAllowingCode\n"
                        + "  at node (Nested), added at Train.java:42",
                GraphJson.write(graph(inner)));
    }

    @Test
    void damagedTextsReadOrAreRefused() {
        var text = GraphJson.write(GraphJsonTest.whole());
        var random = new Random(17);
        int read = 0;
        for (int i = 0; i < 1000; i++) {
            var damaged = damaged(text, random);
            try {
                GraphJson.read(damaged);
                read++;
            } catch (BadGraph refusal) {
                assertFalse(refusal.getMessage().isBlank());
            } catch (RuntimeException | Error failure) {
                fail("seed 17, text " + i + ":\n" + damaged, failure);
            }
        }
        assertTrue(read > 20 && read < 500, read + " were read");
    }

    /// A text with some letter changed, token replaced, or stretch left out or repeated.
    private static String damaged(String text, Random random) {
        var damaged = new StringBuilder(text);
        for (int times = random.nextInt(3); times >= 0; times--) {
            int from = random.nextInt(damaged.length());
            int to = Math.min(damaged.length(), from + 1 + random.nextInt(1 + random.nextInt(40)));
            switch (random.nextInt(4)) {
                case 0 -> damaged.setCharAt(from, (char) (32 + random.nextInt(96)));
                case 1 -> damaged.insert(to, damaged.substring(from, to));
                case 2 -> damaged.delete(from, to);
                default -> {
                    var tokens = TOKEN.matcher(damaged).results().toList();
                    var token = tokens.get(random.nextInt(tokens.size()));
                    var other = PIECES.get(random.nextInt(PIECES.size()));
                    damaged.replace(token.start(), token.end(), other);
                }
            }
        }
        return damaged.toString();
    }
}
