package dev.headrace.graph;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Ref;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Wire;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// A node of a graph that is being written, standing for its output; where there are several,
/// [#get] says which.
///
/// A node may be used wherever an operator takes an [Argument]. Confined to the thread that writes
/// the graph.
public final class Node implements Ref {
    /// What one call of `add` made, shared by the nodes that stand for its outputs.
    static final class Added {
        final Graph graph;
        final Operator operator;
        final List<Argument> inputs;
        final int dataInputs;
        final Optional<String> origin;
        String name;
        boolean named;
        boolean preserve;
        boolean peek;
        OptionalLong seed = OptionalLong.empty();
        Optional<Device> device = Optional.empty();

        Added(
                Graph graph,
                Operator operator,
                List<Argument> inputs,
                int dataInputs,
                String name,
                Optional<String> origin) {
            this.graph = graph;
            this.operator = operator;
            this.inputs = inputs;
            this.dataInputs = dataInputs;
            this.name = name;
            this.origin = origin;
        }

        NodeSpec spec() {
            return new NodeSpec(
                    name,
                    named,
                    operator,
                    inputs.stream().map(Node::wire).collect(toImmutableList()),
                    dataInputs,
                    device,
                    preserve,
                    peek,
                    seed,
                    origin);
        }
    }

    private final Added added;
    private final int output;
    private final boolean chosen;

    /// @param chosen whether it is clear which output is meant
    Node(Added added, int output, boolean chosen) {
        this.added = added;
        this.output = output;
        this.chosen = chosen;
    }

    /// @throws IllegalArgumentException if one of several outputs, or of none, is meant
    void checkChosen() {
        var outputs = added.operator.outputs();
        checkArgument(chosen || !outputs.isEmpty(), "%s has no output", added.name);
        checkArgument(
                chosen,
                "%s has %s outputs: %s; say which with get(…)",
                added.name,
                outputs.size(),
                String.join(", ", outputs));
    }

    static Wire wire(Argument argument) {
        return switch (argument) {
            case Node node -> new Wire.Output(node.added.name, node.output);
            case Constant constant -> new Wire.Fixed(constant.value());
            case Ref other -> throw new IllegalStateException(other + " is not of this graph");
            case Input slot ->
                    throw new IllegalStateException(slot + " stands outside an operator");
        };
    }

    Graph graph() {
        return added.graph;
    }

    /// Adds an operator that takes this value.
    public Node then(Operator operator) {
        return added.graph.add(operator, this);
    }

    /// The output of this name.
    ///
    /// @throws IllegalArgumentException if the operator has none of this name; lists those it has
    public Node get(String name) {
        int found = added.operator.outputs().indexOf(name);
        checkArgument(
                found >= 0,
                "%s has no output %s; it has: %s",
                added.name,
                name,
                String.join(", ", added.operator.outputs()));
        return new Node(added, found, true);
    }

    /// An output by its place.
    ///
    /// @param place from 0
    public Node get(int place) {
        int count = added.operator.outputs().size();
        checkArgument(
                place >= 0 && place < count, "%s has %s outputs, not %s", added.name, count, place);
        return new Node(added, place, true);
    }

    /// Names the node. The name appears in messages, keys its random numbers, and must be unique.
    public Node named(String name) {
        checkArgument(!name.isBlank(), "a node's name is empty");
        added.graph.rename(added, name);
        return this;
    }

    /// Gives the node's random numbers a seed of their own, independent of the pipeline's.
    public Node seed(long seed) {
        added.seed = OptionalLong.of(seed);
        return this;
    }

    /// Keeps the node, and all it needs, though nobody reads it.
    public Node preserve() {
        added.preserve = true;
        return this;
    }

    /// Keeps the node's values with each batch, to be looked at: see
    /// [dev.headrace.engine.run.Batch#peek]. Nothing else changes: a node that nobody needs is left
    /// out as before, and all other values are the same.
    public Node peek() {
        added.peek = true;
        return this;
    }

    /// This value on the first CUDA device: what follows runs there.
    public Node gpu() {
        return gpu(0);
    }

    /// This value on a CUDA device: what follows runs there.
    ///
    /// @param number from 0, as the driver counts
    public Node gpu(int number) {
        return then(new Transfer()).on(Device.gpu(number));
    }

    /// This value on the host: what follows runs there.
    public Node cpu() {
        return then(new Transfer()).on(Device.HOST);
    }

    /// Says where the node is to run. Its data is copied to there; without a word it runs where its
    /// data lies.
    public Node on(Device device) {
        added.device = Optional.of(device);
        return this;
    }

    /// The node's name.
    public String name() {
        return added.name;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Node node && node.added == added && node.output == output;
    }

    @Override
    public int hashCode() {
        return 31 * System.identityHashCode(added) + output;
    }

    @Override
    public String toString() {
        return added.name + (output == 0 ? "" : "[" + output + "]");
    }
}
