package dev.headrace.graph;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Ref;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Takes the references to nodes out of an operator: rebuilds its record through the canonical
/// constructor, with an [Input] for each [Ref], also in nested records, lists, maps and optionals.
final class Arguments {
    private final int dataInputs;
    private final List<Ref> found = new ArrayList<>();

    private Arguments(int dataInputs) {
        this.dataInputs = dataInputs;
    }

    /// An operator without references, and what it referred to.
    ///
    /// @param operator holds constants and slots only
    /// @param refs the values of its slots, in order, behind the data inputs
    record Detached(Operator operator, List<Ref> refs) {}

    static Detached detach(Operator operator, int dataInputs) {
        var arguments = new Arguments(dataInputs);
        var detached = (Operator) arguments.without(operator);
        return new Detached(detached, arguments.found);
    }

    private Object without(Object value) {
        return switch (value) {
            case Ref ref -> slot(ref);
            case Argument argument -> argument;
            case Record whole -> withoutRefs(whole);
            case Optional<?> some -> some.map(this::without);
            case Map<?, ?> map -> withoutRefs(map);
            case List<?> list when list instanceof ImmutableList ->
                    list.stream().map(this::without).collect(toImmutableList());
            case List<?> list -> list.stream().map(this::without).toList();
            case Set<?> set -> checkedForRefs(set, set);
            case Object[] array -> checkedForRefs(array, Arrays.asList(array));
            case null -> null;
            default -> value;
        };
    }

    private Map<?, ?> withoutRefs(Map<?, ?> map) {
        checkedForRefs(map, map.keySet());
        var changed = new LinkedHashMap<Object, Object>();
        map.forEach((key, each) -> changed.put(key, without(each)));
        return map instanceof ImmutableMap
                ? ImmutableMap.copyOf(changed)
                : Collections.unmodifiableMap(changed);
    }

    /// A value whose parts may not be nodes: a slot would change their order, or how many there
    // are.
    private static Object checkedForRefs(Object value, Collection<?> parts) {
        var arguments = new Arguments(0);
        parts.forEach(arguments::without);
        for (var ref : arguments.found) {
            throw new IllegalArgumentException(
                    ref
                            + " is an argument in a set, an array or the keys of a map; a list or the"
                            + " values of a map can hold it");
        }
        return value;
    }

    private Input slot(Ref ref) {
        int known = found.indexOf(ref);
        if (known < 0) {
            known = found.size();
            found.add(ref);
        }
        return new Input(dataInputs + known);
    }

    private Object withoutRefs(Record whole) {
        var components = whole.getClass().getRecordComponents();
        var values = new Object[components.length];
        boolean changed = false;
        for (int i = 0; i < values.length; i++) {
            var before = read(components[i], whole);
            values[i] = without(before);
            changed |= values[i] != before && !values[i].equals(before);
        }
        return changed ? rebuild(whole, components, values) : whole;
    }

    private static Object read(RecordComponent component, Record whole) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(whole);
        } catch (ReflectiveOperationException failure) {
            throw new IllegalArgumentException(
                    "cannot read " + component.getName() + " of " + whole, failure);
        }
    }

    private static Object rebuild(Record whole, RecordComponent[] components, Object[] values) {
        try {
            var constructor =
                    whole.getClass()
                            .getDeclaredConstructor(
                                    Arrays.stream(components)
                                            .map(RecordComponent::getType)
                                            .toArray(Class<?>[]::new));
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException refusal) {
            if (refusal.getCause() instanceof RuntimeException reason) {
                throw reason;
            }
            throw new IllegalArgumentException("cannot rebuild " + whole, refusal.getCause());
        } catch (ReflectiveOperationException failure) {
            throw new IllegalArgumentException("cannot rebuild " + whole, failure);
        }
    }
}
