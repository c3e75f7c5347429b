package dev.headrace.benchmarks;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.List;

/// A pipeline that a side can open.
///
/// @param said its settings, to be read
/// @param command what the side is told
record Setup(String said, ImmutableList<Object> command) {
    Setup(String said, Object... command) {
        this(said, ImmutableList.copyOf(command));
    }

    /// The same with two more words: threads, and batches that it runs ahead.
    Setup with(int threads, int prefetch) {
        return new Setup(
                "%s, threads %d, prefetch %d".formatted(said, threads, prefetch),
                ImmutableList.builder().addAll(command).add(threads, prefetch).build());
    }

    /// Opens it, in place of the one before.
    void build(Side side) throws IOException {
        side.ask("build", command);
    }

    /// The fastest of those tried, each for a moment.
    static Setup fastest(Side side, List<Setup> setups, double seconds, Workplace workplace)
            throws IOException {
        Setup best = null;
        double bestRate = 0;
        for (var tried : setups) {
            tried.build(side);
            side.run(seconds / 4);
            double rate = side.run(seconds).perSecond();
            workplace.say("%s with %s: %,.0f samples/s", side.name(), tried.said(), rate);
            if (rate > bestRate) {
                best = tried;
                bestRate = rate;
            }
        }
        return best;
    }
}
