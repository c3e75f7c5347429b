package dev.headrace.graph.picture;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Wire;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/// The nodes of a graph as it was asked for in topological order, and what is known of their
/// values.
///
/// The graph may be wrong: what a circle holds stands at the end, and where an operator refuses its
/// inputs nothing is known.
final class Promises {
    private final Map<String, Integer> byName = new HashMap<>();
    private final Map<String, List<SpecPattern>> known = new HashMap<>();
    private final ImmutableList<NodeSpec> nodes;
    private final ImmutableList<NodeSpec> order;

    Promises(GraphSpec graph) {
        nodes = graph.nodes();
        for (int i = 0; i < nodes.size(); i++) {
            byName.putIfAbsent(nodes.get(i).name(), i);
        }
        var readers = new HashMap<Integer, List<Integer>>();
        var open = new int[nodes.size()];
        var ready = new PriorityQueue<Integer>();
        for (int i = 0; i < open.length; i++) {
            for (int source : sources(nodes.get(i))) {
                readers.computeIfAbsent(source, _ -> new ArrayList<>()).add(i);
                open[i]++;
            }
            if (open[i] == 0) {
                ready.add(i);
            }
        }
        var sorted = ImmutableList.<NodeSpec>builder();
        while (!ready.isEmpty()) {
            int next = ready.remove();
            var node = nodes.get(next);
            sorted.add(node);
            known.putIfAbsent(node.name(), promise(node));
            for (int reader : readers.getOrDefault(next, List.of())) {
                if (--open[reader] == 0) {
                    ready.add(reader);
                }
            }
        }
        for (int i = 0; i < open.length; i++) {
            if (open[i] > 0) {
                sorted.add(nodes.get(i));
            }
        }
        order = sorted.build();
    }

    private List<Integer> sources(NodeSpec node) {
        return node.inputs().stream()
                .filter(wire -> wire instanceof Wire.Output from && byName.containsKey(from.node()))
                .map(wire -> byName.get(((Wire.Output) wire).node()))
                .distinct()
                .toList();
    }

    private List<SpecPattern> promise(NodeSpec node) {
        int count = node.operator().outputs().size();
        try {
            var given = node.operator().promise(node.inputs().stream().map(this::of).toList());
            if (given != null && given.size() == count) {
                return given;
            }
        } catch (RuntimeException refusal) {
            // the planner tells; a drawing shows what there is
        }
        return Collections.nCopies(count, SpecPattern.OPEN);
    }

    /// The nodes, as written where that is free.
    ImmutableList<NodeSpec> order() {
        return order;
    }

    /// A value as people call it: its node, with the output's name where there are several.
    String name(Wire wire) {
        return switch (wire) {
            case Wire.Fixed(var value) -> value.toString();
            case Wire.Output(var node, int output) ->
                    byName.containsKey(node)
                            ? Sketch.dotted(
                                    node,
                                    Sketch.outputName(
                                            nodes.get(byName.get(node)).operator(), output))
                            : node;
        };
    }

    /// What is known of a value.
    SpecPattern of(Wire wire) {
        return switch (wire) {
            case Wire.Fixed(var value) -> SpecPattern.exactly(value.spec());
            case Wire.Output(var node, int output) -> {
                var outputs = known.get(node);
                yield outputs == null || output >= outputs.size()
                        ? SpecPattern.OPEN
                        : outputs.get(output);
            }
        };
    }
}
