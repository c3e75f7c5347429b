package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.after;
import static dev.headrace.engine.plan.Drawn.draw;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.random.Keys;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Decode absorbs Crop, and what comes of the two absorbs Mirror.
class AbsorbTest {
    private static void staysAsItIs(String drawing) {
        assertEquals(drawing, draw(after(Absorb.class, drawing)));
    }

    @Test
    void makesOneOfTwo() {
        var draft =
                after(
                        Absorb.class,
                        """
                        s = Source
                        d = Decode(s) at=Train.java:3
                        n = Coin
                        c = Crop(d | n) at=Train.java:5
                        m = Copy(c)
                        out x = m
                        """);
        assertEquals(
                """
                s = Source
                n = Coin
                d+c = DecodeCrop[Decode, Crop](s | n)
                m = Copy(d+c)
                out x = m
                """,
                draw(draft));
        var fused = draft.nodes.get(2);
        assertEquals("d+c (Decode+Crop), added at Train.java:3", fused.where.toString());
        assertEquals(fused.where, fused.part.where());
        assertFalse(fused.part.random());
        assertEquals(
                List.of("c (Crop): absorbed by d (Decode): less is decoded"),
                draft.said.get("absorb"));
    }

    @Test
    void whatCameOfTwoTakesInTheNext() {
        var draft =
                after(
                        Absorb.class,
                        """
                        s = Source
                        d = Decode(s)
                        c = Crop(d | 4)
                        m = Mirror(c)
                        n = Mirror(m)
                        out x = n
                        """);
        assertEquals(
                """
                s = Source
                d+c+m = Fused(s | 4)
                n = Mirror(d+c+m)
                out x = n
                """,
                draw(draft));
        var whole = draft.nodes.get(1).part;
        var both = whole.parts().getFirst();
        var mirror = whole.parts().getLast();
        assertEquals("d+c (Decode+Crop)", both.where().toString());
        assertEquals(List.of("d (Decode)", "c (Crop)"), names(both));
        assertEquals("m (Mirror)", mirror.where().toString());
        assertEquals(ImmutableIntArray.of(0, 1), whole.places());
        assertEquals(ImmutableIntArray.of(0, 1), both.places());
        assertEquals(ImmutableIntArray.of(0), both.parts().getFirst().places());
        assertEquals(ImmutableIntArray.of(-1, 1), both.parts().getLast().places());
        assertEquals(ImmutableIntArray.of(-1), mirror.places());
        assertTrue(whole.random());
        assertFalse(both.random());
        assertEquals(Keys.ordinal(7, Fakes.Mirror.class.getName(), 0), mirror.key());
        assertEquals(mirror.key(), whole.key());
    }

    private static List<String> names(Part part) {
        return part.parts().stream().map(each -> each.where().toString()).toList();
    }

    @Test
    void argumentsOfTheSecondFollowTheInputsOfTheFirst() {
        var draft =
                after(
                        Absorb.class,
                        """
                        s = Source
                        n = Coin
                        d = DecodeBy(s | n)
                        c = Crop(d | s.label)
                        out x = c
                        """);
        assertEquals(
                """
                s = Source
                n = Coin
                d+c = Fused(s | n, s.label)
                out x = d+c
                """,
                draw(draft));
        var parts = draft.nodes.getLast().part.parts();
        assertEquals(ImmutableIntArray.of(0, 1), parts.getFirst().places());
        assertEquals(ImmutableIntArray.of(-1, 2), parts.getLast().places());
        assertEquals(Optional.empty(), draft.nodes.getLast().where.line());
    }

    @Test
    void neverWhereAnotherNeedsTheValueBetween() {
        staysAsItIs(
                """
                s = Source
                d = Decode(s)
                c = Crop(d | 4)
                e = Copy(d)
                out x = c
                out y = e
                """);
        staysAsItIs(
                """
                s = Source
                d = Decode(s)
                c = Crop(d | 4)
                out x = c
                out y = d
                """);
        staysAsItIs(
                """
                s = Source
                d = Decode(s)
                c = Crop(d | d)
                out x = c
                """);
        staysAsItIs(
                """
                s = Source
                d = Decode(s)
                c = Crop(s | d)
                out x = c
                """);
    }

    @Test
    void neverWhatIsPreserved() {
        for (var preserved :
                List.of(
                        "s = Source; d = Decode(s) preserve; c = Crop(d | 4); out x = c",
                        "s = Source; d = Decode(s); c = Crop(d | 4) preserve; out x = c")) {
            assertEquals(
                    """
                    s = Source
                    d = Decode(s)
                    c = Crop(d | 4)
                    out x = c
                    """,
                    draw(after(Absorb.class, preserved)));
        }
    }

    @Test
    void neverAcrossABarrier() {
        staysAsItIs(
                """
                s = Source
                d = Decode(s)
                b = Batch(s)
                c = Crop(d | b)
                out x = c
                """);
    }

    @Test
    void neverWithAnotherOperator() {
        staysAsItIs(
                """
                s = Source
                d = Decode(s)
                m = Mirror(d)
                c = Crop(m | 4)
                out x = c
                """);
    }

    @Test
    void refusesWhatHasOtherOutputsThanTheSecond() {
        var failure =
                assertThrows(
                        BadGraph.class,
                        () ->
                                after(
                                        Absorb.class,
                                        "s = Source; m = Misfit(s) at=Train.java:8; c = Copy(m);"
                                                + " out x = c"));
        assertEquals(
                "Pair has 2 outputs in place of 1\n  at m+c (Misfit+Copy), added at Train.java:8",
                failure.getMessage());
    }
}
