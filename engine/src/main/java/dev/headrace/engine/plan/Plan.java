package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;

/// What runs: nodes, the values between them, and the steps that compute them.
///
/// @param graph what was asked
/// @param options how to run it
/// @param nodes in topological order
/// @param values in the order of their nodes
/// @param steps in topological order
/// @param outputs by name, in the order written, those that the options want
/// @param explain what each pass did, for people
public record Plan(
        GraphSpec graph,
        Options options,
        ImmutableList<PlannedNode> nodes,
        ImmutableList<Value> values,
        ImmutableList<Step> steps,
        ImmutableMap<String, Binding> outputs,
        String explain) {

    /// Plans a graph.
    ///
    /// @throws dev.headrace.engine.error.BadGraph with all that is wrong
    public static Plan of(GraphSpec graph, Options options) {
        return Planner.plan(graph, options);
    }
}
