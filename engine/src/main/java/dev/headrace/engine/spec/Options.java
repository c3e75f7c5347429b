package dev.headrace.engine.spec;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableSet;
import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/// How to run a graph. Immutable; begin with [#batchSize(int)].
///
/// @param batchSize samples in a batch of this pipeline, at least 1
/// @param threads worker threads, 1 to {@value #MOST_THREADS}; by default one a core
/// @param seed of all random numbers and orders that have no seed of their own; 0 by default
/// @param prefetch iterations begun ahead: after k batches were asked for, at most
///     `k + prefetch - 1` iterations were begun. At least 1, which computes nothing ahead; by
///     default 2
/// @param memoryLimitBytes native memory that may be lent and kept; by default half of the
///     machine's
/// @param outputs the names of the outputs wanted, if not all
/// @param badSamples what becomes of samples that cannot be used; by default they fail
/// @param lastBatch what becomes of a last batch that is not full; by default it is delivered so
/// @param shard which shard of the data this pipeline reads, from 0
/// @param shards among how many pipelines the data is divided
/// @param contiguous whether a shard is one contiguous range of the epoch's order, instead of a
///     slice of each global batch
/// @param cycle whether a source with fewer samples than another starts over within an epoch
/// @param checked whether operators' promises are verified while running, which is slow
/// @param closeWithin how long closing waits for operators that are running
/// @param streams which nodes of a device share a stream; by default those of a kind do
/// @param deviceSeeds whether nodes draw by the seed of the device that the outputs lie on
public record Options(
        int batchSize,
        int threads,
        long seed,
        int prefetch,
        long memoryLimitBytes,
        Optional<ImmutableSet<String>> outputs,
        BadSamples badSamples,
        LastBatch lastBatch,
        int shard,
        int shards,
        boolean contiguous,
        boolean cycle,
        boolean checked,
        Duration closeWithin,
        StreamPolicy streams,
        boolean deviceSeeds) {
    /// The most worker threads of one pipeline: {@value}.
    public static final int MOST_THREADS = 1024;

    public Options {
        checkArgument(batchSize >= 1, "batch size %s, at least 1 is needed", batchSize);
        checkArgument(threads >= 1, "%s threads, at least 1 is needed", threads);
        checkArgument(
                threads <= MOST_THREADS, "%s threads, at most %s are taken", threads, MOST_THREADS);
        checkArgument(prefetch >= 1, "prefetch %s, at least 1 is needed", prefetch);
        checkArgument(memoryLimitBytes > 0, "memory limit of %s bytes", memoryLimitBytes);
        checkArgument(
                shards >= 1 && shard >= 0 && shard < shards,
                "shard %s of %s: shards are counted from 0",
                shard,
                shards);
        checkArgument(!closeWithin.isNegative(), "close within %s", closeWithin);
        requireNonNull(outputs, "outputs");
        requireNonNull(badSamples, "badSamples");
        requireNonNull(lastBatch, "lastBatch");
        requireNonNull(streams, "streams");
    }

    /// Options with this batch size, and defaults for the rest.
    public static Options batchSize(int batchSize) {
        return new Options(
                batchSize,
                Runtime.getRuntime().availableProcessors(),
                0,
                2,
                halfOfMemory(),
                Optional.empty(),
                BadSamples.fail(),
                LastBatch.PARTIAL,
                0,
                1,
                false,
                false,
                false,
                Duration.ofSeconds(10),
                StreamPolicy.PER_KIND,
                false);
    }

    private static long halfOfMemory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize()
                / 2;
    }

    /// The same with so many worker threads.
    public Options threads(int number) {
        return with(change -> change.threads = number);
    }

    /// The same with this seed.
    public Options seed(long value) {
        return with(change -> change.seed = value);
    }

    /// The same with so many iterations ahead; 1 computes nothing ahead.
    public Options prefetch(int iterations) {
        return with(change -> change.prefetch = iterations);
    }

    /// The same with this limit on native memory.
    public Options memoryLimit(long bytes) {
        return with(change -> change.memoryLimitBytes = bytes);
    }

    /// The same, computing only these outputs and what they need.
    public Options outputs(String... names) {
        return with(change -> change.outputs = Optional.of(ImmutableSet.copyOf(names)));
    }

    /// The same with this policy for samples that cannot be used.
    public Options badSamples(BadSamples policy) {
        return with(change -> change.badSamples = policy);
    }

    /// The same with this policy for a last batch that is not full.
    public Options lastBatch(LastBatch policy) {
        return with(change -> change.lastBatch = policy);
    }

    /// The same for one shard: slice `index` of each global batch of `count` times the batch size.
    public Options shard(int index, int count) {
        return with(
                change -> {
                    change.shard = index;
                    change.shards = count;
                });
    }

    /// The same, with a shard being one contiguous range of the epoch's order.
    public Options contiguousShards() {
        return with(change -> change.contiguous = true);
    }

    /// The same, with sources of fewer samples starting over within an epoch.
    public Options cycled() {
        return with(change -> change.cycle = true);
    }

    /// The same, verifying while running what operators promise.
    public Options withChecks() {
        return with(change -> change.checked = true);
    }

    /// The same, with closing waiting so long for operators that are running.
    public Options closeWithin(Duration time) {
        return with(change -> change.closeWithin = time);
    }

    /// The same, with this policy for the streams of devices.
    public Options streams(StreamPolicy policy) {
        return with(change -> change.streams = policy);
    }

    /// The same, with the seed of the device that the outputs lie on in place of the pipeline's,
    /// for nodes on the host too: so replicas of a graph on several devices draw different values.
    public Options seedPerDevice() {
        return with(change -> change.deviceSeeds = true);
    }

    private Options with(Consumer<Change> what) {
        var change = new Change(this);
        what.accept(change);
        return change.done();
    }

    /// All components, to be changed.
    private static final class Change {
        int batchSize;
        int threads;
        long seed;
        int prefetch;
        long memoryLimitBytes;
        Optional<ImmutableSet<String>> outputs;
        BadSamples badSamples;
        LastBatch lastBatch;
        int shard;
        int shards;
        boolean contiguous;
        boolean cycle;
        boolean checked;
        Duration closeWithin;
        StreamPolicy streams;
        boolean deviceSeeds;

        Change(Options before) {
            batchSize = before.batchSize;
            threads = before.threads;
            seed = before.seed;
            prefetch = before.prefetch;
            memoryLimitBytes = before.memoryLimitBytes;
            outputs = before.outputs;
            badSamples = before.badSamples;
            lastBatch = before.lastBatch;
            shard = before.shard;
            shards = before.shards;
            contiguous = before.contiguous;
            cycle = before.cycle;
            checked = before.checked;
            closeWithin = before.closeWithin;
            streams = before.streams;
            deviceSeeds = before.deviceSeeds;
        }

        Options done() {
            return new Options(
                    batchSize,
                    threads,
                    seed,
                    prefetch,
                    memoryLimitBytes,
                    outputs,
                    badSamples,
                    lastBatch,
                    shard,
                    shards,
                    contiguous,
                    cycle,
                    checked,
                    closeWithin,
                    streams,
                    deviceSeeds);
        }
    }
}
