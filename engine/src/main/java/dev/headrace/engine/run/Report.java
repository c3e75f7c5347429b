package dev.headrace.engine.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.SampleId;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Comparator;
import java.util.Optional;

/// How a run has gone so far.
///
/// @param pipeline the graph's name
/// @param iterations batches delivered and failures thrown
/// @param samples samples delivered
/// @param failures iterations that failed
/// @param wall time from the first batch asked for until now, or until the pipeline was closed
/// @param exposed of it, the time in which the consumer stood still for data
/// @param waitedForConsumer how long complete batches lay ready before they were asked for, in sum
/// @param idle time since the first batch was asked for in which workers had nothing to do, in sum
///     over them
/// @param memoryWait time in which an iteration could have begun but for the memory limit
/// @param consumer how the consumer spent its time
/// @param setup what the run was given
/// @param batchesReady batches that are complete and not yet asked for
/// @param iterationsInFlight iterations begun and not yet delivered, with those that are ready
/// @param nodes by node, the dearest first
/// @param packedBytes bytes copied to make dense what did not lie in one block
/// @param lentBytes native memory on loan now
/// @param keptBytes native memory kept for reuse now
/// @param poolMisses how often memory was asked from the system
/// @param devices the memory of each device that the plan uses
/// @param errors messages of iterations that failed, the first {@value #MOST_LISTED}
/// @param badSamples samples that were skipped or replaced, the first {@value #MOST_LISTED}
/// @param badSampleCount how many there were in all
/// @param closed whether the pipeline was closed, so that nothing changes any more but the memory
///     that others still hold
/// @param holders bytes on loan now, by who holds them; once the pipeline is closed, the leaks
public record Report(
        String pipeline,
        long iterations,
        long samples,
        long failures,
        Duration wall,
        Duration exposed,
        Duration waitedForConsumer,
        Duration idle,
        Duration memoryWait,
        Consumer consumer,
        Setup setup,
        int batchesReady,
        int iterationsInFlight,
        ImmutableList<NodeRow> nodes,
        long packedBytes,
        long lentBytes,
        long keptBytes,
        long poolMisses,
        ImmutableList<DeviceRow> devices,
        ImmutableList<String> errors,
        ImmutableList<BadSampleRow> badSamples,
        long badSampleCount,
        boolean closed,
        ImmutableMap<String, Long> holders) {
    /// How many bad samples, and how many errors, are listed one by one: {@value}.
    public static final int MOST_LISTED = 100;

    /// How the consumer spent its time. The first batch is left out where it says so: waiting for
    /// it and working on it are slow in many ways.
    ///
    /// @param samples those delivered after the first batch
    /// @param waited time in which it stood still for data, after the first batch
    /// @param worked time between getting a batch and asking for the next, after the first batch
    /// @param restarted of what it waited, the time for the first batch after each pause
    /// @param paused time in which it had no batch and asked for none, as between epochs
    public record Consumer(
            long samples, Duration waited, Duration worked, Duration restarted, Duration paused) {}

    /// What the run was given.
    ///
    /// @param workers worker threads
    /// @param processors what the machine has of them, as far as this process may use them
    /// @param prefetch iterations begun ahead, see [dev.headrace.engine.spec.Options#prefetch()]
    /// @param memoryLimitBytes native memory that may be lent and kept
    public record Setup(int workers, int processors, int prefetch, long memoryLimitBytes) {}

    /// Memory of a device that the pipeline has taken.
    ///
    /// @param name as in `gpu(0)`
    /// @param lentBytes on loan now
    /// @param keptBytes kept for reuse now
    /// @param poolMisses how often memory was asked from the driver
    public record DeviceRow(String name, long lentBytes, long keptBytes, long poolMisses) {}

    /// What an operator is called on, and in which order.
    public enum Calls {
        /// One sample, on any worker.
        BY_SAMPLE,
        /// A batch; several batches at once.
        BY_BATCH,
        /// A batch, one after the other: it has state.
        BY_BATCH_IN_ORDER
    }

    /// One node.
    ///
    /// @param name the node's name
    /// @param kind the operator's name
    /// @param time spent in it, in sum over threads, extrapolated from one sample in sixteen
    /// @param helped of it, the time of workers that helped with its loops over samples
    /// @param samples handled
    /// @param bytes written to its outputs
    /// @param median what half of its calls stay within: for a sample, or for a batch where it is
    ///     called on that; at most a sixteenth off
    /// @param p99 what 99 in 100 of its calls stay within, likewise
    /// @param thread where it runs: [#WORKER], [#VIRTUAL], or the name of a thread of its own
    /// @param calls what it is called on
    /// @param source whether it reads the data
    /// @param remedy what the operator itself says to try where it holds the run back; may be empty
    public record NodeRow(
            String name,
            String kind,
            Duration time,
            Duration helped,
            long samples,
            long bytes,
            Duration median,
            Duration p99,
            String thread,
            Calls calls,
            boolean source,
            String remedy) {
        /// The thread of what runs on any of the workers: {@value}.
        public static final String WORKER = "worker";

        /// The thread of what runs on virtual threads: {@value}.
        public static final String VIRTUAL = "virtual";

        /// The time of the threads on which it was called.
        Duration called() {
            return time.minus(helped);
        }

        /// The time of workers in it.
        Duration onWorkers() {
            return thread.equals(WORKER) ? time : helped;
        }

        /// As in `image (DecodeImage)`.
        String title() {
            return name + " (" + kind + ")";
        }
    }

    /// One sample that could not be used.
    ///
    /// @param id where it would have stood
    /// @param message what was wrong, and where
    /// @param replacement what the source calls the sample that was tried in its place; empty where
    ///     there was none, since a value of yours took the place, or no source has names
    public record BadSampleRow(SampleId id, String message, Optional<String> replacement) {
        /// The message, and in a line below it what was tried in its place.
        public String text() {
            return message + replacement.map(name -> "\n  in its place: " + name).orElse("");
        }
    }

    /// Worker threads.
    public int workers() {
        return setup.workers();
    }

    /// Native memory that may be lent and kept.
    public long memoryLimitBytes() {
        return setup.memoryLimitBytes();
    }

    /// The share of time in which the consumer stood still for data, 0 to 1.
    public double exposedShare() {
        return wall.isZero() ? 0 : (double) exposed.toNanos() / wall.toNanos();
    }

    /// What holds the run back, and what to try.
    public Bottleneck bottleneck() {
        return Bottleneck.of(this);
    }

    /// Prints the report to standard output.
    public void print() {
        print(System.out);
    }

    /// Prints the report.
    public void print(PrintStream out) {
        out.print(this);
        out.flush();
    }

    /// A table to read in a terminal.
    @Override
    public String toString() {
        return new ReportText(this).toString();
    }

    static ImmutableList<NodeRow> dearestFirst(ImmutableList<NodeRow> rows) {
        return ImmutableList.sortedCopyOf(Comparator.comparing(NodeRow::time).reversed(), rows);
    }
}
