package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GoalTest {
    @Test
    void theBoundItselfIsEnough() {
        assertTrue(Goal.atLeast(2.5).isReached(2.5));
        assertFalse(Goal.atLeast(2.5).isReached(2.49));
        assertTrue(Goal.atMost(20).isReached(20));
        assertFalse(Goal.atMost(20).isReached(20.1));
    }

    @Test
    void theShareIsOneAtTheGoalAndMoreBeyondIt() {
        assertEquals(0.5, Goal.atLeast(2).share(1));
        assertEquals(2, Goal.atMost(20).share(10));
        assertEquals(1, Goal.atMost(0).share(0));
        assertEquals(0, Goal.atMost(0).share(3));
        assertEquals(Double.POSITIVE_INFINITY, Goal.atMost(20).share(0));
    }

    @Test
    void isReadWithItsSign() {
        assertEquals("≥ 2.50", Goal.atLeast(2.5).text("%.2f"));
        assertEquals("≤ 65,536 B", Goal.atMost(65536).text("%,.0f B"));
    }
}
