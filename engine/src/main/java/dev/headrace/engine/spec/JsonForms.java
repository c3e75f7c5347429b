package dev.headrace.engine.spec;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Longs;
import com.google.common.primitives.Primitives;
import com.google.common.reflect.TypeToken;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Operator;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// Values as JSON and back, both by the type that is declared for them.
final class JsonForms {
    /// The member that names the class where the declared type leaves it open. No component of a
    /// record can have this name.
    static final String CLASS = "class";

    /// How a missing member reads, and an empty optional.
    static final JsonNull NONE = JsonNull.INSTANCE;

    /// The deepest nesting of components: {@value}.
    static final int MAX_DEPTH = 40;

    private static final int LONG_PATH = 100;
    private static final String SLOT = "input";
    private static final TypeToken<List<Long>> EXTENTS = new TypeToken<>() {};

    private final boolean allowCode;

    /// @param allowCode whether operators are read that run code which their components name
    JsonForms(boolean allowCode) {
        this.allowCode = allowCode;
    }

    /// Where a value stands: component by component, for messages.
    private record Place(Place outer, String name, int depth) {
        static final Place ROOT = new Place(null, "", 0);

        Place at(String component) {
            if (depth == MAX_DEPTH) {
                throw refused("is nested more than " + MAX_DEPTH + " deep");
            }
            return new Place(this, component, depth + 1);
        }

        IllegalArgumentException refused(String why) {
            var path = toString();
            if (path.length() > LONG_PATH) {
                path = "…" + path.substring(path.length() - LONG_PATH);
            }
            return new IllegalArgumentException(depth == 0 ? why : path + ": " + why);
        }

        <T> T refusing(Supplier<T> maker) {
            try {
                return maker.get();
            } catch (IllegalArgumentException refusal) {
                throw refused(refusal.getMessage());
            }
        }

        IllegalArgumentException takes(String what, JsonElement got) {
            return refused("takes " + what + ", got " + JsonText.shortened(got));
        }

        @Override
        public String toString() {
            return outer == null || outer.depth == 0 ? name : outer + "." + name;
        }
    }

    /// @throws IllegalArgumentException if the value, or a part of it, has no form; names the part
    JsonElement write(TypeToken<?> type, Object value) {
        return write(type, value, Place.ROOT);
    }

    /// @throws IllegalArgumentException if it is not the form of a value of this type; says where
    @SuppressWarnings("unchecked") // every branch below gives a value of the type asked for
    <T> T read(TypeToken<T> type, JsonElement json) {
        return (T) read(type, json, Place.ROOT);
    }

    private JsonElement write(TypeToken<?> type, Object value, Place place) {
        var raw = Primitives.wrap(type.getRawType());
        if (value == null) {
            throw place.refused("is null");
        }
        if (JsonLeaf.isLeaf(raw)) {
            return place.refusing(() -> JsonLeaf.write(raw, value));
        }
        return switch (value) {
            case Optional<?> some when raw == Optional.class ->
                    some.isPresent() ? write(parameter(type, 0), some.get(), place) : NONE;
            case OptionalInt some -> some.isPresent() ? new JsonPrimitive(some.getAsInt()) : NONE;
            case OptionalLong some -> some.isPresent() ? new JsonPrimitive(some.getAsLong()) : NONE;
            case OptionalDouble some ->
                    some.isPresent() ? JsonLeaf.write(Double.class, some.getAsDouble()) : NONE;
            case List<?> list when isList(raw) -> writeList(parameter(type, 0), list, place);
            case ImmutableMap<?, ?> map when isMap(type) ->
                    writeMap(parameter(type, 1), map, place);
            case Shape shape -> write(EXTENTS, Longs.asList(shape.extents()), place);
            case TensorValue tensor -> writeTensor(tensor, place);
            case Constant constant when raw == Argument.class ->
                    writeTensor(constant.value(), place);
            case Input input when raw == Argument.class -> {
                var slot = new JsonObject();
                slot.addProperty(SLOT, input.place());
                yield slot;
            }
            case Enum<?> constant when raw.isEnum() -> new JsonPrimitive(constant.name());
            case Record whole when raw == whole.getClass() ->
                    writeRecord(new JsonObject(), type, whole, place);
            case Record whole when isOperatorKind(raw) ->
                    writeRecord(named(whole.getClass().getName()), whole, place);
            case Record whole when raw.isSealed() && permitted(raw).contains(whole.getClass()) ->
                    writeRecord(named(nameIn(raw, whole.getClass())), whole, place);
            case Operator _ when isOperatorKind(raw) ->
                    throw place.refused("is not a record, so it has no form in JSON");
            default -> throw place.refused("is of type " + type + ", which has no form in JSON");
        };
    }

