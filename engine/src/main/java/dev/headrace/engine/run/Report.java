package dev.headrace.engine.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.SampleId;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;

/// How a run has gone so far.
///
/// @param pipeline the graph's name
/// @param iterations batches delivered and failures thrown
/// @param samples samples delivered
/// @param failures iterations that failed
/// @param wall time from the first batch asked for until now, or until the pipeline was closed
/// @param exposed of it, the time in which the consumer stood still for data
/// @param waitedForConsumer how long complete batches lay ready before they were asked for, in sum
/// @param idle time in which workers had nothing to do, in sum over them
/// @param nodes by node, the dearest first
/// @param packedBytes bytes copied to make dense what did not lie in one block
/// @param lentBytes native memory on loan now
/// @param keptBytes native memory kept for reuse now
/// @param poolMisses how often memory was asked from the system
/// @param badSamples samples that were skipped or replaced, the first {@value #MOST_LISTED}
/// @param badSampleCount how many there were in all
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
        ImmutableList<NodeRow> nodes,
        long packedBytes,
        long lentBytes,
        long keptBytes,
        long poolMisses,
        ImmutableList<BadSampleRow> badSamples,
        long badSampleCount,
        ImmutableMap<String, Long> holders) {
    /// How many bad samples are listed one by one: {@value}.
    public static final int MOST_LISTED = 100;

    /// One node.
    ///
    /// @param name the node's name
    /// @param kind the operator's name
    /// @param time spent in it, in sum over workers, extrapolated from one sample in sixteen
    /// @param samples handled
    /// @param bytes written to its outputs
    public record NodeRow(String name, String kind, Duration time, long samples, long bytes) {}

    /// One sample that could not be used.
    ///
    /// @param id where it would have stood
    /// @param message what was wrong, and where
    public record BadSampleRow(SampleId id, String message) {}

    /// The share of time in which the consumer stood still for data, 0 to 1.
    public double exposedShare() {
        return wall.isZero() ? 0 : (double) exposed.toNanos() / wall.toNanos();
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
        double seconds = wall.toNanos() / 1e9;
        var text = new StringBuilder();
        line(
                text,
                "%s: %,d batches, %,d samples in %.1f s (%,.0f samples/s)",
                pipeline,
                iterations - failures,
                samples,
                seconds,
                seconds == 0 ? 0 : samples / seconds);
        line(text, "  consumer stood still for data %5.1f %% of the time", 100 * exposedShare());
        line(
                text,
                "  batches lay ready %s in sum; workers were idle %s in sum",
                time(waitedForConsumer),
                time(idle));
        line(
                text,
                "  memory: %s lent, %s kept, asked from the system %,d times; %s copied to pack",
                bytes(lentBytes),
                bytes(keptBytes),
                poolMisses,
                bytes(packedBytes));
        if (failures > 0) {
            line(text, "  iterations that failed: %,d", failures);
        }
        long total = Math.max(1, nodes.stream().mapToLong(row -> row.time().toNanos()).sum());
        int width =
                nodes.stream()
                        .mapToInt(row -> row.name().length() + row.kind().length() + 3)
                        .max()
                        .orElse(4);
        line(
                text,
                "  %-" + width + "s %10s %6s %12s %12s %12s",
                "node",
                "time",
                "share",
                "samples",
                "µs/sample",
                "bytes");
        for (var row : nodes) {
            line(
                    text,
                    "  %-" + width + "s %10s %5.1f%% %,12d %12.2f %12s",
                    row.name() + " (" + row.kind() + ")",
                    time(row.time()),
                    100.0 * row.time().toNanos() / total,
                    row.samples(),
                    row.samples() == 0 ? 0 : row.time().toNanos() / 1e3 / row.samples(),
                    bytes(row.bytes()));
        }
        if (badSampleCount > 0) {
            line(text, "  bad samples: %,d", badSampleCount);
            badSamples.forEach(
                    row -> line(text, "    %s", row.message().replace("\n", "\n      ")));
        }
        return text.toString();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private static String time(Duration time) {
        double seconds = time.toNanos() / 1e9;
        return seconds < 1
                ? String.format(Locale.ROOT, "%.1f ms", 1e3 * seconds)
                : String.format(Locale.ROOT, "%.2f s", seconds);
    }

    private static String bytes(long bytes) {
        if (bytes < 1 << 20) {
            return String.format(Locale.ROOT, "%,d B", bytes);
        }
        return bytes < 10L << 30
                ? String.format(Locale.ROOT, "%,.1f MiB", bytes / 0x1p20)
                : String.format(Locale.ROOT, "%,.1f GiB", bytes / 0x1p30);
    }

    static ImmutableList<NodeRow> dearestFirst(ImmutableList<NodeRow> rows) {
        return ImmutableList.sortedCopyOf(Comparator.comparing(NodeRow::time).reversed(), rows);
    }
}
