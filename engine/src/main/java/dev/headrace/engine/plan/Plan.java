package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import java.util.Comparator;

/// What runs: nodes, the values between them, and the steps that compute them.
///
/// @param graph what was asked
/// @param options how to run it
/// @param nodes in topological order
/// @param values in the order of their nodes
/// @param steps in topological order
/// @param outputs by name, in the order written, those that the options want
/// @param peeks values kept with the batch to be looked at, by name: that of their node, with the
///     output's where there are several, as in `photos.label`
/// @param delivery which launches are awaited before a batch is delivered
/// @param fates what became of each node of the graph, by name, in the order written
/// @param explain what each pass did, for people
public record Plan(
        GraphSpec graph,
        Options options,
        ImmutableList<PlannedNode> nodes,
        ImmutableList<Value> values,
        ImmutableList<Step> steps,
        ImmutableMap<String, Binding> outputs,
        ImmutableMap<String, Binding> peeks,
        Delivery delivery,
        ImmutableMap<String, Fate> fates,
        String explain) {
    /// The name of a value, as messages have it: its node's, with the output's where the operator
    /// has several.
    public String nameOf(Value value) {
        var node = nodes.get(value.node());
        return Value.name(node.where(), node.operator(), value.output());
    }

    /// Where a value lies.
    ///
    /// @param value its number
    public Device deviceOf(int value) {
        return nodes.get(values.get(value).node()).device();
    }

    /// Why there is nothing to look at under a name, and what can be done.
    ///
    /// @param name a value's, which is none of [#peeks]
    public String whyNoPeek(String name) {
        var owner =
                graph.nodes().stream()
                        .filter(node -> (name + ".").startsWith(node.name() + "."))
                        .max(Comparator.comparingInt(node -> node.name().length()));
        if (owner.isEmpty()) {
            return "graph %s has no node %s; it has: %s"
                    .formatted(graph.name(), name, String.join(", ", fates.keySet()));
        }
        var node = owner.get();
        if (!node.peek()) {
            return "%s is not looked at; add .peek() to the node".formatted(node.where());
        }
        if (fates.get(node.name()) instanceof Fate.Pruned pruned) {
            return "%s has no value to look at: %s".formatted(node.where(), pruned.reason());
        }
        var names =
                peeks.keySet().stream().filter(each -> each.startsWith(node.name() + ".")).toList();
        return names.isEmpty()
                ? "%s has no output that anybody needs, so there is nothing to look at"
                        .formatted(node.where())
                : "%s has several outputs; those to look at are: %s"
                        .formatted(node.where(), String.join(", ", names));
    }

    /// Plans a graph.
    ///
    /// @throws dev.headrace.engine.error.BadGraph with all that is wrong
    public static Plan of(GraphSpec graph, Options options) {
        return Planner.plan(graph, options);
    }
}
