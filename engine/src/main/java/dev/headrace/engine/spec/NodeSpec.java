package dev.headrace.engine.spec;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.operator.Operator;
import java.util.Optional;
import java.util.OptionalLong;

/// A node as it was asked for.
///
/// @param name unique in its graph
/// @param named whether the user chose the name, which then keys its random numbers
/// @param operator what it does; it holds constants and slots, no references
/// @param inputs data inputs first, then the values of arguments
/// @param dataInputs how many of the inputs are data inputs
/// @param device where it is to run, if told
/// @param preserve whether it is kept, with all that it needs, though nobody reads it
/// @param peek whether its values are kept with the batch, to be looked at
/// @param seed the seed of its random numbers, if told
/// @param origin the line of the user's program, as in `Train.java:42`
public record NodeSpec(
        String name,
        boolean named,
        Operator operator,
        ImmutableList<Wire> inputs,
        int dataInputs,
        Optional<Device> device,
        boolean preserve,
        boolean peek,
        OptionalLong seed,
        Optional<String> origin) {
    public NodeSpec {
        requireNonNull(operator, "operator");
        requireNonNull(device, "device");
        requireNonNull(seed, "seed");
        requireNonNull(origin, "origin");
        checkArgument(!name.isBlank(), "a node's name is empty");
        checkArgument(
                dataInputs >= 0 && dataInputs <= inputs.size(),
                "%s of %s inputs are data",
                dataInputs,
                inputs.size());
    }

    /// A node with the defaults of everything that need not be told.
    public static NodeSpec of(String name, Operator operator, Wire... inputs) {
        return new NodeSpec(
                name,
                false,
                operator,
                ImmutableList.copyOf(inputs),
                inputs.length,
                Optional.empty(),
                false,
                false,
                OptionalLong.empty(),
                Optional.empty());
    }

    /// The same node, its values kept to be looked at.
    public NodeSpec peeked() {
        return new NodeSpec(
                name, named, operator, inputs, dataInputs, device, preserve, true, seed, origin);
    }

    /// The node, for messages.
    public Where where() {
        return Where.node(name, operator.kind(), origin);
    }
}
