package dev.headrace.benchmarks;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;

/// The result, for people and for programs.
final class Table {
    private Table() {}

    static String text(JsonObject result, List<Trial> trials) {
        var text = new StringBuilder("\n");
        for (var part : List.of("machine", "Headrace", "peer")) {
            line(text, "%s: %s", part, values(result.getAsJsonObject(part)));
        }
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
                    rate(trial.ours()),
                    rate(trial.peer()),
                    spread(trial.ratio(), "%.2f"),
                    spread(trial.cpuRatio(), "%.2f"),
                    trial.peerSettings());
        }
        return text.toString();
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

    private static String rate(List<Side.Rate> rates) {
        return spread(Trial.Spread.of(rates.stream().map(Side.Rate::perSecond).toList()), "%,.0f");
    }

    private static String spread(Trial.Spread spread, String number) {
        return String.format(
                Locale.ROOT,
                number + " (" + number + " to " + number + ")",
                spread.median(),
                spread.least(),
                spread.greatest());
    }

    private static void line(StringBuilder text, String format, Object... values) {
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

    static String pretty(JsonElement value) {
        return new GsonBuilder().setPrettyPrinting().create().toJson(value) + "\n";
    }
}
