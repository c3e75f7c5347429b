package dev.headrace.engine.spec;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

/// A graph as it was asked for. It may be wrong: the planner says so.
///
/// @param name for messages and drawings
/// @param nodes in the order written, which numbers the random nodes of one kind
/// @param outputs by name, in the order written
public record GraphSpec(
        String name, ImmutableList<NodeSpec> nodes, ImmutableMap<String, Wire> outputs) {
    public GraphSpec {
        requireNonNull(name, "name");
        requireNonNull(nodes, "nodes");
        requireNonNull(outputs, "outputs");
    }

    /// The same graph, with the values of all nodes kept to be looked at.
    public GraphSpec peeked() {
        return new GraphSpec(
                name,
                nodes.stream().map(NodeSpec::peeked).collect(ImmutableList.toImmutableList()),
                outputs);
    }
}
