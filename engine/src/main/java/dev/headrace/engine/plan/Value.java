package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.operator.Operator;

/// An output of a planned node that somebody needs.
///
/// @param index its number in the plan
/// @param node the number of the node that makes it
/// @param output which of that node's outputs it is
/// @param promise what is known of it before there is data
/// @param inSlot whether it lies in the batch, since it is read outside the segment that makes it;
///     others live in a worker's scratch memory
/// @param shared whether it lies in memory that other processes can map, since an operator that
///     shares memory reads or makes it
/// @param pinned whether it lies in memory of the host that devices copy from or to
/// @param readers the steps that read it from its slot, or take their number of samples from it, in
///     order, without the one that makes it
/// @param peeked whether it is kept with the batch, to be looked at
/// @param graphOutputs the names under which it leaves the graph
public record Value(
        int index,
        int node,
        int output,
        SpecPattern promise,
        boolean inSlot,
        boolean shared,
        boolean pinned,
        ImmutableIntArray readers,
        boolean peeked,
        ImmutableSet<String> graphOutputs) {
    /// Whether the batch holds it until it is released.
    public boolean inBatch() {
        return peeked || !graphOutputs.isEmpty();
    }

    /// The name of a value: that of its node, with the output's where the operator has several.
    static String name(Where node, Operator operator, int output) {
        return operator.outputs().size() == 1
                ? node.node()
                : node.node() + "." + operator.outputs().get(output);
    }
}
