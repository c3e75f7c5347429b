package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.after;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.error.BadGraph;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlaceTest {
    private static String levels(String drawing) {
        return Drawn.draw(after(Place.class, drawing), node -> " @" + node.level);
    }

    @Test
    void countsTheBatchOperatorsOnTheLongestPath() {
        assertEquals(
                """
                s = Source @0
                a = Copy(s) @0
                b = Batch(a) @0
                c = Join(a, b) @1
                d = Ordered(c) @1
                e = Scale(a | d) @2
                f = Join(a, s) @0
                out x = e
                out y = f
                """,
                levels(
                        """
                        s = Source
                        a = Copy(s)
                        b = Batch(a)
                        c = Join(a, b)
                        d = Ordered(c)
                        e = Scale(a | d)
                        f = Join(a, s)
                        out x = e
                        out y = f
                        """));
    }

    @Test
    void whatReadsNothingWaitsForAStream() {
        assertEquals(
                """
                c = Coin @1
                t = Source @1
                s = Stream @0
                r = Stream @0
                d = Copy(c) @1
                b = Batch @1
                j = Join(d, s, b) @2
                k = Join(r, 3) @1
                out x = j
                out y = t
                out z = k
                """,
                levels(
                        """
                        c = Coin
                        t = Source
                        s = Stream
                        r = Stream
                        d = Copy(c)
                        b = Batch
                        j = Join(d, s, b)
                        k = Join(r, 3)
                        out x = j
                        out y = t
                        out z = k
                        """));
    }

    private static String shared(String drawing) {
        return Drawn.draw(
                after(Place.class, drawing),
                node -> {
                    var text = new StringBuilder();
                    for (var out : node.outs) {
                        text.append(out.shared ? " shared" : " -");
                    }
                    return text.toString();
                });
    }

    @Test
    void whatAnOperatorThatSharesMemoryReadsOrMakesIsShared() {
        assertEquals(
                """
                s = Source - shared
                a = Copy(s) shared
                b = Batch(a) -
                p = Pair(b) - shared
                f = Shared(a, p.right | s.label) shared shared
                c = Copy(f.right) -
                out x = c
                out y = f
                """,
                shared(
                        """
                        s = Source
                        a = Copy(s)
                        b = Batch(a)
                        p = Pair(b)
                        f = Shared(a, p.right | s.label)
                        c = Copy(f.right)
                        out x = c
                        out y = f
                        """));
        assertEquals(
                """
                s = Source shared -
                f = Shared(s, 3) - shared
                c = Copy(f.right) -
                out x = c
                """,
                shared(
                        """
                        s = Source
                        f = Shared(s, 3)
                        c = Copy(f.right)
                        out x = c
                        """));
    }

    @Test
    void refusesDevicesThatAreNotHereTogetherWithWrongTypes() {
        var failure =
                assertThrows(
                        BadGraph.class,
                        () ->
                                after(
                                        Types.class,
                                        """
                                        s = Source
                                        a = Copy(s) gpu=0 at=Train.java:4
                                        b = Sloppy(s)
                                        c = Copy(s) gpu=1
                                        out x = a
                                        out y = b
                                        """));
        assertEquals(
                List.of(
                        "gpu(0) is not here: this build runs on the host only\n"
                                + "  at a (Copy), added at Train.java:4",
                        "Sloppy has 1 output and promises []\n  at b (Sloppy)"),
                failure.problems());
    }
}
