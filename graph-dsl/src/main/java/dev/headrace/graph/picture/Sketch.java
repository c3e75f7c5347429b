package dev.headrace.graph.picture;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.plan.OperatorArguments;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Wire;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A drawing that is being made, and what drawings of graphs and of plans have in common. Confined
/// to one thread.
final class Sketch {
    final List<Drawing.Box> boxes = new ArrayList<>();
    final List<Drawing.Arrow> arrows = new ArrayList<>();
    final List<Drawing.Frame> frames = new ArrayList<>();
    final List<Drawing.Wait> waits = new ArrayList<>();
    private int ids;

    Drawing drawing(String graph) {
        return new Drawing(
                graph,
                ImmutableList.copyOf(boxes),
                ImmutableList.copyOf(arrows),
                ImmutableList.copyOf(frames),
                ImmutableList.copyOf(waits));
    }

    String freshId(String prefix) {
        return prefix + ids++;
    }

    /// A box for a node as it was asked for, which is not added yet.
    Drawing.Box box(
            NodeSpec node, Promises promises, Map<String, String> facts, Optional<String> reason) {
        return new Drawing.Box(
                freshId("n"),
                role(node.operator()),
                node.name(),
                node.operator().kind(),
                Optional.of(node.operator().getClass()),
                arguments(node.operator()),
                inputs(node, promises),
                ImmutableMap.copyOf(facts),
                ImmutableList.of(),
                reason,
                ImmutableList.of());
    }

    static Drawing.Role role(Operator operator) {
        return switch (operator) {
            case IndexedSource<?> _, SequentialSource<?> _ -> Drawing.Role.SOURCE;
            case BatchOperator<?> _ -> Drawing.Role.BATCH;
            default -> Drawing.Role.SAMPLE;
        };
    }

    /// Arguments that are other nodes' values are arrows, so they are left out here.
    private static ImmutableMap<String, String> arguments(Operator operator) {
        var texts = new LinkedHashMap<>(OperatorArguments.of(operator, _ -> ""));
        texts.values().removeIf(String::isEmpty);
        return ImmutableMap.copyOf(texts);
    }

    private static ImmutableList<Drawing.Input> inputs(NodeSpec node, Promises promises) {
        var inputs = ImmutableList.<Drawing.Input>builder();
        for (int place = 0; place < node.inputs().size(); place++) {
            inputs.add(
                    new Drawing.Input(
                            arrowName(node, place, ""), from(node.inputs().get(place), promises)));
        }
        return inputs.build();
    }

    /// Where a value comes from, and what is known of it.
    static String from(Wire wire, Promises promises) {
        return label(promises.name(wire), promises.of(wire));
    }

    /// What there is to say about a node as it was asked for, by heading.
    static Map<String, String> facts(NodeSpec node) {
        var facts = new LinkedHashMap<String, String>();
        node.origin().ifPresent(line -> facts.put("added at", line));
        facts.put("device", node.device().map(Object::toString).orElse("not told"));
        facts.put("works on", scope(node.operator()));
        if (node.operator().random() || node.seed().isPresent()) {
            facts.put("seed", seed(node));
        }
        if (node.peek()) {
            facts.put(Drawing.PEEK, "its values are kept with each batch, to be looked at");
        }
        if (node.preserve()) {
            facts.put("preserved", "kept though nobody may read it");
        }
        return facts;
    }

    private static String scope(Operator operator) {
        if (!(operator instanceof BatchOperator<?> batch)) {
            return "one sample at a time, on any worker";
        }
        var thread =
                switch (batch.runsOn()) {
                    case RunsOn.Worker _ -> "on a worker";
                    case RunsOn.Virtual _ -> "on a virtual thread";
                    case RunsOn.Thread(var name) -> "on the thread " + name;
                };
        var state = batch instanceof StatelessBatchOperator ? "" : ", with state, in order";
        return "the whole batch, " + thread + state;
    }

    private static String seed(NodeSpec node) {
        if (node.seed().isPresent()) {
            return node.seed().getAsLong() + ", its own";
        }
        return "the pipeline's, with its " + (node.named() ? "name" : "kind and number");
    }

    /// Adds a box for a constant.
    Drawing.Box constant(TensorValue value) {
        var spec = SpecPattern.exactly(value.spec()).toString();
        return add(
                Drawing.Role.CONSTANT,
                "c",
                value.toString(),
                spec,
                ImmutableList.of(),
                Map.of(),
                Optional.empty());
    }

    /// Adds a box for a node that is read and is not there, in a graph that is wrong.
    Drawing.Box missing(String node) {
        return add(
                Drawing.Role.CONSTANT,
                "c",
                node,
                "missing",
                ImmutableList.of(),
                Map.of(),
                Optional.of("there is no node of this name"));
    }

    /// Adds a box for an output of the graph.
    Drawing.Box output(String name, String from, SpecPattern promise, Optional<String> reason) {
        Map<String, String> facts =
                promise.equals(SpecPattern.OPEN) ? Map.of() : Map.of("gives", promise.toString());
        var inputs = ImmutableList.of(new Drawing.Input("", from));
        return add(Drawing.Role.OUTPUT, "o", name, "output", inputs, facts, reason);
    }

    Drawing.Box add(
            Drawing.Role role,
            String prefix,
            String name,
            String kind,
            ImmutableList<Drawing.Input> inputs,
            Map<String, String> facts,
            Optional<String> reason) {
        var box =
                new Drawing.Box(
                        freshId(prefix),
                        role,
                        name,
                        kind,
                        Optional.empty(),
                        ImmutableMap.of(),
                        inputs,
                        ImmutableMap.copyOf(facts),
                        ImmutableList.of(),
                        reason,
                        ImmutableList.of());
        boxes.add(box);
        return box;
    }

    /// A node's output as people write it.
    static String dotted(String node, String output) {
        return output.isEmpty() ? node : node + "." + output;
    }

    /// An arrow's label: a name, where one has to be told, and what is known of the value.
    static String label(String name, SpecPattern promise) {
        var spec = promise.equals(SpecPattern.OPEN) ? "" : promise.toString();
        return name.isEmpty() || spec.isEmpty() ? name + spec : name + ": " + spec;
    }

    /// The name of an output where a node has several, else nothing.
    static String outputName(Operator operator, int output) {
        var names = operator.outputs();
        return names.size() == 1
                ? ""
                : output < names.size() ? names.get(output) : "output " + output;
    }

    /// What an arrow into a node is called: the output's name, or the argument's that it fills.
    static String arrowName(NodeSpec to, int place, String outputName) {
        return place < to.dataInputs()
                ? outputName
                : OperatorArguments.nameOf(to.operator(), place);
    }

    static Drawing.Reason reason(NodeSpec to, int place) {
        return place < to.dataInputs() ? Drawing.Reason.DATA : Drawing.Reason.ARGUMENT;
    }
}
