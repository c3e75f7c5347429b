package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.OPTIONS;
import static dev.headrace.engine.plan.Drawn.after;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.spec.Options;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PruneTest {
    private static String pruned(Options options, String drawing) {
        return Drawn.draw(after(Prune.class, options, drawing), PruneTest::unwanted);
    }

    private static String pruned(String drawing) {
        return pruned(OPTIONS, drawing);
    }

    private static String unwanted(Draft.Node node) {
        return IntStream.range(0, node.outs.size())
                .filter(i -> !node.outs.get(i).wanted)
                .mapToObj(i -> " without " + node.operator.outputs().get(i))
                .collect(Collectors.joining());
    }

    @Test
    void takesOutWhatNobodyNeeds() {
        assertEquals(
                """
                s = Source without label
                a = Copy(s)
                out x = a
                """,
                pruned(
                        """
                        s = Source
                        t = Source
                        a = Copy(s)
                        b = Copy(t)
                        c = Join(a, b)
                        d = Private(s.label)
                        out x = a
                        """));
    }

    @Test
    void narrowsToTheOutputsThatAreWanted() {
        assertEquals(
                """
                s = Source without image
                out label = s.label
                """,
                pruned(
                        OPTIONS.outputs("label"),
                        "s = Source; a = Copy(s); out image = a; out label = s.label"));
    }

    @Test
    void keepsWhatHasAVisibleEffectWithAllItNeeds() {
        assertEquals(
                """
                s = Source without label
                a = Copy(s)
                k = Sink(a)
                """,
                pruned("s = Source; a = Copy(s); b = Copy(a); k = Sink(a)"));
    }

    @Test
    void keepsAPreservedNodeWithAllItsOutputs() {
        assertEquals(
                """
                s = Source without label
                p = Pair(s)
                """,
                pruned("s = Source; p = Pair(s) preserve; q = Pair(s)"));
    }

    @Test
    void needsWhatAnArgumentNeeds() {
        assertEquals(
                """
                s = Source
                c = Coin
                p = Pair(c) without left
                a = Scale(s | p.right)
                b = Scale(a | s.label)
                out x = b
                """,
                pruned(
                        """
                        s = Source
                        c = Coin
                        p = Pair(c)
                        a = Scale(s | p.right)
                        b = Scale(a | s.label)
                        out x = b
                        """));
    }

    @Test
    void saysWhatWentAndWhy() {
        assertEquals(
                List.of("s (Source): nobody needs its output image", "b (Copy): nobody needs it"),
                after(Prune.class, "s = Source; b = Copy(s); out x = s.label").said.get("prune"));
    }
}
