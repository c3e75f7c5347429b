package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.OPTIONS;
import static dev.headrace.engine.plan.Drawn.after;
import static dev.headrace.engine.plan.Drawn.draw;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Ref;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.LastBatch;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class CheckTest {
    private static List<String> problems(Options options, String drawing) {
        return assertThrows(BadGraph.class, () -> after(Check.class, options, drawing)).problems();
    }

    private static List<String> problems(String drawing) {
        return problems(OPTIONS, drawing);
    }

    @Test
    void leavesASoundGraphAsItIs() {
        var drawing =
                """
                photos = Source
                a = Add[2](photos)
                b = Scale(a | photos.label)
                c = Scale(a | 3)
                out image = b
                out other = c
                out three = 3
                """;
        assertEquals(drawing, draw(after(Check.class, drawing)));
    }

    @Test
    void putsNodesInOrderAsWrittenWhereThatIsFree() {
        assertEquals(
                """
                z = Source
                c = Copy(z)
                b = Copy(c)
                a = Copy(c)
                out x = a
                """,
                draw(
                        after(
                                Check.class,
                                "b = Copy(c); a = Copy(c); z = Source; c = Copy(z); out x = a")));
    }

    @Test
    void refusesAWrongNumberOfInputs() {
        assertEquals(
                List.of(
                        "Copy takes 1 input, got 2\n  at a (Copy), added at Train.java:42",
                        "Source takes no inputs, got 1\n  at b (Source)",
                        "Join takes 1 to 3 inputs, got 4\n  at c (Join)",
                        "Sink takes 1 input or more, got 0\n  at d (Sink)",
                        "Batch takes 0 to 3 inputs, got 4\n  at e (Batch)"),
                problems(
                        """
                        s = Source
                        a = Copy(s, s) at=Train.java:42
                        b = Source(s)
                        c = Join(s, s, s, s)
                        d = Sink
                        e = Batch(s, s, s, s)
                        out x = a
                        """));
    }

    @Test
    void refusesNodesOfOneName() {
        assertEquals(
                List.of(
                        "two nodes are named a\n"
                                + "  at a (Source), added at Train.java:1\n"
                                + "  at a (Copy), added at Train.java:2"),
                problems("a = Source at=Train.java:1; a = Copy(a) at=Train.java:2; out x = a"));
    }

    @Test
    void refusesWiresThatLeadNowhere() {
        assertEquals(
                List.of(
                        "Copy reads sauce, which is no node of graph drawn\n  at a (Copy)",
                        "Copy reads output 2 of s (Source), which has image, label\n  at b (Copy)",
                        "Copy reads output 0 of k (Sink), which has no outputs\n  at c (Copy)",
                        "output x is sauce, which is no node of graph drawn",
                        "output y is output 1 of a (Copy), which has out"),
                problems(
                        """
                        s = Source
                        a = Copy(sauce)
                        b = Copy(s.2)
                        k = Sink(s)
                        c = Copy(k)
                        out x = sauce
                        out y = a.1
                        """));
    }

    @Test
    void namesACycleInFull() {
        assertEquals(
                List.of(
                        "a cycle: a → b → c → a\n  at a (Join), added at Train.java:2",
                        "a cycle: e → e\n  at e (Copy)"),
                problems(
                        """
                        s = Source
                        a = Join(s, c) at=Train.java:2
                        b = Copy(a)
                        c = Copy(b)
                        d = Copy(c)
                        e = Copy(e)
                        out x = d
                        """));
    }

    @Test
    void namesTheShortestWayRoundFromTheNodeWrittenFirst() {
        assertEquals(
                List.of("a cycle: a → b → a\n  at a (Join)"),
                problems("a = Join(b, c); b = Copy(a); c = Copy(d); d = Copy(b); out x = a"));
    }

    @Test
    void refusesArgumentsThatHaveNoInput() {
        var image = new Wire.Output("s", 0);
        var graph =
                new GraphSpec(
                        "drawn",
                        ImmutableList.of(
                                NodeSpec.of("s", new Fakes.Source()),
                                NodeSpec.of("a", new Fakes.Scale(new Input(1)), image),
                                NodeSpec.of("b", new Fakes.Scale(new Input(0)), image),
                                NodeSpec.of("c", new Fakes.Scale(new Stray()), image),
                                new NodeSpec(
                                        "d",
                                        false,
                                        new Fakes.Scale(new Input(3)),
                                        ImmutableList.of(image, image, image),
                                        1,
                                        Optional.empty(),
                                        false,
                                        false,
                                        OptionalLong.empty(),
                                        Optional.empty())),
                        ImmutableMap.of("x", image));
        assertEquals(
                List.of(
                        "an argument of Scale is input 1; it has no inputs for arguments\n"
                                + "  at a (Scale)",
                        "an argument of Scale is input 0; it has no inputs for arguments\n"
                                + "  at b (Scale)",
                        "Scale holds angle itself, in place of an input\n  at c (Scale)",
                        "an argument of Scale is input 3; those for arguments are 1 to 2\n"
                                + "  at d (Scale)"),
                assertThrows(BadGraph.class, () -> Plan.of(graph, OPTIONS)).problems());
    }

    private record Stray() implements Ref {
        @Override
        public String toString() {
            return "angle";
        }
    }

    @Test
    void refusesAStreamThatReadsOthers() {
        assertEquals(
                List.of(
                        "Stream is read before all else, so it cannot take values of other nodes\n"
                                + "  at s (Stream)"),
                problems("c = Coin; s = Stream( | c); out x = s"));
    }

    @Test
    void refusesOutputsThatThereAreNot() {
        assertEquals(
                List.of("no output labl; graph drawn has image, label"),
                problems(
                        OPTIONS.outputs("labl", "image"),
                        "s = Source; out image = s; out label = s.label"));
    }

    @Test
    void takesOnlyTheOutputsThatAreWanted() {
        assertEquals(
                """
                s = Source
                out label = s.label
                """,
                draw(
                        after(
                                Check.class,
                                OPTIONS.outputs("label"),
                                "s = Source; out image = s; out label = s.label")));
    }

    @Test
    void refusesReplacementsOfOutputsThatThereAreNot() {
        var replace =
                BadSamples.replace(
                        ImmutableMap.of("picture", TensorValue.of(1), "image", TensorValue.of(1)),
                        5);
        assertEquals(
                List.of("no output picture; graph drawn has image"),
                problems(OPTIONS.badSamples(replace), "s = Source; out image = s"));
    }

    @Test
    void refusesToFillFromASourceThatDoesNotKnowItsSize() {
        var drawing = "s = Stream at=Train.java:7; t = Source; out image = s; out other = t";
        var fill = OPTIONS.lastBatch(LastBatch.FILL);
        assertEquals(
                List.of(
                        "FILL needs a source that knows its size; use PAD, PARTIAL or DROP\n"
                                + "  at s (Stream), added at Train.java:7"),
                problems(fill, drawing));
        after(Check.class, OPTIONS.lastBatch(LastBatch.PAD), drawing);
        after(Check.class, fill.outputs("other"), drawing); // the stream is not read
    }

    @Test
    void refusesAGraphWithNothingToCompute() {
        var noOutput =
                List.of(
                        "graph drawn has nothing to compute: it has no output, such as"
                                + " output(\"image\", node) names, and no node has a visible effect"
                                + " or is preserved");
        assertEquals(noOutput, problems("s = Source; a = Private(s)"));
        assertEquals(noOutput, problems(""));
        assertEquals(
                List.of(
                        "graph drawn has nothing to compute: no output is wanted, and no node has a"
                                + " visible effect or is preserved"),
                problems(OPTIONS.outputs(new String[0]), "s = Source; out x = s"));
        after(Check.class, "s = Source; k = Sink(s)");
        after(Check.class, "s = Source preserve");
        after(Check.class, "out x = 3");
    }

    @Test
    void tellsEverythingAtOnce() {
        var failure =
                assertThrows(
                        BadGraph.class,
                        () ->
                                after(
                                        Check.class,
                                        OPTIONS.outputs("y"),
                                        "a = Copy; b = Copy(c); out x = b"));
        assertEquals(
                """
                3 problems:
                Copy takes 1 input, got 0
                  at a (Copy)
                Copy reads c, which is no node of graph drawn
                  at b (Copy)
                no output y; graph drawn has x\
                """,
                failure.getMessage());
    }
}
