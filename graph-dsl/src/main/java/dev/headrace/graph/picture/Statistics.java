package dev.headrace.graph.picture;

import com.google.gson.JsonObject;
import dev.headrace.engine.run.Report;
import java.time.Duration;

/// A report as JSON, as the page's script takes it. Times are in seconds.
final class Statistics {
    private Statistics() {}

    static JsonObject json(Report report) {
        var json = new JsonObject();
        json.add("run", run(report));
        double total =
                Math.max(
                        1e-9,
                        report.nodes().stream().mapToDouble(row -> seconds(row.time())).sum());
        var nodes = new JsonObject();
        for (var row : report.nodes()) {
            nodes.add(Escapes.plain(row.name()), node(row, total));
        }
        json.add("nodes", nodes);
        return json;
    }

    private static JsonObject run(Report report) {
        var run = new JsonObject();
        double seconds = seconds(report.wall());
        run.addProperty("seconds", seconds);
        run.addProperty("batches", report.iterations() - report.failures());
        run.addProperty("samples", report.samples());
        run.addProperty("samplesPerSecond", seconds == 0 ? 0 : report.samples() / seconds);
        run.addProperty("failures", report.failures());
        run.addProperty("badSamples", report.badSampleCount());
        run.addProperty("stoodStillShare", report.exposedShare());
        run.addProperty("stoodStillSeconds", seconds(report.exposed()));
        run.addProperty("idleShare", idleShare(report));
        run.addProperty("batchesReady", report.batchesReady());
        run.addProperty("iterationsInFlight", report.iterationsInFlight());
        run.addProperty("lentBytes", report.lentBytes());
        run.addProperty("limitBytes", report.memoryLimitBytes());
        run.addProperty("sentence", report.bottleneck().sentence());
        return run;
    }

    private static double idleShare(Report report) {
        double all = report.workers() * seconds(report.wall());
        return all == 0 ? 0 : Math.min(1, seconds(report.idle()) / all);
    }

    private static JsonObject node(Report.NodeRow row, double total) {
        var node = new JsonObject();
        double seconds = seconds(row.time());
        node.addProperty("seconds", seconds);
        node.addProperty("share", seconds / total);
        node.addProperty("samples", row.samples());
        node.addProperty("secondsPerSample", row.samples() == 0 ? 0 : seconds / row.samples());
        node.addProperty("samplesPerSecond", seconds == 0 ? 0 : row.samples() / seconds);
        var call = row.calls() == Report.Calls.BY_SAMPLE ? "Sample" : "Batch";
        node.addProperty("median" + call + "Seconds", seconds(row.median()));
        node.addProperty("p99" + call + "Seconds", seconds(row.p99()));
        node.addProperty("bytes", row.bytes());
        node.addProperty("thread", row.thread());
        return node;
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
