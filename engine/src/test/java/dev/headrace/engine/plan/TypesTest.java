package dev.headrace.engine.plan;

import static dev.headrace.engine.plan.Drawn.after;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.error.BadGraph;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TypesTest {
    private static String promises(String drawing) {
        return Drawn.draw(
                after(Types.class, drawing),
                node ->
                        node.outs.stream()
                                .map(out -> " : " + out.promise)
                                .collect(Collectors.joining()));
    }

    private static BadGraph failure(String drawing) {
        return assertThrows(BadGraph.class, () -> after(Types.class, drawing));
    }

    @Test
    void propagatesWhatIsKnown() {
        assertEquals(
                """
                s = Source : UINT8 HWC ?×?×3 : INT64 scalar
                a = Copy(s) : UINT8 HWC ?×?×3
                b = Grey(a) : FLOAT32 HWC ?×?×1
                c = Add[1](b) : ?
                d = Copy(c) : ?
                e = Copy(2) : FLOAT64 scalar
                f = Grey(c) : FLOAT32 HWC ?×?×1
                out x = d
                out y = e
                out z = s.label
                out w = f
                """,
                promises(
                        """
                        s = Source
                        a = Copy(s)
                        b = Grey(a)
                        c = Add[1](b)
                        d = Copy(c)
                        e = Copy(2)
                        f = Grey(c)
                        out x = d
                        out y = e
                        out z = s.label
                        out w = f
                        """));
    }

    @Test
    void namesBothLinesOfAContradiction() {
        assertEquals(
                List.of(
                        """
                        Grey takes 3 channels, got FLOAT32 HWC ?×?×1
                          at b (Grey), added at Train.java:5
                          fed by a (Grey), added at Train.java:4\
                        """),
                failure(
                                "s = Source; a = Grey(s) at=Train.java:4; b = Grey(a) at=Train.java:5; out x = b")
                        .problems());
    }

    @Test
    void goesOnBehindAContradictionAsIfNothingWereKnown() {
        assertEquals(
                List.of(
                        """
                        Grey takes 3 channels, got FLOAT32 HWC ?×?×1
                          at b (Grey)
                          fed by a (Grey)\
                        """,
                        """
                        Grey takes 3 channels, got FLOAT32 HWC ?×?×1
                          at d (Grey)
                          fed by a (Grey)\
                        """),
                failure(
                                "s = Source; a = Grey(s); b = Grey(a); c = Grey(b); d = Grey(a) named;"
                                        + " out x = c; out y = d")
                        .problems());
    }

    @Test
    void namesAnOperatorWhosePromiseFailsAndKeepsTheFailure() {
        var failure = failure("s = Source; c = Coin; a = Broken(s | c); out x = a");
        assertEquals(
                """
                Broken cannot say what it gives: java.lang.IndexOutOfBoundsException: axis 3
                  at a (Broken)
                  fed by s (Source)\
                """,
                failure.getMessage());
        assertInstanceOf(IndexOutOfBoundsException.class, failure.getSuppressed()[0]);
    }

    @Test
    void refusesAPromiseOfTheWrongLength() {
        assertEquals(
                List.of("Sloppy has 1 output and promises []\n  at a (Sloppy)"),
                failure("s = Source; a = Sloppy(s); out x = a").problems());
    }

    @Test
    void countsWhatIsKnown() {
        assertEquals(
                List.of("4 values: 2 known whole, 1 in part, 1 open"),
                after(
                                Types.class,
                                "s = Source; e = Copy(2); c = Add[1](s); out x = c; out y = e;"
                                        + " out z = s.label")
                        .said
                        .get("types"));
    }
}
