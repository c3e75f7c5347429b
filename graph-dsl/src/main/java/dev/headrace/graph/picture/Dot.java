package dev.headrace.graph.picture;

import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jgrapht.graph.DirectedPseudograph;
import org.jgrapht.nio.Attribute;
import org.jgrapht.nio.DefaultAttribute;
import org.jgrapht.nio.dot.DOTExporter;

/// Writes a drawing in the language of Graphviz.
final class Dot {
    private Dot() {}

    static String of(Drawing drawing) {
        var graph = new DirectedPseudograph<Drawing.Box, Drawing.Arrow>(Drawing.Arrow.class);
        var byId = new LinkedHashMap<String, Drawing.Box>();
        for (var box : drawing.boxes()) {
            graph.addVertex(box);
            byId.put(box.id(), box);
        }
        for (var arrow : drawing.arrows()) {
            graph.addEdge(byId.get(arrow.from()), byId.get(arrow.to()), arrow);
        }
        var exporter = new DOTExporter<Drawing.Box, Drawing.Arrow>(Drawing.Box::id);
        exporter.setGraphIdProvider(() -> quoted(drawing.graph()));
        exporter.setGraphAttributeProvider(
                () -> Map.of("compound", text("true"))); // arrows may end at a cluster
        exporter.setVertexAttributeProvider(Dot::attributes);
        exporter.setEdgeAttributeProvider(Dot::attributes);
        var out = new StringWriter();
        exporter.exportGraph(graph, out);
        var written = out.toString().stripTrailing();
        return written.substring(0, written.length() - 1) + clusters(drawing) + "}\n";
    }

    private static Map<String, Attribute> attributes(Drawing.Box box) {
        var attributes = new LinkedHashMap<String, Attribute>();
        var label = new StringBuilder(Escapes.dot(box.name()));
        label.append('\n').append(Escapes.dot(box.kind()));
        box.parts()
                .forEach(
                        part ->
                                label.append("\n· ")
                                        .append(Escapes.dot(part.box().name()))
                                        .append(", ")
                                        .append(Escapes.dot(part.box().reason().orElse(""))));
        box.arguments()
                .forEach(
                        (name, value) ->
                                label.append('\n')
                                        .append(Escapes.dot(name))
                                        .append(" ")
                                        .append(Escapes.dot(shortened(value))));
        box.reason().ifPresent(reason -> label.append('\n').append(Escapes.dot(reason)));
        attributes.put("label", text(label.toString()));
        attributes.put(
                "shape",
                text(
                        switch (box.role()) {
                            case SOURCE -> "cylinder";
                            case SAMPLE, BATCH -> "box";
                            case CONSTANT -> "plaintext";
                            case OUTPUT -> "oval";
                            case QUEUE -> "box3d";
                        }));
        if (box.role() == Drawing.Role.BATCH) {
            attributes.put("peripheries", text("2"));
        }
        if (box.reason().isPresent()) {
            attributes.put("style", text("dashed"));
            attributes.put("color", text("gray60"));
            attributes.put("fontcolor", text("gray40"));
        }
        return attributes;
    }

    private static Map<String, Attribute> attributes(Drawing.Arrow arrow) {
        var attributes = new LinkedHashMap<String, Attribute>();
        if (!arrow.label().isEmpty()) {
            attributes.put("label", text(Escapes.dot(shortened(arrow.label()))));
        }
        if (arrow.reason() == Drawing.Reason.ARGUMENT) {
            attributes.put("style", text("dashed"));
            attributes.put("arrowhead", text("empty"));
        }
        if (arrow.faded()) {
            attributes.put("color", text("gray60"));
            attributes.put("fontcolor", text("gray40"));
        }
        return attributes;
    }

    /// The frames, which the exporter does not know: a cluster names boxes that stand already.
    private static String clusters(Drawing drawing) {
        var text = new StringBuilder();
        for (var frame : drawing.frames()) {
            text.append("  subgraph cluster_").append(frame.id()).append(" {\n");
            text.append("    label=")
                    .append(quoted(frame.title() + ", " + frame.about()))
                    .append(";\n    style=")
                    .append(frame.barrier() ? "bold" : "rounded")
                    .append(";\n");
            frame.boxes().forEach(box -> text.append("    ").append(box).append(";\n"));
            text.append("  }\n");
        }
        var first = new LinkedHashMap<String, String>();
        drawing.frames().forEach(frame -> first.put(frame.id(), frame.boxes().getFirst()));
        for (var wait : drawing.waits()) {
            text.append("  ")
                    .append(first.get(wait.from()))
                    .append(" -> ")
                    .append(first.get(wait.to()))
                    .append(" [ style=\"dotted\" label=\"waits\" ltail=\"cluster_")
                    .append(wait.from())
                    .append("\" lhead=\"cluster_")
                    .append(wait.to())
                    .append("\" ];\n");
        }
        return text.toString();
    }

    private static String shortened(String text) {
        return Glyphs.shortened(text, Glyphs.Face.FIXED, 30);
    }

    private static String quoted(String text) {
        return '"' + Escapes.dot(text).replace("\"", "\\\"") + '"';
    }

    private static Attribute text(String value) {
        return DefaultAttribute.createAttribute(value);
    }
}
