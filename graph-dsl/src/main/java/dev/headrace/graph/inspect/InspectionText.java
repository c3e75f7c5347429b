package dev.headrace.graph.inspect;

import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Fate;
import java.util.ArrayList;
import java.util.List;

/// An inspection as text: what failed, a table of the values, and what did not run.
final class InspectionText {
    private static final int WIDTH = 100;
    private static final int GAP = 2;

    /// How wide the columns get at most: what is longer pushes the rest of its line.
    private static final int[] WIDEST = {26, 32, 24, 20, 6, Elements.BARS};

    private static final List<String> HEADINGS =
            List.of("value", "type and shape", "range", "mean ± std", "zero", "spread");

    private static final String ABOUT_APART =
            """

            apart: samples of one shape, which nothing promised, so each lies in memory of its own; from
            the second batch on, as many of that shape lie in one block
            """;

    /// A line of the table.
    ///
    /// @param cells one a column, or fewer
    /// @param notes behind them, or on a line of their own where they do not fit
    private record Row(List<String> cells, List<String> notes) {}

    private final Inspection inspection;
    private final StringBuilder text = new StringBuilder();

    private InspectionText(Inspection inspection) {
        this.inspection = inspection;
    }

    static String of(Inspection inspection) {
        var writer = new InspectionText(inspection);
        writer.header();
        writer.failure();
        writer.values();
        writer.rest();
        return writer.text.toString();
    }

    private void header() {
        var seen = inspection.seen();
        text.append("graph %s: the first batch".formatted(inspection.plan().graph().name()))
                .append(
                        inspection.failure().isPresent()
                                ? " failed\n"
                                : ", of %s\n".formatted(Look.count(seen.samples(), "sample")));
        inspection.plan().outputs().forEach(this::output);
        for (var bad : seen.badSamples()) {
            text.append("not used: ").append(bad.text().replace("\n", "\n  ")).append('\n');
        }
    }

    private void output(String name, Binding binding) {
        var plan = inspection.plan();
        text.append("output ")
                .append(name)
                .append(" = ")
                .append(
                        switch (binding) {
                            case Binding.OfValue(int value) ->
                                    plan.nameOf(plan.values().get(value));
                            case Binding.OfConstant(var value) -> value + ", of every sample";
                        })
                .append('\n');
    }

    private void failure() {
        var failure = inspection.failure();
        if (failure.isEmpty()) {
            return;
        }
        text.append('\n').append(failure.get().getMessage()).append('\n');
        if (failure.get() instanceof NoRoom) {
            text.append("  Everything is kept here to be looked at: a smaller batch takes less.\n");
        }
        if (!inspection.seen().got().isEmpty()) {
            text.append("\nWhat ")
                    .append(failure.get().where().orElseThrow().node())
                    .append(" got of that sample\n");
            table(inspection.seen().got().stream().map(InspectionText::row).toList());
        }
    }

    private void values() {
        var plan = inspection.plan();
        var rows = new ArrayList<Row>();
        for (var value : plan.values()) {
            Inspection.nameOf(plan, new Binding.OfValue(value.index()))
                    .map(inspection.seen().looks()::get)
                    .ifPresent(look -> rows.add(row(look)));
        }
        if (rows.isEmpty()) {
            return;
        }
        text.append('\n');
        if (inspection.failure().isPresent()) {
            text.append("What was reached, run once more without what failed\n");
        }
        boolean apart = rows.stream().anyMatch(row -> row.notes().contains(Look.APART));
        rows.addFirst(new Row(HEADINGS, List.of()));
        table(rows);
        if (apart) {
            text.append(ABOUT_APART);
        }
    }

    private static Row row(Look look) {
        var cells = new ArrayList<>(List.of(look.name(), look.spec()));
        look.bytes().ifPresent(cells::add);
        look.elements().ifPresent(elements -> cells.addAll(cells(elements)));
        return new Row(cells, look.notes());
    }

