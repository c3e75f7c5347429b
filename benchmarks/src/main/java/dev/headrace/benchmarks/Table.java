package dev.headrace.benchmarks;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;

/// The result, for people and for programs.
final class Table {
    private Table() {}

    static String text(JsonObject result, List<Trial> trials) {
        var text = new StringBuilder("\n");
        header(text, result);
        line(text, "images a second: median of the rounds, least to greatest");
        line(
                text,
                "%-8s %5s  %26s  %26s  %20s  %20s  %s",
                "job",
                "cores",
                "Headrace",
                "NVIDIA DALI",
                "ratio",
                "by time of computing",
                "DALI with");
        for (var trial : trials) {
            line(
                    text,
                    "%-8s %5d  %26s  %26s  %20s  %20s  %s",
                    trial.job(),
                    trial.cores(),
                    Spread.perSecond(trial.ours()).text("%,.0f"),
                    Spread.perSecond(trial.peer()).text("%,.0f"),
                    trial.ratio().text("%.2f"),
                    trial.cpuRatio().text("%.2f"),
                    trial.peerSettings());
        }
        return text.toString();
    }

    /// What machine it was, and what ran on it.
    static void header(StringBuilder text, JsonObject result) {
        for (var part : List.of("machine", "Headrace", "peer")) {
            line(text, "%s: %s", part, values(result.getAsJsonObject(part)));
        }
    }

    private static String values(JsonObject part) {
        var text = new StringBuilder();
        part.entrySet()
                .forEach(
                        entry ->
                                text.append(text.isEmpty() ? "" : ", ")
                                        .append(entry.getKey())
                                        .append(' ')
                                        .append(entry.getValue().getAsString()));
        return text.toString();
    }

    static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    static JsonArray json(List<Trial> trials) {
        var all = new JsonArray();
        for (var trial : trials) {
            var one = new JsonObject();
            one.addProperty("job", trial.job());
            one.addProperty("cores", trial.cores());
            one.addProperty("peerSettings", trial.peerSettings());
            one.add("Headrace", rates(trial.ours()));
            one.add("peer", rates(trial.peer()));
            one.addProperty("ratio", trial.ratio().median());
            one.addProperty("ratioByCpuTime", trial.cpuRatio().median());
            all.add(one);
        }
        return all;
    }

    private static JsonArray rates(List<Side.Rate> rates) {
        var all = new JsonArray();
        for (var rate : rates) {
            var one = new JsonObject();
            one.addProperty("imagesPerSecond", rate.perSecond());
            one.addProperty("imagesPerCpuSecond", rate.perCpuSecond());
            all.add(one);
        }
        return all;
    }
}
