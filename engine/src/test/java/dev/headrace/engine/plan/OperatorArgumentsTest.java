package dev.headrace.engine.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import java.util.List;
import java.util.Optional;
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

    @Test
    void namesTheArgumentThatAnInputFills() {
        assertEquals("window", OperatorArguments.nameOf(CUT, 1));
        assertEquals("fill", OperatorArguments.nameOf(CUT, 2));
        assertEquals("angle", OperatorArguments.nameOf(CUT, 3));
        assertEquals("", OperatorArguments.nameOf(CUT, 0));
    }
}
