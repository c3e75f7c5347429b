package dev.headrace.engine.plan;

import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Operator;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Finds the arguments that an operator holds: in its record components, in nested records, lists,
/// maps and optionals.
final class Slots {
    private Slots() {}

    /// All arguments, in the order of the components.
    static List<Argument> of(Operator operator) {
        return within(operator);
    }

    /// All arguments within a value.
    static List<Argument> within(Object value) {
        var found = new ArrayList<Argument>();
        find(value, found);
        return found;
    }

    private static void find(Object value, List<Argument> found) {
        switch (value) {
            case null -> {}
            case Argument argument -> found.add(argument);
            case Optional<?> some -> some.ifPresent(each -> find(each, found));
            case Map<?, ?> map -> map.values().forEach(each -> find(each, found));
            case List<?> list -> list.forEach(each -> find(each, found));
            case Record whole -> {
                for (var component : whole.getClass().getRecordComponents()) {
                    find(read(component, whole), found);
                }
            }
            default -> {}
        }
    }

    /// A component's value, or null where it cannot be looked at.
    static Object read(RecordComponent component, Record whole) {
        try {
            return component.getAccessor().trySetAccessible()
                    ? component.getAccessor().invoke(whole)
                    : null;
        } catch (ReflectiveOperationException unreadable) {
            return null;
        }
    }
}
