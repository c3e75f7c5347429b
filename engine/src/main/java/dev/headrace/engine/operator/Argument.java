package dev.headrace.engine.operator;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.Range;
import dev.headrace.engine.data.TensorValue;

/// An argument of an operator that may be a number or another node's value, sample by sample.
///
/// A record declares a component of this type; users pass a constant or a node. When the node is
/// added, each [Ref] is replaced by an [Input], so an operator in a graph holds constants and slots
/// only, and equal ones are equal.
public sealed interface Argument permits Constant, Input, Ref {
    /// A constant number.
    static Constant of(double number) {
        return new Constant(TensorValue.of(number));
    }

    /// A constant tensor.
    static Constant of(TensorValue value) {
        return new Constant(value);
    }

    /// Checks a constant's elements when an operator is made; values of nodes are checked sample by
    /// sample, by [Context#number(Argument, Range, String)].
    ///
    /// @param range what every element must lie in
    /// @param name the argument's name, for the message
    /// @throws IllegalArgumentException if a constant lies outside
    static Argument checked(Argument argument, Range<Double> range, String name) {
        checkArgument(argument != null, "%s is missing", name);
        if (argument instanceof Constant constant) {
            for (double number : constant.value().numbers()) {
                checkArgument(range.contains(number), "%s %s is not in %s", name, number, range);
            }
        }
        return argument;
    }
}
