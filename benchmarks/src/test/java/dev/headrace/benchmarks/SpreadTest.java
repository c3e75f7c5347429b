package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {
    @Test
    void theMedianOfAnEvenNumberLiesBetweenTheTwoInTheMiddle() {
        assertEquals(new Spread(2.5, 1, 9), Spread.of(List.of(9.0, 3.0, 1.0, 2.0)));
    }

    @Test
    void isReadAsMedianLeastAndGreatest() {
        var spread = new Spread(1234.5, 1, 2000);
        assertEquals("1,234.5 (1.0 to 2,000.0)", spread.text("%,.1f"));
    }

    @Test
    void whatDidNotVaryIsReadAsOneNumber() {
        assertEquals("0.25", new Spread(0.25, 0.25, 0.25).text("%.2f"));
    }

    @Test
    void aRatioIsTakenRoundByRound() {
        assertEquals(
                new Spread(2, 1, 4),
                Spread.ofRatios(List.of(100.0, 30.0, 80.0), List.of(50.0, 30.0, 20.0)));
    }
}
