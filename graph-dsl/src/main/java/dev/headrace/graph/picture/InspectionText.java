package dev.headrace.graph.picture;

import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Fate;
import dev.headrace.engine.plan.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// An inspection as text: what failed, a table of the values, and what did not run.
final class InspectionText {
    private static final int WIDTH = 100;
    private static final int GAP = 2;

    /// How wide the columns get at most: what is longer pushes the rest of its line.
    private static final int[] WIDEST = {26, 32, 24, 20, Elements.BARS};

    private static final List<String> HEADINGS =
            List.of("value", "type and shape", "range", "mean ± deviation", "histogram");

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
        var plan = inspection.plan();
        text.append("graph ").append(plan.graph().name()).append(": ");
        if (inspection.failure().isPresent()) {
            text.append("the first batch failed\n");
        } else {
            text.append("the first batch, of ")
                    .append(Look.count(inspection.seen().samples(), "sample"))
                    .append('\n');
        }
        inspection
                .seen()
                .badSamples()
                .forEach(
                        bad ->
                                text.append("not used: ")
                                        .append(bad.message().replace("\n", "\n  "))
                                        .append('\n'));
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
            table(inspection.seen().got().stream().map(look -> row(look, List.of())).toList());
        }
    }

    private void values() {
        var plan = inspection.plan();
        var rows = new ArrayList<Row>();
        for (var value : plan.values()) {
            var look = inspection.seen().looks().get(plan.nameOf(value));
            if (look != null) {
                rows.add(row(look, outputs(value)));
            }
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

    private static List<String> outputs(Value value) {
        return value.graphOutputs().stream().map(name -> "output " + name).toList();
    }

    private static Row row(Look look, List<String> outputs) {
        var cells = new ArrayList<>(List.of(look.name(), look.spec()));
        look.bytes().ifPresent(cells::add);
        look.elements().flatMap(Elements::spread).ifPresent(spread -> cells.addAll(cells(spread)));
        return new Row(cells, Stream.concat(outputs.stream(), look.notes().stream()).toList());
    }

    private static List<String> cells(Elements.Spread spread) {
        var least = Numerals.text(spread.least());
        var greatest = Numerals.text(spread.greatest());
        boolean same = spread.least().compareTo(spread.greatest()) == 0;
        return List.of(
                same ? least : least + " to " + greatest,
                same
                        ? ""
                        : Numerals.text(spread.mean()) + " ± " + Numerals.text(spread.deviation()),
                Numerals.bars(spread.bars()));
    }

    private void table(List<Row> rows) {
        var widths = new int[WIDEST.length];
        for (var row : rows) {
            // the last cell of a row widens no column, but of a full row
            int last = row.cells().size() < WIDEST.length ? 1 : 0;
            for (int i = 0; i < row.cells().size() - (i >= 2 ? last : 0); i++) {
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
        list(
                "Outputs that are the same for every sample",
                plan.outputs().entrySet().stream()
                        .filter(output -> output.getValue() instanceof Binding.OfConstant)
                        .map(
                                output ->
                                        output.getKey()
                                                + " = "
                                                + ((Binding.OfConstant) output.getValue()).value())
                        .toList());
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
