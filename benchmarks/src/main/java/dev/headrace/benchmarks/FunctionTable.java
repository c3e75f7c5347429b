package dev.headrace.benchmarks;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;

/// What Python functions cost, for people and for programs.
final class FunctionTable {
    private static final String START = "%5s  %-17s %-7s  %-6s %26s  %-25s %32s  %20s  %20s  ";
    private static final String HEADER = START + "%-13s %9s  %s";
    private static final String ROW = START + "%.2f %-8s %,9.0f  %s";

    private FunctionTable() {}

    static String text(
            JsonObject result, List<FunctionTrial> trials, Optional<FunctionWorkers> workers) {
        var text = new StringBuilder("\n");
        Table.header(text, result);
        Table.line(
                text,
                "identity behind a constant, one iteration at a time; µs an iteration:"
                        + " median of the rounds, least to greatest");
        Table.line(
                text,
                HEADER,
                "batch",
                "sample",
                "call",
                "view",
                "Headrace, µs",
                "NVIDIA DALI",
                "its µs",
                "share of its time",
                "by time of computing",
                "goal",
                "copied, B",
                "DALI with");
        for (var trial : trials) {
            Table.line(
                    text,
                    ROW,
                    trial.of().batch(),
                    trial.of().sample(),
                    trial.of().mode(),
                    trial.goal().view(),
                    trial.ourMicros().text("%,.1f"),
                    trial.goal().peer(),
                    trial.peerMicros().text("%,.1f"),
                    trial.ratio().text("%.2f"),
                    trial.cpuRatio().text("%.2f"),
                    trial.goal().share(),
                    trial.isReached() ? "reached" : "missed",
                    trial.copied(),
                    trial.peerSettings());
        }
        workers.ifPresent(
                gain ->
                        Table.line(
                                text,
                                "a function that computes %.2f ms a sample, two cores, samples a"
                                        + " second: in process %s, workers(2) %s: %s times,"
                                        + " goal %.1f %s",
                                gain.cpuMillis(),
                                Spread.perSecond(gain.inProcess()).text("%,.0f"),
                                Spread.perSecond(gain.workers()).text("%,.0f"),
                                gain.gain().text("%.2f"),
                                FunctionWorkers.GOAL,
                                gain.isReached() ? "reached" : "missed"));
        return text.toString();
    }

    static JsonArray json(List<FunctionTrial> trials) {
        var all = new JsonArray();
        for (var trial : trials) {
            var one = new JsonObject();
            one.addProperty("batch", trial.of().batch());
            one.addProperty("sample", trial.of().sampleName());
            one.addProperty("call", trial.of().mode());
            one.addProperty("view", trial.goal().view());
            one.addProperty("peer", trial.goal().peer());
            one.addProperty("peerSettings", trial.peerSettings());
            one.add("HeadraceMicros", json(trial.ourMicros()));
            one.add("peerMicros", json(trial.peerMicros()));
            one.add("share", json(trial.ratio()));
            one.add("shareByCpuTime", json(trial.cpuRatio()));
            one.addProperty("goal", trial.goal().share());
            one.addProperty("reached", trial.isReached());
            one.addProperty("bytesCopied", trial.copied());
            all.add(one);
        }
        return all;
    }

    static JsonObject json(FunctionWorkers workers) {
        var one = new JsonObject();
        one.addProperty("cpuMillis", workers.cpuMillis());
        one.add("inProcess", json(Spread.perSecond(workers.inProcess())));
        one.add("workers", json(Spread.perSecond(workers.workers())));
        one.add("gain", json(workers.gain()));
        one.addProperty("goal", FunctionWorkers.GOAL);
        one.addProperty("reached", workers.isReached());
        return one;
    }

    private static JsonObject json(Spread spread) {
        var one = new JsonObject();
        one.addProperty("median", spread.median());
        one.addProperty("least", spread.least());
        one.addProperty("greatest", spread.greatest());
        return one;
    }
}
