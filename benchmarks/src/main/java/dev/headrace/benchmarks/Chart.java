package dev.headrace.benchmarks;

import com.google.common.html.HtmlEscapers;
import java.util.List;
import java.util.Locale;

/// The result as a picture: how far each row is on the way to its goal.
final class Chart {
    private static final int WIDTH = 960;
    private static final int BAR_START = 400;
    private static final int TO_GOAL = 200;
    private static final int LINE = 26;
    private static final int TOP = 56;

    /// Bars end here, in goals: some goals are passed by far.
    private static final double LONGEST = 1.5;

    private static final String STYLE =
            """
            <style>
            svg { background: #ffffff; font: 13px sans-serif; }
            text { fill: #1f2328; }
            .reached { fill: #2f7d4f; }
            .missed { fill: #c0562f; }
            .goal { stroke: #1f2328; stroke-dasharray: 4 3; }
            @media (prefers-color-scheme: dark) {
              svg { background: #0d1117; }
              text { fill: #e6edf3; }
              .reached { fill: #4fae76; }
              .missed { fill: #e0794e; }
              .goal { stroke: #e6edf3; }
            }
            </style>
            """;

    private Chart() {}

    /// An SVG of the rows that have a goal.
    static String svg(List<Row> rows) {
        var shown = rows.stream().filter(row -> row.goal().isPresent()).toList();
        int bottom = TOP + LINE * shown.size();
        var svg = new StringBuilder();
        add(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                        + " viewBox=\"0 0 %1$d %2$d\" role=\"img\">%n%s",
                WIDTH,
                bottom + 16,
                STYLE);
        add(svg, "<title>How far each figure is on the way to its goal</title>%n");
        text(svg, 12, 24, "start", "How far each figure is on the way to its goal");
        text(svg, BAR_START + TO_GOAL, TOP - 12, "middle", "goal");
        for (int i = 0; i < shown.size(); i++) {
            bar(svg, shown.get(i), TOP + LINE * i);
        }
        int goal = BAR_START + TO_GOAL;
        add(
                svg,
                "<line class=\"goal\" x1=\"%d\" y1=\"%d\" x2=\"%1$d\" y2=\"%d\"/>%n</svg>%n",
                goal,
                TOP - 6,
                bottom);
        return svg.toString();
    }

    private static void bar(StringBuilder svg, Row row, int top) {
        double share = row.goal().orElseThrow().share(row.value().median());
        long length = Math.round(TO_GOAL * Math.min(share, LONGEST));
        var name = "%s: %s, cores %s".formatted(row.job(), row.what(), row.cores());
        text(svg, BAR_START - 10, top + 17, "end", name);
        add(
                svg,
                "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>%n",
                row.verdict(),
                BAR_START,
                top + 5,
                length,
                LINE - 10);
        var beyond = share > LONGEST ? " →" : "";
        var value = "%s (%s)%s".formatted(row.medianText(), row.goalText(), beyond);
        text(svg, BAR_START + Math.max(length, TO_GOAL) + 10, top + 17, "start", value);
    }

    private static void text(StringBuilder svg, long x, int y, String anchor, String words) {
        add(
                svg,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
                x,
                y,
                anchor,
                HtmlEscapers.htmlEscaper().escape(words));
    }

    private static void add(StringBuilder svg, String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values));
    }
}
