package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.data.SpecPattern;

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
/// @param readers the steps that read it from its slot, or take their number of samples from it, in
///     order, without the one that makes it
/// @param graphOutputs the names under which it leaves the graph
public record Value(
        int index,
        int node,
        int output,
        SpecPattern promise,
        boolean inSlot,
        boolean shared,
        ImmutableIntArray readers,
        ImmutableSet<String> graphOutputs) {}
