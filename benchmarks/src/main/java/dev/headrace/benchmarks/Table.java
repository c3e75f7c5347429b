package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Help.Ansi;

/// The result, for people.
final class Table {
    private static final String LINE = "%-7s %-44s %5s  %-24s %-24s %-28s %-9s ";

    private Table() {}

    /// @param skipped what was not measured, and why
    /// @param colours whether the terminal shows them
    static String text(JsonObject result, List<Row> rows, List<String> skipped, Ansi colours) {
        var text = new StringBuilder("\n");
        header(text, result);
        line(text, "median of the rounds (least to greatest)");
        line(
                text,
                LINE + "%-7s  %s",
                "job",
                "what",
                "cores",
                "Headrace",
                "beside",
                "value",
                "goal",
                "",
                "how");
        for (var row : rows) {
            line(
                    text,
                    LINE + "%s  %s",
                    row.job(),
                    row.what(),
                    row.cores(),
                    row.ours(),
                    row.beside(),
                    row.valueText(),
                    row.goalText(),
                    coloured(row, colours),
                    row.note());
        }
        skipped.forEach(reason -> line(text, "not measured: %s", reason));
        return text.toString();
    }

    private static String coloured(Row row, Ansi colours) {
        var word = "%-7s".formatted(row.verdict());
        return row.isReached()
                .map(
                        reached ->
                                colours.string(
                                        "@|" + (reached ? "green" : "red") + " " + word + "|@"))
                .orElse(word);
    }

    /// What machine it was, and what ran on it.
    static void header(StringBuilder text, JsonObject result) {
        for (var part : List.of("machine", "Headrace", "peer")) {
            if (result.has(part)) {
                line(text, "%s: %s", part, values(result.getAsJsonObject(part)));
            }
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
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
