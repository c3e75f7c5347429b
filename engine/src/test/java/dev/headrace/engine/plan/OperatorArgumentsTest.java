package dev.headrace.engine.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class OperatorArgumentsTest {
    private record Window(Argument width, Argument height) {}

    private record Cut(Window window, Optional<Argument> fill, Argument angle, String note)
            implements Fakes.Sample {}

    private static final Cut CUT =
            new Cut(
                    new Window(Argument.of(4), new Input(1)),
                    Optional.of(new Input(2)),
                    new Input(3),
                    " two\n  lines ");

    @Test
    void tellsEachArgumentOnOneLineInTheOrderOfTheComponents() {
        var texts = OperatorArguments.of(CUT, place -> "node " + place);
        assertEquals(List.of("window", "fill", "angle", "note"), texts.keySet().asList());
        assertEquals("node 3", texts.get("angle"));
        assertEquals("two lines", texts.get("note"));
        assertEquals(ImmutableMap.of(), OperatorArguments.of(new Fakes.Coin(), _ -> ""));
    }

    private record Code(String path) {}

    private record Size(int height, int width) {
        @Override
        public String toString() {
            return height + "×" + width;
        }
    }

    private record Call(
            Object code, UnaryOperator<String> function, Optional<Object> seed, List<Object> rest)
            implements Fakes.Sample {}

    private static String told(Object code) {
        return OperatorArguments.of(
                        new Call(code, text -> text, Optional.empty(), List.of()), _ -> "")
                .get("code");
    }

    @Test
    void saysWhatPeopleWouldSay() {
        var call =
                new Call(
                        new Code("x.py"),
                        text -> text,
                        Optional.of(new Size(3, 4)),
                        List.of(new Code("y.py"), new Window(Argument.of(4), new Input(1))));
        assertEquals(
                ImmutableMap.of(
                        "code", "x.py",
                        "function", "a lambda",
                        "seed", "3×4",
                        "rest", "[y.py, Window[width=4, height=input 1]]"),
                OperatorArguments.of(call, _ -> ""));
        assertEquals("Object", told(new Object()));
        assertEquals("null", told(null));
    }

    @Test
    void leavesOutWhatIsAbsent() {
        var call = new Call("", text -> text, Optional.empty(), List.of());
        assertEquals(
                List.of("code", "function", "rest"),
                OperatorArguments.of(call, _ -> "").keySet().asList());
    }

    @Test
    void anInputInAnOptionalIsNamedToo() {
        assertEquals("node 2", OperatorArguments.of(CUT, place -> "node " + place).get("fill"));
    }

    @Test
    void namesTheArgumentThatAnInputFills() {
        assertEquals("window", OperatorArguments.nameOf(CUT, 1));
        assertEquals("fill", OperatorArguments.nameOf(CUT, 2));
        assertEquals("angle", OperatorArguments.nameOf(CUT, 3));
        assertEquals("", OperatorArguments.nameOf(CUT, 0));
    }

    private record Numbered(OptionalLong most, OptionalLong least) implements Fakes.Sample {}

    @Test
    void soAreNumbersThatAreAbsent() {
        var call = new Numbered(OptionalLong.of(7), OptionalLong.empty());
        assertEquals(ImmutableMap.of("most", "7"), OperatorArguments.of(call, _ -> ""));
    }
}
