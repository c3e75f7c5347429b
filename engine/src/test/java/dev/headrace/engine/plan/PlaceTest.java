package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.after;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.error.BadGraph;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlaceTest {
    @Test
    void anOperatorRunsWhereItsDataLies() {
        assertEquals(
                """
                s = Source host
                a = Copy(s) gpu(1)
                b = Join(a, 3) gpu(1)
                c = Scale(s | a) host
                d = Size(a, s.label) host
                k = Coin host
                out x = b
                out y = c
                out z = d
                out w = k
                """,
                Drawn.draw(
                        after(
                                Place.class,
                                """
                                s = Source
                                a = Copy(s) gpu=1
                                b = Join(a, 3)
                                c = Scale(s | a)
                                d = Size(a, s.label)
                                k = Coin
                                out x = b
                                out y = c
                                out z = d
                                out w = k
                                """),
                        node -> " " + node.device));
    }

    @Test
    void refusesWhatCannotBePlacedAllAtOnce() {
        var failure =
                assertThrows(
                        BadGraph.class,
                        () ->
                                after(
                                        Types.class,
                                        """
                                        s = Source
                                        a = Copy(s) gpu=0 at=Train.java:4
                                        b = Join(s, a) at=Train.java:5
                                        c = Grey(a)
                                        d = Grey(s) gpu=1
                                        e = Batch(a)
                                        f = Grey(b)
                                        unread = Grey(s) gpu=1
                                        g = OnlyThere(s) at=Train.java:6
                                        h = OnlyThere(a)
                                        i = OnlyThere(a) host
                                        out x = c
                                        out y = d
                                        out z = e
                                        out w = f
                                        out g = g
                                        out h = h
                                        out i = i
                                        """));
        assertEquals(
                List.of(
                        "Join reads s.image on the host and a on gpu(0): say where it is to run,"
                                + " with on(…)\n  at b (Join), added at Train.java:5",
                        "Grey runs on the host only, and its input a lies on gpu(0): put gpu()"
                                + " behind it, or cpu() between them\n  at c (Grey)",
                        "Grey runs on the host only, not on gpu(1): leave on(…) out\n  at d (Grey)",
                        "Batch runs on the host only, and its input a lies on gpu(0): put gpu()"
                                + " behind it, or cpu() between them\n  at e (Batch)",
                        "OnlyThere runs on a device only: put gpu() before it\n"
                                + "  at g (OnlyThere), added at Train.java:6",
                        "OnlyThere runs on a device only, not on the host: leave on(…) out\n  at i (OnlyThere)"),
                failure.problems());
    }
}