    private Object read(TypeToken<?> type, JsonElement json, Place place) {
        var raw = Primitives.wrap(type.getRawType());
        if (raw == Optional.class) {
            return json == NONE
                    ? Optional.empty()
                    : Optional.of(read(parameter(type, 0), json, place));
        } else if (raw == OptionalInt.class) {
            return json == NONE
                    ? OptionalInt.empty()
                    : OptionalInt.of((int) readLeaf(Integer.class, json, place));
        } else if (raw == OptionalLong.class) {
            return json == NONE
                    ? OptionalLong.empty()
                    : OptionalLong.of((long) readLeaf(Long.class, json, place));
        } else if (raw == OptionalDouble.class) {
            return json == NONE
                    ? OptionalDouble.empty()
                    : OptionalDouble.of((double) readLeaf(Double.class, json, place));
        } else if (json == NONE) {
            throw place.refused("is missing");
        } else if (JsonLeaf.isLeaf(raw)) {
            return readLeaf(raw, json, place);
        } else if (isList(raw)) {
            return readList(parameter(type, 0), json, place);
        } else if (isMap(type)) {
            return readMap(parameter(type, 1), json, place);
        } else if (raw == Shape.class) {
            return readShape(json, place);
        } else if (raw == TensorValue.class) {
            return readTensor(json, place);
        } else if (raw == Argument.class) {
            return readArgument(json, place);
        } else if (raw.isEnum()) {
            return readEnum(raw, json, place);
        } else if (raw.isRecord()) {
            return readRecord(type, object(json, place), place);
        } else if (isOperatorKind(raw)) {
            return readOperator(raw, object(json, place), place);
        } else if (raw.isSealed()) {
            return readPermitted(raw, object(json, place), place);
        }
        throw place.refused("is of type " + type + ", which has no form in JSON");
    }

    private static Object readLeaf(Class<?> raw, JsonElement json, Place place) {
        try {
            return JsonLeaf.read(raw, json);
        } catch (RuntimeException refusal) {
            throw place.takes(JsonLeaf.what(raw), json);
        }
    }

    private JsonElement writeTensor(TensorValue tensor, Place place) {
        return JsonTensor.isNumber(tensor)
                ? JsonLeaf.write(Double.class, tensor.number(0))
                : writeRecord(new JsonObject(), JsonTensor.of(tensor), place);
    }

    private TensorValue readTensor(JsonElement json, Place place) {
        if (!(json instanceof JsonObject)) {
            return TensorValue.of((double) readLeaf(Double.class, json, place));
        }
        var tensor = (JsonTensor) read(TypeToken.of(JsonTensor.class), json, place);
        return place.refusing(tensor::value);
    }

    private Shape readShape(JsonElement json, Place place) {
        var extents = (List<?>) read(EXTENTS, json, place);
        return place.refusing(
                () -> Shape.of(extents.stream().mapToLong(each -> (long) each).toArray()));
    }

    private Argument readArgument(JsonElement json, Place place) {
        if (json instanceof JsonObject slot && slot.has(SLOT) && slot.size() == 1) {
            int input = (int) readLeaf(Integer.class, slot.get(SLOT), place);
            return place.refusing(() -> new Input(input));
        }
        return new Constant(readTensor(json, place));
    }

