package dev.headrace.engine.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import com.google.common.collect.ImmutableListMultimap;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ErrorsTest {
    private static final Where NODE = Where.node("grey", "Luma", Optional.of("Train.java:42"));

    @Test
    void aPlaceReadsAsAPersonWouldLookForIt() {
        assertEquals("grey (Luma), added at Train.java:42", NODE.toString());
        assertEquals("grey (Luma)", Where.node("grey", "Luma", Optional.empty()).toString());
        assertEquals(
                "grey (Luma), added at Train.java:42, iteration 4", NODE.inIteration(4).toString());
        assertEquals(
                "grey (Luma), added at Train.java:42, iteration 4, sample 17 [cats/0017.jpg]",
                NODE.inIteration(4).atSample(17, Optional.of("cats/0017.jpg")).toString());
        assertEquals(
                "grey (Luma), added at Train.java:42, sample 0",
                NODE.atSample(0, Optional.empty()).toString());
    }

    @Test
    void aFailureSaysWhatThenWhere() {
        var cause = new IllegalStateException("inner");
        var failures =
                new HeadraceException[] {
                    new BadSample("it broke", NODE, cause),
                    new BadBatch("it broke", NODE, cause),
                    new NoRoom("it broke", NODE, cause),
                };
        for (var failure : failures) {
            assertEquals(
                    "it broke\n  at grey (Luma), added at Train.java:42", failure.getMessage());
            assertEquals("it broke", failure.what());
            assertEquals(Optional.of(NODE), failure.where());
            assertSame(cause, failure.getCause());
        }
    }

    @Test
    void aFailureMayNotKnowItsPlaceYet() {
        var cause = new IllegalStateException("inner");
        var failures =
                new HeadraceException[] {
                    new BadSample("it broke", cause),
                    new BadBatch("it broke", cause),
                    new NoRoom("it broke", cause),
                };
        for (var failure : failures) {
            assertEquals("it broke", failure.getMessage());
            assertEquals(Optional.empty(), failure.where());
            assertSame(cause, failure.getCause());
        }
        assertNull(new BadSample("it broke").getCause());
        assertNull(new BadBatch("it broke").getCause());
        assertNull(new NoRoom("it broke").getCause());
    }

    @Test
    void aBadGraphTellsAllProblemsAtOnce() {
        assertEquals("no nodes", new BadGraph("no nodes").getMessage());
        var one = new BadGraph("takes 2 inputs, got 1", NODE);
        assertEquals(
                "takes 2 inputs, got 1\n  at grey (Luma), added at Train.java:42",
                one.getMessage());
        var problems = new ArrayList<>(List.of(one.getMessage(), "no outputs"));
        var both = new BadGraph(problems);
        problems.clear();
        assertEquals(
                """
                2 problems:
                takes 2 inputs, got 1
                  at grey (Luma), added at Train.java:42
                no outputs""",
                both.getMessage());
        assertEquals(List.of(one.getMessage(), "no outputs"), both.problems());
        assertEquals(ImmutableListMultimap.of("grey", one.getMessage()), one.problemsByNode());
        assertEquals(ImmutableListMultimap.of(), both.problemsByNode());
    }
}
