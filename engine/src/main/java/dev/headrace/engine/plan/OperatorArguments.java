package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Operator;
import java.util.function.IntFunction;

/// The arguments of an operator for people: the components of its record, each with its name.
public final class OperatorArguments {
    private OperatorArguments() {}

    /// Each argument's text by its name, in the order of the components, on one line and whole;
    /// none for an operator that is no record.
    ///
    /// @param nameOfInput what to call the input at a place, for an argument that is another node's
    ///     value
    public static ImmutableMap<String, String> of(
            Operator operator, IntFunction<String> nameOfInput) {
        if (!(operator instanceof Record whole)) {
            return ImmutableMap.of();
        }
        var texts = ImmutableMap.<String, String>builder();
        for (var component : whole.getClass().getRecordComponents()) {
            var value = Slots.read(component, whole);
            texts.put(
                    component.getName(),
                    value instanceof Input(int place)
                            ? nameOfInput.apply(place)
                            : line(String.valueOf(value)));
        }
        return texts.buildOrThrow();
    }

    private static String line(String value) {
        return value.strip().replaceAll("\\s+", " ").replaceAll("(\\w)\\[]", "$1");
    }

    /// The name of the component that takes an input as its value, in the record itself or within a
    /// component of it; empty where none does.
    ///
    /// @param place of the input, among all inputs of the node
    public static String nameOf(Operator operator, int place) {
        if (operator instanceof Record whole) {
            for (var component : whole.getClass().getRecordComponents()) {
                if (Slots.within(Slots.read(component, whole)).contains(new Input(place))) {
                    return component.getName();
                }
            }
        }
        return "";
    }
}
