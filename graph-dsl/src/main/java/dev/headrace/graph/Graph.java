package dev.headrace.graph;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.CaseFormat;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Ref;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A graph that is being written: add nodes, name outputs, build.
///
/// It is read from the top: a node can use only those added before it. Confined to one thread.
public final class Graph {
    private final String name;
    private final List<Node.Added> added = new ArrayList<>();
    private final Map<String, Node.Added> byName = new HashMap<>();
    private final Map<String, Integer> ordinals = new HashMap<>();
    private final Map<String, Argument> outputs = new LinkedHashMap<>();

    private Graph(String name) {
        checkArgument(!name.isBlank(), "a graph's name is empty");
        this.name = name;
    }

    /// An empty graph.
    ///
    /// @param name for messages and drawings
    public static Graph named(String name) {
        return new Graph(name);
    }

    /// Adds a source whose samples can be read in any order.
    public Node read(IndexedSource<?> source) {
        return add(source);
    }

    /// Adds a source that is read in order.
    public Node read(SequentialSource<?> source) {
        return add(source);
    }

    /// Adds a node.
    ///
    /// @param operator what it does; arguments that are nodes become inputs behind the data inputs
    /// @param inputs its data inputs: nodes of this graph, or constants, repeated for every sample
    /// @throws IllegalArgumentException if an input is a node of another graph
    public Node add(Operator operator, Argument... inputs) {
        var detached = Arguments.detach(operator, inputs.length);
        var all = new ArrayList<Argument>(List.of(inputs));
        all.addAll(detached.refs());
        all.forEach(this::checkOwn);
        var node =
                new Node.Added(
                        this,
                        detached.operator(),
                        ImmutableList.copyOf(all),
                        inputs.length,
                        freshName(operator.kind()),
                        callerLine());
        added.add(node);
        byName.put(node.name, node);
        return new Node(node, 0, operator.outputs().size() == 1);
    }

    private void checkOwn(Argument input) {
        switch (input) {
            case Node node when node.graph() == this -> node.checkChosen();
            case Ref ref ->
                    throw new IllegalArgumentException(
                            ref + " is a node of another graph than " + name);
            case Input slot ->
                    throw new IllegalArgumentException(slot + " stands outside an operator");
            case Constant _ -> {}
        }
    }

    private String freshName(String kind) {
        var base = CaseFormat.UPPER_CAMEL.to(CaseFormat.LOWER_CAMEL, kind);
        String fresh;
        do {
            int ordinal = ordinals.merge(base, 1, Integer::sum);
            fresh = ordinal == 1 ? base : base + ordinal;
        } while (byName.containsKey(fresh));
        return fresh;
    }

    void rename(Node.Added node, String wanted) {
        var holder = byName.get(wanted);
        checkArgument(
                holder == null || holder == node,
                "two nodes of graph %s are named %s",
                name,
                wanted);
        byName.remove(node.name);
        byName.put(wanted, node);
        node.name = wanted;
        node.named = true;
    }

    /// The line of the innermost caller that is neither ours nor the JDK's.
    private static Optional<String> callerLine() {
        return StackWalker.getInstance()
                .walk(frames -> frames.filter(Graph::isUsers).findFirst())
                .filter(frame -> frame.getFileName() != null)
                .map(frame -> frame.getFileName() + ":" + frame.getLineNumber());
    }

    private static boolean isUsers(StackWalker.StackFrame frame) {
        var caller = frame.getClassName();
        return !caller.equals(Graph.class.getName())
                && !caller.equals(Node.class.getName())
                && !caller.startsWith("java.");
    }

    /// Gives a value a name under which batches carry it. One value may have several names.
    ///
    /// @param value a node of this graph, or a constant, repeated for every sample
    public Graph output(String name, Argument value) {
        checkOwn(value);
        checkArgument(!name.isBlank(), "an output's name is empty");
        checkArgument(
                outputs.putIfAbsent(name, value) == null,
                "two outputs of graph %s are named %s",
                this.name,
                name);
        return this;
    }

    /// The graph as a value, as written so far.
    public GraphSpec spec() {
        var wires = ImmutableMap.<String, Wire>builder();
        outputs.forEach((output, value) -> wires.put(output, Node.wire(value)));
        return new GraphSpec(
                name,
                added.stream().map(Node.Added::spec).collect(ImmutableList.toImmutableList()),
                wires.buildOrThrow());
    }

    /// What would run with these options.
    ///
    /// @throws dev.headrace.engine.error.BadGraph with all that is wrong
    public Plan plan(Options options) {
        return Plan.of(spec(), options);
    }

    /// Plans the graph, opens its sources and starts its workers.
    ///
    /// @throws dev.headrace.engine.error.BadGraph with all that is wrong
    public Pipeline build(Options options) {
        return Pipeline.of(plan(options));
    }
}
