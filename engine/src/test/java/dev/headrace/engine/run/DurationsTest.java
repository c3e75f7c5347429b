package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// How times are counted in buckets, and what is read from them.
class DurationsTest {
    private static void assertClose(long exact, long read, String what) {
        long off = Math.max(4, exact / 16);
        assertTrue(Math.abs(read - exact) <= off, what + ": " + read + ", not " + exact);
    }

    @Test
    void eachTimeIsReadWithinASixteenth() {
        var random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            long nanos = random.nextLong(1L << random.nextInt(1, 38));
            var one = new Durations();
            one.count(nanos, 1);
            assertClose(nanos, one.within(0.5).toNanos(), "seed 7, time " + i);
            assertClose(nanos, one.within(1).toNanos(), "seed 7, time " + i);
        }
    }

    @Test
    void timesOutOfRangeAreCountedAtItsEnds() {
        var durations = new Durations();
        durations.count(-5, 1);
        durations.count(Long.MAX_VALUE, 1);
        assertEquals(Duration.ofNanos(4), durations.within(0.5));
        assertClose(1L << 38, durations.within(1).toNanos(), "the longest");
    }

    @Test
    void readsHowLongAShareTakes() {
        var durations = new Durations();
        for (int i = 1; i <= 100; i++) {
            durations.count(i * 1_000, 1);
        }
        assertClose(50_000, durations.within(0.5).toNanos(), "half of them");
        assertClose(99_000, durations.within(0.99).toNanos(), "99 of 100");
    }

    @Test
    void oneThatStandsForManyCountsAsMany() {
        var durations = new Durations();
        durations.count(1_000, 15);
        durations.count(64_000, 16);
        assertClose(64_000, durations.within(0.5).toNanos(), "the 16th of 31");
        assertClose(1_000, durations.within(0.4).toNanos(), "the 13th of 31");
    }

    @Test
    void addsUpWhatSeveralThreadsHaveCounted() {
        var one = new Durations();
        one.count(1_000, 2);
        var other = new Durations();
        other.count(64_000, 1);
        other.countAll(one);
        assertClose(1_000, other.within(0.6).toNanos(), "two of three");
        assertClose(64_000, other.within(1).toNanos(), "three of three");
    }

    @Test
    void nothingCountedTakesNoTime() {
        assertEquals(Duration.ZERO, new Durations().within(0.99));
    }

    @Test
    void countingAllocatesNothing() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var durations = new Durations();
        durations.count(1, 1);
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            durations.count(i, 16);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(allocated < 10_000, allocated + " bytes for 10,000 times");
    }
}
