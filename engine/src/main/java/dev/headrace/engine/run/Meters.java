package dev.headrace.engine.run;

import dev.headrace.engine.data.TensorSpec;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/// What is counted while running, always. Each thread counts for itself. It times each of its first
/// samples, which are slow, and later one in sixteen, so that it costs next to nothing. The report
/// adds up, a little behind.
final class Meters {
    private static final int TIMED_EVERY = 16;
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

    /// Time of the threads that called a node: that of the samples which were timed, each as often
    /// as it stands for. It never goes down.
    long nanos(int node) {
        return all.stream().mapToLong(meter -> meter.nanos[node]).sum();
    }

    /// Time of workers that helped with a node's loops over samples.
    long helpedNanos(int node) {
        return all.stream().mapToLong(meter -> meter.helpedNanos[node]).sum();
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
        private final long[] nanos;
        private final long[] helpedNanos;
        private final long[] bytes;
        private final Durations[] durations; // those of nodes that ran here

        Meter(int nodes) {
            samples = new long[nodes];
            nanos = new long[nodes];
            helpedNanos = new long[nodes];
            bytes = new long[nodes];
            durations = new Durations[nodes];
        }

        /// For how many samples the next one through a node stands: it is timed unless for none.
        ///
        /// @param number of the sample, evenly distributed
        int standsFor(int node, long number) {
            if (samples[node] < ALL_TIMED) {
                return 1;
            }
            return number % TIMED_EVERY == 0 ? TIMED_EVERY : 0;
        }

        void ran(int node, int standsFor, long took) {
            samples[node]++;
            if (standsFor > 0) {
                time(node, standsFor, took);
            }
        }

        void ranBatch(int node, int count, long took, long wrote) {
            bytes[node] += wrote;
            samples[node] += count;
            time(node, 1, took);
        }

        void helped(int node, long took) {
            helpedNanos[node] += took;
        }

        private void time(int node, int times, long took) {
            nanos[node] += times * took;
            durations(node).count(took, times);
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