    private static List<String> cells(Elements elements) {
        if (elements.spread().isEmpty()) {
            return List.of();
        }
        var spread = elements.spread().get();
        var least = Numerals.text(spread.least());
        var greatest = Numerals.text(spread.greatest());
        boolean same = spread.least().compareTo(spread.greatest()) == 0;
        return List.of(
                same ? least : least + " to " + greatest,
                same
                        ? ""
                        : Numerals.rough(spread.mean())
                                + " ± "
                                + Numerals.rough(spread.deviation()),
                elements.zeros() == 0
                        ? ""
                        : Numerals.percent(elements.zeros(), elements.lookedAt()),
                Numerals.bars(spread.bars()));
    }

    private void table(List<Row> rows) {
        var widths = new int[WIDEST.length];
        for (var row : rows) {
            boolean full = row.cells().size() == WIDEST.length; // else the last widens no column
            for (int i = 0; i < (full ? WIDEST.length : 2); i++) {
                widths[i] = Math.max(widths[i], Math.min(WIDEST[i], length(row.cells().get(i))));
            }
        }
        rows.forEach(row -> row(row, widths));
    }

    private void row(Row row, int[] widths) {
        var line = new StringBuilder();
        int column = 0;
        for (int i = 0; i < row.cells().size(); i++) {
            pad(line, Math.max(column, i == 0 ? 0 : length(line) + GAP));
            line.append(row.cells().get(i));
            column += widths[i] + GAP;
        }
        notes(line, row.notes(), column, widths[0] + GAP);
        text.append(line.toString().stripTrailing()).append('\n');
    }

    /// Notes begin where the table ends, and go on beneath the second column.
    private static void notes(StringBuilder line, List<String> notes, int column, int next) {
        int begun = 0;
        for (int i = 0; i < notes.size(); i++) {
            var note = notes.get(i) + (i + 1 < notes.size() ? "," : "");
            int behind = length(line) - begun;
            int place = i == 0 ? Math.max(column, behind + GAP) : behind + 1;
            if (place + length(note) > WIDTH) {
                line.append('\n');
                begun = length(line);
                place = next;
            }
            pad(line, begun + place);
            line.append(note);
        }
    }

    private static void pad(StringBuilder line, int column) {
        line.append(" ".repeat(Math.max(0, column - length(line))));
    }

    private static int length(CharSequence text) {
        return Character.codePointCount(text, 0, text.length());
    }

    private void rest() {
        var plan = inspection.plan();
        var unreached = new ArrayList<String>();
        var silent = new ArrayList<String>();
        for (var node : plan.nodes()) {
            if (!inspection.seen().nodes().contains(node.where().node())) {
                unreached.add(node.where().toString());
            } else if (node.operator().outputs().isEmpty()) {
                silent.add(node.where().toString());
            }
        }
        list("Not reached", unreached);
        list("Ran, without an output to look at", silent);
        var left = new ArrayList<String>();
        for (var node : plan.graph().nodes()) {
            var fate = plan.fates().get(node.name());
            if (fate instanceof Fate.Pruned || fate instanceof Fate.Merged) {
                left.add(node.where() + ": " + fate.reason());
            }
        }
        list("Did not run", left);
        list("Values that nobody needs, which are not made", unneeded());
    }

    private List<String> unneeded() {
        var unneeded = new ArrayList<String>();
        for (var node : inspection.plan().nodes()) {
            for (int i = 0; i < node.values().length(); i++) {
                if (node.values().get(i) < 0) {
                    unneeded.add(node.where().node() + "." + node.operator().outputs().get(i));
                }
            }
        }
        return unneeded;
    }

    private void list(String heading, List<String> lines) {
        if (!lines.isEmpty()) {
            text.append('\n').append(heading).append('\n');
            lines.forEach(line -> text.append("  ").append(line).append('\n'));
        }
    }
}
