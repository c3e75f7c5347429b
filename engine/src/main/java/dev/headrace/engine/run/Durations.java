package dev.headrace.engine.run;

import java.time.Duration;
import java.util.Arrays;

/// How often something took how long, in buckets each an eighth of a power of two wide: what is
/// read from it is off by at most a sixteenth, for times from 64 ns (below: by 4 ns) to 4 minutes.
///
/// Counted by one thread, and read by others a little behind. Counting allocates nothing.
final class Durations {
    private static final int SHORTEST = 6; // 64 ns, in bits; below there are eight buckets of 8 ns
    private static final int LONGEST = 38; // 4.6 minutes
    private static final int BUCKETS = 8 * (LONGEST - SHORTEST + 1);

    private final long[] counts = new long[BUCKETS];

    /// Counts a time.
    ///
    /// @param times how many it stands for
    void count(long nanos, long times) {
        counts[bucket(Math.clamp(nanos, 0, (1L << LONGEST) - 1))] += times;
    }

    /// Counts all that another has counted.
    void countAll(Durations others) {
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            counts[bucket] += others.counts[bucket];
        }
    }

    /// The time that a share of all stays within; zero if nothing was counted.
    ///
    /// @param share above 0, up to 1
    Duration within(double share) {
        double rank = share * Arrays.stream(counts).sum();
        long seen = 0;
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            seen += counts[bucket];
            if (seen > 0 && seen >= rank) {
                return Duration.ofNanos((lowest(bucket) + lowest(bucket + 1)) / 2);
            }
        }
        return Duration.ZERO;
    }

    private static int bucket(long nanos) {
        int power = 63 - Long.numberOfLeadingZeros(nanos);
        return power < SHORTEST
                ? (int) (nanos >>> 3)
                : 8 * (power - SHORTEST) + (int) (nanos >>> (power - 3)); // whose top bit adds 8
    }

    private static long lowest(int bucket) {
        return bucket < 8 ? 8L * bucket : (8L + bucket % 8) << (SHORTEST - 3 + bucket / 8 - 1);
    }
}
