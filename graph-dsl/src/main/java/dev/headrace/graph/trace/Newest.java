package dev.headrace.graph.trace;

import java.util.Arrays;

/// Finds from when on things fit into a limit, without remembering each: their sizes are added up
/// by time, in a fixed number of spans that get wider as time goes on.
final class Newest {
    private static final int SPANS = 1 << 14;

    private final long[] sizes = new long[SPANS];
    private long origin;
    private long width = 1000; // in ns
    private boolean any;

    /// A thing of that time and size.
    ///
    /// @param at in ns; one that is earlier than the first counts as that
    void add(long at, long size) {
        if (!any) {
            any = true;
            origin = at;
        }
        while ((at - origin) / width >= SPANS) {
            widen();
        }
        sizes[(int) (Math.max(0, at - origin) / width)] += size;
    }

    private void widen() {
        for (int span = 0; span < SPANS / 2; span++) {
            sizes[span] = sizes[2 * span] + sizes[2 * span + 1];
        }
        Arrays.fill(sizes, SPANS / 2, SPANS, 0);
        width *= 2;
    }

    /// The time since when all things together do not pass a limit; the least there is where all
    /// fit.
    long since(long limit) {
        long sum = 0;
        for (int span = SPANS - 1; span >= 0; span--) {
            sum += sizes[span];
            if (sum > limit) {
                return origin + (span + 1) * width;
            }
        }
        return Long.MIN_VALUE;
    }
}
