package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/// What is counted of nodes, and how what is not timed is made up for.
class MetersTest {
    private final Meters meters = new Meters(2);
    private final Meters.Meter meter = meters.newMeter();

    /// Counts a sample that took so long in both nodes, if it is timed.
    private void run(long number, long took) {
        int standsFor = meter.standsFor(0, number);
        meter.ran(0, standsFor, standsFor > 0 ? took : 0);
        meter.ran(1, standsFor, standsFor > 0 ? took : 0);
    }

    @Test
    void theFirst256SamplesAreTimedAndThenOneInSixteenStandsForAll() {
        for (int number = 0; number < 256; number++) {
            run(number, 10);
        }
        assertEquals(2560, meters.nanos(0));
        for (int number = 256; number < 256 + 160; number++) {
            run(number, 20);
        }
        assertEquals(256 + 160, meters.samples(0));
        assertEquals(2560 + 160 * 20, meters.nanos(0));
        assertEquals(meters.nanos(0), meters.nanos(1));
        assertEquals(Duration.ofNanos(12), meters.durations(0).within(0.5));
        assertEquals(Duration.ofNanos(20), meters.durations(0).within(0.99));
    }

    @Test
    void theTimeOfANodeNeverGoesDown() {
        long before = 0;
        for (int number = 0; number < 1000; number++) {
            run(number, number % 32 == 0 ? 1 : 1000);
            assertTrue(meters.nanos(0) >= before, "after sample " + number);
            before = meters.nanos(0);
        }
    }
}
