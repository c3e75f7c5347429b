package dev.headrace.engine.run;

import dev.headrace.engine.data.TensorSpec;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/// What is counted while running, always. Each thread counts for itself and one in sixteen samples
/// is timed, so that it costs next to nothing; the report adds up, a little behind.
final class Meters {
    private static final long TIMED_EVERY = 16;

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

    /// Time spent in a node, extrapolated from the samples that were timed.
    long nanos(int node) {
        long timed = all.stream().mapToLong(meter -> meter.timed[node]).sum();
        long nanos = all.stream().mapToLong(meter -> meter.nanos[node]).sum();
        return timed == 0 ? 0 : (long) ((double) nanos * samples(node) / timed);
    }

    long parkedNanos() {
        return all.stream().mapToLong(meter -> meter.parkedNanos).sum();
    }

    /// What one thread counted.
    static final class Meter {
        private final long[] samples;
        private final long[] timed;
        private final long[] nanos;
        private final long[] bytes;
        long parkedNanos;

        Meter(int nodes) {
            samples = new long[nodes];
            timed = new long[nodes];
            nanos = new long[nodes];
            bytes = new long[nodes];
        }

        boolean isTimed(long number) {
            return number % TIMED_EVERY == 0;
        }

        void ran(int node, boolean isTimed, long took) {
            samples[node]++;
            if (isTimed) {
                timed[node]++;
                nanos[node] += took;
            }
        }

        void ranBatch(int node, int count, long took, long wrote) {
            bytes[node] += wrote;
            samples[node] += count;
            timed[node] += count;
            nanos[node] += took;
        }

        void wrote(int node, TensorSpec spec) {
            bytes[node] += spec.bytes();
        }
    }
}
