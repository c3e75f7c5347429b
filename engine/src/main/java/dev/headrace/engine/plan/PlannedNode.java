package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.operator.Operator;

/// A node as it will run.
///
/// @param index its number in the plan: nodes are in topological order, as written where free
/// @param where for messages
/// @param operator what it does
/// @param inputs data inputs first, then arguments
/// @param dataInputs how many of them are data inputs
/// @param values for each output of the operator the number of its value, or -1 where nobody needs
///     it
/// @param device where it runs
/// @param level the most batch operators and borders between devices on any path to it
/// @param part its random numbers and, if it is fused, its parts
public record PlannedNode(
        int index,
        Where where,
        Operator operator,
        ImmutableList<Binding> inputs,
        int dataInputs,
        ImmutableIntArray values,
        Device device,
        int level,
        Part part) {}
