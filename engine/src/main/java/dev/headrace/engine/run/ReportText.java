package dev.headrace.engine.run;

import dev.headrace.engine.run.Report.Calls;
import dev.headrace.engine.run.Report.NodeRow;
import java.time.Duration;
import java.util.Locale;

/// A report as text to read in a terminal.
final class ReportText {
    private final Report report;
    private final StringBuilder text = new StringBuilder();

    ReportText(Report report) {
        this.report = report;
        summary();
        waits();
        table();
        if (report.badSampleCount() > 0) {
            line("  bad samples: %,d", report.badSampleCount());
            report.badSamples().forEach(row -> line("    %s", row.text().replace("\n", "\n    ")));
        }
    }

    /// What was delivered, in one line.
    static String delivered(Report report) {
        double seconds = report.wall().toNanos() / 1e9;
        return format(
                "%s: %,d batches, %,d samples in %.1f s (%,.0f samples/s)",
                report.pipeline(),
                report.iterations() - report.failures(),
                report.samples(),
                seconds,
                seconds == 0 ? 0 : report.samples() / seconds);
    }

    /// The share of time in which training stood still, in one line.
    static String exposed(Report report) {
        return format(
                "training stood still for data %5.1f %% of the time", 100 * report.exposedShare());
    }

    private void summary() {
        line("%s", delivered(report));
        line("  %s", exposed(report));
        line("  %s", report.bottleneck().sentence());
    }

    private void waits() {
        double all = (double) report.workers() * report.wall().toNanos();
        line(
                "  workers (%d) were idle %.1f %% of the time; batches lay ready %s in sum",
                report.workers(),
                all == 0 ? 0 : 100 * Math.min(1, report.idle().toNanos() / all),
                time(report.waitedForConsumer()));
        line(
                "  now %d iterations in flight, %d of them ready",
                report.iterationsInFlight(), report.batchesReady());
        line(
                "  memory: %s lent, %s kept, limit %s, asked from the system %,d times;"
                        + " %s copied to pack",
                bytes(report.lentBytes()),
                bytes(report.keptBytes()),
                bytes(report.memoryLimitBytes()),
                report.poolMisses(),
                bytes(report.packedBytes()));
        for (var device : report.devices()) {
            line(
                    "  memory of %s: %s lent, %s kept, asked from the driver %,d times",
                    device.name(),
                    bytes(device.lentBytes()),
                    bytes(device.keptBytes()),
                    device.poolMisses());
        }
        if (!report.memoryWait().isZero()) {
            line(
                    "  only the memory limit kept an iteration from beginning for %s",
                    time(report.memoryWait()));
        }
        if (report.failures() > 0) {
            line("  iterations that failed: %,d", report.failures());
        }
    }

    private void table() {
        var nodes = report.nodes();
        long total = Math.max(1, nodes.stream().mapToLong(row -> row.time().toNanos()).sum());
        int width = nodes.stream().mapToInt(row -> row.title().length()).max().orElse(4);
        var columns = "  %-" + width + "s %10s %6s %12s %12s %10s %10s %12s";
        line(
                columns + " %s",
                "node",
                "time",
                "share",
                "samples",
                "µs/sample",
                "p50",
                "p99",
                "bytes",
                "thread");
        for (var row : nodes) {
            line(
                    columns + " %s",
                    row.title(),
                    time(row.time()),
                    format("%.1f%%", 100.0 * row.time().toNanos() / total),
                    format("%,d", row.samples()),
                    format(
                            "%.2f",
                            row.samples() == 0 ? 0 : row.time().toNanos() / 1e3 / row.samples()),
                    time(row.median()),
                    time(row.p99()),
                    bytes(row.bytes()),
                    thread(row));
        }
    }

    private static String thread(NodeRow row) {
        return row.calls() == Calls.BY_SAMPLE ? row.thread() : row.thread() + ", by batch";
    }

    private void line(String format, Object... values) {
        text.append(format(format, values)).append('\n');
    }

    private static String format(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    static String time(Duration time) {
        double seconds = time.toNanos() / 1e9;
        if (seconds < 1e-3) {
            return format("%.1f µs", 1e6 * seconds);
        }
        return seconds < 1 ? format("%.1f ms", 1e3 * seconds) : format("%.2f s", seconds);
    }

    static String bytes(long bytes) {
        if (bytes < 1 << 20) {
            return format("%,d B", bytes);
        }
        return bytes < 10L << 30
                ? format("%,.1f MiB", bytes / 0x1p20)
                : format("%,.1f GiB", bytes / 0x1p30);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
