package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.after;
import static dev.headrace.engine.plan.Drawn.draw;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class MergeTest {
    private static void staysAsItIs(String drawing) {
        assertEquals(drawing, draw(after(Merge.class, drawing)));
    }

    @Test
    void makesOneOfEqualNodesAndOfWhatFollowsThem() {
        assertEquals(
                """
                s = Source
                a = Add[1](s)
                c = Copy(a)
                e = Add[2](a)
                j = Join(c, c, e)
                out x = j
                out y = a
                """,
                draw(
                        after(
                                Merge.class,
                                """
                                s = Source
                                a = Add[1](s)
                                b = Add[1](s)
                                c = Copy(a)
                                d = Copy(b)
                                e = Add[2](b)
                                j = Join(c, d, e)
                                out x = j
                                out y = b
                                """)));
    }

    @Test
    void unitesTheOutputsThatAreWanted() {
        var draft =
                after(
                        Merge.class,
                        "s = Source; p = Pair(s); q = Pair(s); out x = p.left; out y = q.right");
        assertEquals(
                """
                s = Source
                p = Pair(s)
                out x = p
                out y = p.right
                """,
                draw(draft));
        assertTrue(draft.nodes.getLast().outs.stream().allMatch(out -> out.wanted));
    }

    @Test
    void comparesConstantsByContent() {
        assertEquals(
                """
                s = Source
                a = Scale(s | 3)
                c = Scale(s | 4)
                out x = a
                out y = a
                out z = c
                """,
                draw(
                        after(
                                Merge.class,
                                """
                                s = Source
                                a = Scale(s | 3)
                                b = Scale(s | 3)
                                c = Scale(s | 4)
                                out x = a
                                out y = b
                                out z = c
                                """)));
    }

    @Test
    void mergesBatchOperatorsWithoutState() {
        assertEquals(
                """
                s = Source
                a = Batch(s)
                out x = a
                out y = a
                """,
                draw(
                        after(
                                Merge.class,
                                "s = Source; a = Batch(s); b = Batch(s); out x = a; out y = b")));
    }

    @Test
    void mergesRandomNodesOfOneSeed() {
        assertEquals(
                """
                a = Coin
                c = Coin
                out x = a
                out y = a
                out z = c
                """,
                draw(
                        after(
                                Merge.class,
                                """
                                a = Coin seed=5
                                b = Coin seed=5
                                c = Coin seed=6
                                out x = a
                                out y = b
                                out z = c
                                """)));
    }

    @Test
    void neverMergesOthersThatAreRandom() {
        staysAsItIs(
                """
                a = Coin
                b = Coin
                c = Noise(a)
                d = Noise(a)
                out x = c
                out y = d
                out z = b
                """);
    }

    @Test
    void neverMergesSources() {
        staysAsItIs(
                """
                a = Source
                b = Source
                c = Stream
                d = Stream
                j = Join(a, b)
                k = Join(c, d)
                out x = j
                out y = k
                """);
    }

    @Test
    void neverMergesEffectsOrState() {
        staysAsItIs(
                """
                s = Source
                a = Private(s)
                b = Private(s)
                c = Ordered(s)
                d = Ordered(s)
                e = Tally(s)
                f = Tally(s)
                k = Sink(a)
                l = Sink(a)
                out x = a
                out y = b
                out z = c
                out w = d
                out v = e
                out u = f
                """);
    }

    @Test
    void neverMergesNodesThatAreNamedOrPreserved() {
        var draft =
                after(
                        Merge.class,
                        """
                        s = Source
                        a = Copy(s) named
                        b = Copy(s) named
                        c = Copy(s)
                        d = Copy(s) preserve
                        e = Copy(s)
                        f = Copy(s) gpu=0
                        j = Join(a, b)
                        k = Join(c, d, e)
                        out x = j
                        out y = k
                        out z = f
                        """);
        assertEquals(
                """
                s = Source
                a = Copy(s)
                b = Copy(s)
                c = Copy(s)
                d = Copy(s)
                f = Copy(s)
                j = Join(a, b)
                k = Join(c, d, c)
                out x = j
                out y = k
                out z = f
                """,
                draw(draft));
        assertEquals(List.of("e (Copy): the same as c (Copy)"), draft.said.get("merge"));
    }
}
