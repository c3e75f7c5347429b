package dev.headrace.engine.run;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.spec.LastBatch;
import dev.headrace.engine.spec.Options;

/// Which samples an iteration takes: a pure function of its place, the options and the number of
/// samples.
///
/// In the order of an epoch, each global batch takes the next `shards × batchSize` positions, and a
/// shard one slice of them; or a shard takes one contiguous range of the whole order.
final class Schedule {
    /// The size of a graph without indexed sources, whose epoch has no end of its own.
    static final long UNKNOWN = -1;

    private final Options options;
    private final long size;
    private final long start;
    private final long share;
    private final long stride;
    private final long offset;
    private final long full;
    private final long iterations;

    /// @param size samples of an epoch, all shards together, or [#UNKNOWN]
    /// @throws BadGraph if an epoch would be empty for this shard
    Schedule(Options options, long size) {
        this.options = options;
        this.size = size;
        int shards = options.shards();
        int shard = options.shard();
        int batch = options.batchSize();
        if (size != UNKNOWN && size < shards) {
            throw new BadGraph(shards + " shards of " + size + " samples: some would be empty");
        }
        boolean ranges = options.contiguous() && size != UNKNOWN;
        start = ranges ? part(size, shard, shards) : 0;
        share = ranges ? part(size, shard + 1, shards) - start : size;
        stride = ranges ? batch : (long) batch * shards;
        offset = ranges ? 0 : (long) batch * shard;
        if (size == UNKNOWN) {
            full = Long.MAX_VALUE;
            iterations = Long.MAX_VALUE;
            return;
        }
        long present = ranges && options.lastBatch() == LastBatch.DROP ? size / shards : share;
        full = present / stride;
        long longest = ranges ? (size + shards - 1) / shards : size;
        iterations =
                switch (options.lastBatch()) {
                    case DROP -> full;
                    case FILL, PAD -> (longest + stride - 1) / stride;
                    case PARTIAL -> full + (partialCount(share % stride) > 0 ? 1 : 0);
                };
        if (iterations == 0) { // only where they are dropped, since no shard is without samples
            throw new BadGraph(
                    "every epoch would be empty: "
                            + present
                            + " samples, batches of "
                            + stride
                            + ", and a last batch that is not full is dropped");
        }
    }

    private static long part(long whole, int shard, int shards) {
        return whole / shards * shard + whole % shards * shard / shards;
    }

    private long partialCount(long rest) {
        return stride == options.batchSize()
                ? rest
                : part(rest, options.shard() + 1, options.shards())
                        - part(rest, options.shard(), options.shards());
    }

    /// Iterations of an epoch, `Long.MAX_VALUE` where it has no end of its own.
    long iterations() {
        return iterations;
    }

    /// Samples of an iteration.
    int count(long iteration) {
        return iteration < full || options.lastBatch() != LastBatch.PARTIAL
                ? options.batchSize()
                : (int) partialCount(share % stride);
    }

    /// How many samples at the end of an iteration repeat others.
    int padding(long iteration) {
        if (size == UNKNOWN || options.lastBatch() == LastBatch.PARTIAL) {
            return 0;
        }
        long present = share - iteration * stride - offset;
        return Math.clamp(options.batchSize() - present, 0, options.batchSize());
    }

    /// Writes the ids of an iteration's samples.
    void fill(long epoch, long iteration, Ids ids) {
        long first = iteration * stride + offset;
        if (size != UNKNOWN && options.lastBatch() == LastBatch.PARTIAL && iteration >= full) {
            boolean sliced = stride != options.batchSize();
            first =
                    iteration * stride
                            + (sliced
                                    ? part(share % stride, options.shard(), options.shards())
                                    : 0);
        }
        for (int slot = 0; slot < ids.count(); slot++) {
            long place = first + slot;
            if (size == UNKNOWN || place < share) {
                ids.set(slot, epoch, start + place, 0);
            } else if (options.lastBatch() == LastBatch.PAD) {
                ids.set(slot, epoch, start + share - 1, 0);
            } else {
                ids.set(slot, epoch + place / share, start + place % share, 0);
            }
        }
    }
}
