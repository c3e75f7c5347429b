package dev.headrace.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.graph.TestOperators.CoinFlip;
import dev.headrace.graph.TestOperators.Crop;
import dev.headrace.graph.TestOperators.Either;
import dev.headrace.graph.TestOperators.Keyed;
import dev.headrace.graph.TestOperators.Lookup;
import dev.headrace.graph.TestOperators.Mutable;
import dev.headrace.graph.TestOperators.Rotate;
import dev.headrace.graph.TestOperators.Sealed;
import dev.headrace.graph.TestOperators.Several;
import dev.headrace.graph.TestOperators.Window;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class ArgumentsTest {
    private final Graph graph = Graph.named("test");
    private final Node a = graph.add(new CoinFlip(0.1));
    private final Node b = graph.add(new CoinFlip(0.2));
    private final Node c = graph.add(new CoinFlip(0.3));

    private static final String WRONG_PLACE =
            " is an argument in a set, an array or the keys of a map; a list or the values of a map"
                    + " can hold it";

    private static String refusal(Executable mistake) {
        return assertThrows(IllegalArgumentException.class, mistake).getMessage();
    }

    @Test
    void nodesBecomeSlotsInRecordsListsAndOptionals() {
        var one = Argument.of(1);
        var crop = new Crop(new Window(b, one), Optional.of(a), List.of(one, c, b, one), "crop");
        var detached = Arguments.detach(crop, 2);
        assertEquals(
                new Crop(
                        new Window(new Input(2), one),
                        Optional.of(new Input(3)),
                        List.of(one, new Input(4), new Input(2), one),
                        "crop"),
                detached.operator());
        assertEquals(List.of(b, a, c), detached.refs());
    }

    @Test
    void nodesBecomeSlotsInMapsAndDeepRecords() {
        var lookup =
                new Lookup(
                        ImmutableList.of(new Window(a, b), new Window(b, a)),
                        ImmutableMap.of("x", c, "y", Argument.of(2)),
                        Optional.of(new Window(c, c)));
        var detached = Arguments.detach(lookup, 0);
        var first = new Input(0);
        var second = new Input(1);
        var third = new Input(2);
        assertEquals(
                new Lookup(
                        ImmutableList.of(new Window(first, second), new Window(second, first)),
                        ImmutableMap.of("x", third, "y", Argument.of(2)),
                        Optional.of(new Window(third, third))),
                detached.operator());
        assertEquals(List.of(a, b, c), detached.refs());
        var sealed = Arguments.detach(new Sealed(new Sealed.By(a)), 1);
        assertEquals(new Sealed(new Sealed.By(new Input(1))), sealed.operator());
    }

    @Test
    void outputsOfOneNodeHaveSlotsOfTheirOwn() {
        var photos = graph.read(new TestOperators.Photos("photos")).get("encoded");
        var detached = Arguments.detach(new Sealed(new Sealed.By(photos.get(1))), 0);
        assertEquals(List.of(photos.get(1)), detached.refs());
        var window = new Window(photos.get(1), photos.get(0));
        var crop = new Crop(window, Optional.of(photos.get(1)), List.of(), "");
        assertEquals(List.of(photos.get(1), photos.get(0)), Arguments.detach(crop, 0).refs());
    }

    @Test
    void operatorsWithoutNodesStayAsTheyAre() {
        var crop =
                new Crop(
                        new Window(Argument.of(1), Argument.of(2)),
                        Optional.empty(),
                        List.of(),
                        null);
        assertSame(crop, Arguments.detach(crop, 1).operator());
        var texts = new Mutable(Arrays.asList("a", null));
        assertSame(texts, Arguments.detach(texts, 1).operator());
        SampleOperator lambda = (in, out, context) -> {};
        assertSame(lambda, Arguments.detach(lambda, 1).operator());
        assertEquals(List.of(), Arguments.detach(lambda, 1).refs());
    }

    @Test
    void aRefusalOfTheConstructorComesThrough() {
        var rotate = new Rotate(a);
        assertEquals(
                "ten inputs are too many",
                refusal(() -> graph.add(rotate, a, a, a, a, a, a, a, a, a, a)));
        assertEquals(3, graph.spec().nodes().size());
    }

    @Test
    void nodesWhereTheyCannotBecomeSlotsAreRefused() {
        assertEquals("coinFlip" + WRONG_PLACE, refusal(() -> graph.add(new Either(Set.of(a)))));
        assertEquals(
                "coinFlip" + WRONG_PLACE, refusal(() -> graph.add(new Either(ImmutableSet.of(a)))));
        assertEquals("coinFlip2" + WRONG_PLACE, refusal(() -> graph.add(new Keyed(Map.of(b, a)))));
        assertEquals(
                "coinFlip3" + WRONG_PLACE,
                refusal(() -> graph.add(new Several(new Window[] {new Window(c, c)}))));
        var choices = new Either(Set.of(Argument.of(1)));
        assertSame(choices, Arguments.detach(choices, 0).operator());
        assertEquals(
                new Keyed(Map.of("x", new Input(0))),
                Arguments.detach(new Keyed(Map.of("x", a)), 0).operator());
    }
}