    private static Object readEnum(Class<?> raw, JsonElement json, Place place) {
        var names = new ArrayList<String>();
        for (var constant : raw.getEnumConstants()) {
            names.add(((Enum<?>) constant).name());
            if (json.equals(new JsonPrimitive(names.getLast()))) {
                return constant;
            }
        }
        throw place.takes("one of " + names, json);
    }

    private static JsonObject object(JsonElement json, Place place) {
        if (json instanceof JsonObject object) {
            return object;
        }
        throw place.takes("an object", json);
    }

    private static TypeToken<?> parameter(TypeToken<?> type, int index) {
        return type.resolveType(type.getRawType().getTypeParameters()[index]);
    }

    private static boolean isList(Class<?> raw) {
        return raw == List.class || raw == ImmutableList.class;
    }

    private static boolean isMap(TypeToken<?> type) {
        return type.getRawType() == ImmutableMap.class
                && parameter(type, 0).getRawType() == String.class;
    }

    private JsonArray writeList(TypeToken<?> element, List<?> list, Place place) {
        var array = new JsonArray();
        for (var each : list) {
            array.add(write(element, each, place.at(Integer.toString(array.size()))));
        }
        return array;
    }

    private List<Object> readList(TypeToken<?> element, JsonElement json, Place place) {
        if (!(json instanceof JsonArray array)) {
            throw place.takes("a list", json);
        }
        var list = ImmutableList.builder();
        for (int i = 0; i < array.size(); i++) {
            list.add(read(element, array.get(i), place.at(Integer.toString(i))));
        }
        return list.build();
    }

    private JsonObject writeMap(TypeToken<?> value, Map<?, ?> map, Place place) {
        var object = new JsonObject();
        map.forEach(
                (key, each) ->
                        object.add((String) key, write(value, each, place.at((String) key))));
        return object;
    }

    private Map<String, Object> readMap(TypeToken<?> value, JsonElement json, Place place) {
        var map = ImmutableMap.<String, Object>builder();
        object(json, place)
                .asMap()
                .forEach((key, each) -> map.put(key, read(value, each, place.at(key))));
        return map.buildOrThrow();
    }

    private static JsonObject named(String className) {
        var object = new JsonObject();
        object.addProperty(CLASS, className);
        return object;
    }

    private JsonObject writeRecord(JsonObject object, Record whole, Place place) {
        return writeRecord(object, TypeToken.of(whole.getClass()), whole, place);
    }

    private JsonObject writeRecord(
            JsonObject object, TypeToken<?> type, Record whole, Place place) {
        for (var component : whole.getClass().getRecordComponents()) {
            var inner = place.at(component.getName());
            var json = write(typeIn(type, component), valueIn(whole, component, inner), inner);
            if (json != NONE) {
                object.add(component.getName(), json);
            }
        }
        return object;
    }

    private static TypeToken<?> typeIn(TypeToken<?> whole, RecordComponent component) {
        return whole.resolveType(component.getGenericType());
    }

