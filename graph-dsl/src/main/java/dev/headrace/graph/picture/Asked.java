package dev.headrace.graph.picture;

import com.google.common.collect.ImmutableListMultimap;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Wire;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Draws a graph as it was asked for, right or wrong.
final class Asked {
    private final GraphSpec graph;
    private final ImmutableListMultimap<String, String> problems;
    private final Promises promises;
    private final Sketch sketch = new Sketch();
    private final Map<String, NodeSpec> specs = new HashMap<>();
    private final Map<String, String> ids = new HashMap<>();
    private final List<String> boxIds = new ArrayList<>();

    private Asked(GraphSpec graph, ImmutableListMultimap<String, String> problems) {
        this.graph = graph;
        this.problems = problems;
        promises = new Promises(graph);
    }

    static Drawing of(GraphSpec graph) {
        return of(graph, ImmutableListMultimap.of());
    }

    /// Marks what is wrong.
    ///
    /// @param problems by the name of their node
    static Drawing of(GraphSpec graph, ImmutableListMultimap<String, String> problems) {
        return new Asked(graph, problems).draw();
    }

    private Drawing draw() {
        for (var node : promises.order()) {
            var facts = Sketch.facts(node);
            facts.putAll(given(node, promises));
            var box =
                    sketch.box(node, promises, facts, Optional.empty())
                            .with(problems.get(node.name()));
            sketch.boxes.add(box);
            if (specs.putIfAbsent(node.name(), node) == null) {
                ids.put(node.name(), box.id());
            }
            boxIds.add(box.id());
        }
        int next = 0;
        for (var node : promises.order()) {
            connect(node, boxIds.get(next++));
        }
        graph.outputs()
                .forEach(
                        (name, wire) -> {
                            var from = source(wire);
                            var box =
                                    sketch.output(
                                            name,
                                            Sketch.from(wire, promises),
                                            promises.of(wire),
                                            Optional.empty());
                            sketch.arrows.add(
                                    new Drawing.Arrow(
                                            from,
                                            box.id(),
                                            0,
                                            Drawing.Reason.DATA,
                                            Sketch.label(outputName(wire), promises.of(wire)),
                                            false));
                        });
        return sketch.drawing(graph.name());
    }

    /// What is known of each output, by heading.
    static Map<String, String> given(NodeSpec node, Promises promises) {
        var facts = new LinkedHashMap<String, String>();
        var outputs = node.operator().outputs();
        for (int i = 0; i < outputs.size(); i++) {
            var known = promises.of(new Wire.Output(node.name(), i));
            facts.put(heading(outputs.size(), outputs.get(i)), text(known));
        }
        return facts;
    }

    static String text(SpecPattern promise) {
        return promise.equals(SpecPattern.OPEN) ? "known once it runs" : promise.toString();
    }

    static String heading(int outputs, String output) {
        return outputs == 1 ? "gives" : "gives " + output;
    }

    private void connect(NodeSpec node, String id) {
        for (int place = 0; place < node.inputs().size(); place++) {
            var wire = node.inputs().get(place);
            sketch.arrows.add(
                    new Drawing.Arrow(
                            source(wire),
                            id,
                            place,
                            Sketch.reason(node, place),
                            Sketch.label(
                                    Sketch.arrowName(node, place, outputName(wire)),
                                    promises.of(wire)),
                            false));
        }
    }

    private String source(Wire wire) {
        return switch (wire) {
            case Wire.Fixed(var value) -> sketch.constant(value).id();
            case Wire.Output(var node, int _) -> {
                if (!ids.containsKey(node)) {
                    ids.put(node, sketch.missing(node).id());
                }
                yield ids.get(node);
            }
        };
    }

    private String outputName(Wire wire) {
        return wire instanceof Wire.Output(var node, int output) && specs.containsKey(node)
                ? Sketch.outputName(specs.get(node).operator(), output)
                : "";
    }
}
