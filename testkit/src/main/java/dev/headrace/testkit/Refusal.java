package dev.headrace.testkit;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Operator;
import java.util.function.Supplier;

/// Something that an operator refuses, and what it says then.
///
/// @param name a sentence
/// @param operator makes the operator; it may be that which is refused
/// @param inputs one sample, data inputs first
/// @param message word for word, without the place
public record Refusal(
        String name,
        Supplier<? extends Operator> operator,
        ImmutableList<TensorValue> inputs,
        String message) {
    /// A sample that is refused while running.
    public Refusal(String name, Operator operator, TensorValue in, String message) {
        this(name, () -> operator, ImmutableList.of(in), message);
    }

    /// Arguments that are refused by the operator's constructor.
    public Refusal(String name, Supplier<? extends Operator> operator, String message) {
        this(name, operator, ImmutableList.of(), message);
    }
}
