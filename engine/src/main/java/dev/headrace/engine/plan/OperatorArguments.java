package dev.headrace.engine.plan;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Operator;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntFunction;

/// The arguments of an operator for people: the components of its record, each with its name.
public final class OperatorArguments {
    private OperatorArguments() {}

    /// Each argument's text by its name, in the order of the components, on one line and whole;
    /// none for an operator that is no record. An optional argument that is absent is left out. A
    /// record of one component, which is no operator, is written as that component, and what has no
    /// text of its own as its class.
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
            if (value instanceof OptionalLong number) {
                value = number.isPresent() ? Optional.of(number.getAsLong()) : Optional.empty();
            }
            if (value instanceof Optional<?> optional) {
                if (optional.isEmpty()) {
                    continue;
                }
                value = optional.get();
            }
            texts.put(
                    component.getName(),
                    value instanceof Input(int place)
                            ? nameOfInput.apply(place)
                            : line(text(value)));
        }
        return texts.buildOrThrow();
    }

    private static String text(Object value) {
        return switch (value) {
            case null -> "null";
            case Optional<?> optional -> optional.map(OperatorArguments::text).orElse("absent");
            case List<?> list ->
                    list.stream().map(OperatorArguments::text).collect(joining(", ", "[", "]"));
            case Record whole when isWrittenByTheLanguage(whole) -> text(whole);
            default -> plain(value);
        };
    }

    private static boolean isWrittenByTheLanguage(Record whole) {
        return whole.toString().startsWith(whole.getClass().getSimpleName() + "[");
    }

    private static String text(Record whole) {
        var components = whole.getClass().getRecordComponents();
        if (components.length == 1 && !(whole instanceof Operator)) {
            return text(Slots.read(components[0], whole));
        }
        return Arrays.stream(components)
                .map(each -> each.getName() + "=" + text(Slots.read(each, whole)))
                .collect(joining(", ", whole.getClass().getSimpleName() + "[", "]"));
    }

    /// The text of a value; where that would be its class and a number that is another in each run,
    /// the class alone.
    private static String plain(Object value) {
        var type = value.getClass();
        var text = value.toString();
        if (!text.equals(type.getName() + "@" + Integer.toHexString(value.hashCode()))) {
            return text;
        }
        return type.isHidden() ? "a lambda" : type.getSimpleName();
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
