package dev.headrace.graph.picture;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;

/// Writes a drawing as a Mermaid flowchart.
final class Mermaid {
    private static final String STYLES =
            """
              classDef source stroke:#0f766e,stroke-width:2px
              classDef batch stroke:#6d28d9,stroke-width:2px
              classDef faded stroke-dasharray:4 3,opacity:0.6
            """;

    private final Drawing drawing;
    private final StringBuilder text = new StringBuilder();
    private final Map<String, Drawing.Box> byId = new HashMap<>();

    private Mermaid(Drawing drawing) {
        this.drawing = drawing;
        drawing.boxes().forEach(box -> byId.put(box.id(), box));
    }

    static String of(Drawing drawing) {
        return new Mermaid(drawing).write();
    }

    private String write() {
        text.append("flowchart TD\n");
        var framed = new HashSet<String>();
        for (var frame : drawing.frames()) {
            line(
                    "  ",
                    "subgraph %s[\"%s\"]",
                    frame.id(),
                    escaped(frame.title() + ", " + frame.about()));
            for (var id : frame.boxes()) {
                box("    ", byId.get(id));
                framed.add(id);
            }
            line("  ", "end");
        }
        drawing.boxes().stream()
                .filter(box -> !framed.contains(box.id()))
                .forEach(box -> box("  ", box));
        drawing.arrows().forEach(this::arrow);
        for (var wait : drawing.waits()) {
            line("  ", "%s -. waits .-> %s", wait.from(), wait.to());
        }
        return text.append(STYLES).toString();
    }

    private void box(String indent, Drawing.Box box) {
        var label = new StringBuilder(escaped(box.name()));
        label.append("<br/>").append(escaped(box.kind()));
        for (var part : box.parts()) {
            label.append("<br/>· ")
                    .append(escaped(part.box().name()))
                    .append(", ")
                    .append(escaped(part.box().reason().orElse("")));
        }
        box.arguments()
                .forEach(
                        (name, value) -> label.append("<br/>").append(escaped(name + " " + value)));
        box.reason().ifPresent(reason -> label.append("<br/>").append(escaped(reason)));
        var form =
                switch (box.role()) {
                    case SOURCE -> "[(\"%s\")]";
                    case SAMPLE -> "[\"%s\"]";
                    case BATCH -> "[[\"%s\"]]";
                    case CONSTANT -> ">\"%s\"]";
                    case OUTPUT -> "([\"%s\"])";
                    case QUEUE -> "{{\"%s\"}}";
                };
        var style =
                box.reason().isPresent()
                        ? ":::faded"
                        : switch (box.role()) {
                            case SOURCE -> ":::source";
                            case BATCH -> ":::batch";
                            default -> "";
                        };
        line(indent, "%s%s%s", box.id(), form.formatted(label), style);
    }

    private void arrow(Drawing.Arrow arrow) {
        var line = arrow.reason() == Drawing.Reason.ARGUMENT || arrow.faded() ? "-.->" : "-->";
        var label = arrow.label().isEmpty() ? "" : "|\"%s\"|".formatted(escaped(arrow.label()));
        line("  ", "%s %s%s %s", arrow.from(), line, label, arrow.to());
    }

    private void line(String indent, String format, Object... parts) {
        text.append(indent).append(format.formatted(parts)).append('\n');
    }

    private static String escaped(String value) {
        return Escapes.mermaid(Glyphs.shortened(value, Glyphs.Face.FIXED, 30));
    }
}