    private static Object valueIn(Record whole, RecordComponent component, Place place) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(whole);
        } catch (ReflectiveOperationException | RuntimeException failure) {
            throw place.refused("cannot be read: " + failure);
        }
    }

    private Object readRecord(TypeToken<?> type, JsonObject object, Place place) {
        var components = type.getRawType().getRecordComponents();
        checkNames(type.getRawType(), object, place);
        var types = new Class<?>[components.length];
        var values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            var name = components[i].getName();
            var json = object.get(name);
            types[i] = components[i].getType();
            values[i] =
                    read(typeIn(type, components[i]), json == null ? NONE : json, place.at(name));
        }
        return make(type.getRawType(), types, values, place);
    }

    /// Refuses a name that is misspelt before the one that is missing for it.
    private static void checkNames(Class<?> recordClass, JsonObject object, Place place) {
        var known =
                Arrays.stream(recordClass.getRecordComponents())
                        .map(RecordComponent::getName)
                        .toList();
        for (var name : object.keySet()) {
            if (!known.contains(name)) {
                throw place.refused(
                        recordClass.getSimpleName()
                                + " has no component "
                                + name
                                + (known.isEmpty() ? "" : "; it has " + String.join(", ", known)));
            }
        }
    }

    private static Object make(
            Class<?> recordClass, Class<?>[] types, Object[] values, Place place) {
        try {
            var constructor = recordClass.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (InvocationTargetException refusal) {
            if (refusal.getCause() instanceof IllegalArgumentException reason) {
                throw place.refused(reason.getMessage());
            } else if (refusal.getCause() instanceof VirtualMachineError error) {
                throw error;
            }
            throw place.refused(recordClass.getSimpleName() + " failed: " + refusal.getCause());
        } catch (ReflectiveOperationException | RuntimeException failure) {
            throw place.refused("cannot be made: " + failure);
        }
    }

    /// Whether operators that are not known by their declared type may stand here.
    private static boolean isOperatorKind(Class<?> raw) {
        return raw.isInterface() && Operator.class.isAssignableFrom(raw);
    }

    private Object readOperator(Class<?> kind, JsonObject object, Place place) {
        var found = operatorClass(takeClassName(object, place), kind, place);
        Operator operator;
        try {
            operator = (Operator) readRecord(TypeToken.of(found), without(object), place);
        } catch (LinkageError | TypeNotPresentException failure) {
            throw place.refused(found.getName() + " cannot be loaded: " + failure);
        }
        if (operator.runsCode() && !allowCode) {
            throw place.refused(
                    found.getSimpleName()
                            + " runs code that the text names; if you trust the text, read it with"
                            + " readAllowingCode");
        }
        return operator;
    }

    private static Class<?> operatorClass(String name, Class<?> kind, Place place) {
        var loader = Thread.currentThread().getContextClassLoader();
        if (loader == null) {
            loader = JsonForms.class.getClassLoader();
        }
        try {
            var found = Class.forName(name, false, loader);
            if (found.isRecord() && kind.isAssignableFrom(found)) {
                return found;
            }
        } catch (ClassNotFoundException | LinkageError failure) {
            throw place.refused("there is no class " + name + " here");
        }
        throw place.refused(name + " is no record, or no " + kind.getSimpleName());
    }

    private static String takeClassName(JsonObject object, Place place) {
        if (object.get(CLASS) instanceof JsonPrimitive name && name.isString()) {
            return name.getAsString();
        }
        throw place.refused("its class is missing");
    }

    private static JsonObject without(JsonObject object) {
        var rest = object.deepCopy();
        rest.remove(CLASS);
        return rest;
    }

    private Object readPermitted(Class<?> sealed, JsonObject object, Place place) {
        var name = takeClassName(object, place);
        for (var each : permitted(sealed)) {
            if (name.equals(each.getName()) || name.equals(nameIn(sealed, each))) {
                return readRecord(TypeToken.of(each), without(object), place);
            }
        }
        throw place.refused(
                "takes one of "
                        + permitted(sealed).stream().map(each -> nameIn(sealed, each)).toList()
                        + ", got "
                        + name);
    }

    /// The records of a sealed type, also of those that it permits.
    private static List<Class<?>> permitted(Class<?> sealed) {
        var records = new ArrayList<Class<?>>();
        for (var each : sealed.getPermittedSubclasses()) {
            if (each.isRecord()) {
                records.add(each);
            } else if (each.isSealed()) {
                records.addAll(permitted(each));
            }
        }
        return records;
    }

    private static String nameIn(Class<?> sealed, Class<?> each) {
        long namesakes =
                permitted(sealed).stream()
                        .filter(other -> other.getSimpleName().equals(each.getSimpleName()))
                        .count();
        return namesakes == 1 ? each.getSimpleName() : each.getName();
    }
}
