package dev.headrace.engine.run;

import dev.headrace.engine.data.TensorSpec;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/// What is counted while running, always. Each thread counts for itself. It times each of its first
/// samples, which are slow, and later one in sixteen, so that it costs next to nothing. The report
/// adds up, a little behind.
final class Meters {
    private static final long TIMED_EVERY = 16;
    private static final long ALL_TIMED = 256;

    private final int nodes;
    private final List<Meter> all = new CopyOnWriteArrayList<>();
    private final AtomicLong packedBytes = new AtomicLong();

    Meters(int nodes) {
        this.nodes = nodes;
    }

    Meter newMeter() {
        var meter = new Meter(nodes);
        all.add(meter);
        return meter;
    }

    void packed(long bytes) {
        packedBytes.addAndGet(bytes);
    }

    long packedBytes() {
        return packedBytes.get();
    }

    long samples(int node) {
        return all.stream().mapToLong(meter -> meter.samples[node]).sum();
    }

    long bytes(int node) {
        return all.stream().mapToLong(meter -> meter.bytes[node]).sum();
    }

    /// Time spent in a node: that of the samples which were all timed, and that of the others
    /// extrapolated from those which were.
    long nanos(int node) {
        long exact = 0;
        long others = 0;
        long timed = 0;
        long nanos = 0;
        for (var meter : all) {
            exact += meter.exactNanos[node];
            others += meter.samples[node] - meter.exact[node];
            timed += meter.timed[node];
            nanos += meter.nanos[node];
        }
        return exact + (timed == 0 ? 0 : (long) ((double) nanos * others / timed));
    }

    /// How long a node takes with a sample; a batch operator, with a batch.
    Durations durations(int node) {
        var sum = new Durations();
        for (var meter : all) {
            var durations = meter.durations[node];
            if (durations != null) {
                sum.countAll(durations);
            }
        }
        return sum;
    }

    /// What one thread counted.
    static final class Meter {
        private final long[] samples;
        private final long[] exact;
        private final long[] exactNanos;
        private final long[] timed;
        private final long[] nanos;
        private final long[] bytes;
        private final Durations[] durations; // those of nodes that ran here

        Meter(int nodes) {
            samples = new long[nodes];
            exact = new long[nodes];
            exactNanos = new long[nodes];
            timed = new long[nodes];
            nanos = new long[nodes];
            bytes = new long[nodes];
            durations = new Durations[nodes];
        }

        /// Whether the next sample through a node is timed.
        ///
        /// @param number of the sample, evenly distributed
        boolean isTimed(int node, long number) {
            return samples[node] < ALL_TIMED || number % TIMED_EVERY == 0;
        }

        void ran(int node, boolean isTimed, long took) {
            if (isTimed && samples[node] < ALL_TIMED) {
                exact[node]++;
                exactNanos[node] += took;
                durations(node).count(took, 1);
            } else if (isTimed) {
                timed[node]++;
                nanos[node] += took;
                durations(node).count(took, TIMED_EVERY);
            }
            samples[node]++;
        }

        void ranBatch(int node, int count, long took, long wrote) {
            bytes[node] += wrote;
            samples[node] += count;
            exact[node] += count;
            exactNanos[node] += took;
            durations(node).count(took, 1);
        }

        private Durations durations(int node) {
            var known = durations[node];
            if (known == null) {
                known = new Durations();
                durations[node] = known;
            }
            return known;
        }

        void wrote(int node, TensorSpec spec) {
            bytes[node] += spec.bytes();
        }
    }
}
