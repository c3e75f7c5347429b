package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// Time added up while something goes on.
class TallyTest {
    @Test
    void countsTheTimeOnceForEachPlace() {
        var tally = new Tally();
        assertEquals(0, tally.nanos(50));
        tally.goesOn(1, 100);
        assertEquals(10, tally.nanos(110));
        tally.goesOn(3, 110);
        assertEquals(10 + 3 * 5, tally.nanos(115));
        tally.goesOn(0, 120);
        assertEquals(10 + 3 * 10, tally.nanos(1000));
    }
}
