package dev.headrace.engine.spec;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;

/// Values that are one JSON number, text, or truth.
///
/// @param what what is taken, for messages
/// @param write never fails but for a value that cannot be read back
/// @param read throws any exception on what `write` does not give
record JsonLeaf<T>(String what, Function<T, JsonPrimitive> write, Function<JsonPrimitive, T> read) {
    private static final ImmutableMap<Class<?>, JsonLeaf<?>> LEAVES =
            ImmutableMap.<Class<?>, JsonLeaf<?>>builder()
                    .put(
                            Boolean.class,
                            new JsonLeaf<>("true or false", JsonPrimitive::new, JsonLeaf::truth))
                    .put(Byte.class, whole(Byte.MIN_VALUE, Byte.MAX_VALUE, Byte::valueOf))
                    .put(Short.class, whole(Short.MIN_VALUE, Short.MAX_VALUE, Short::valueOf))
                    .put(
                            Integer.class,
                            whole(Integer.MIN_VALUE, Integer.MAX_VALUE, Integer::valueOf))
                    .put(Long.class, whole(Long.MIN_VALUE, Long.MAX_VALUE, Long::valueOf))
                    .put(
                            Float.class,
                            new JsonLeaf<Float>(
                                    "a number that a float holds, \"NaN\" or \"±Infinity\"",
                                    number ->
                                            Float.isFinite(number)
                                                    ? new JsonPrimitive(number)
                                                    : new JsonPrimitive(number.toString()),
                                    json -> finite(json, Float.valueOf(json.getAsString()))))
                    .put(
                            Double.class,
                            new JsonLeaf<Double>(
                                    "a number that a double holds, \"NaN\" or \"±Infinity\"",
                                    number ->
                                            Double.isFinite(number)
                                                    ? new JsonPrimitive(number)
                                                    : new JsonPrimitive(number.toString()),
                                    json -> finite(json, Double.valueOf(json.getAsString()))))
                    .put(
                            Character.class,
                            new JsonLeaf<>("one character", JsonPrimitive::new, JsonLeaf::letter))
                    .put(String.class, new JsonLeaf<>("a text", JsonPrimitive::new, JsonLeaf::text))
                    .put(
                            Path.class,
                            new JsonLeaf<>("a path", JsonLeaf::path, json -> Path.of(text(json))))
                    .put(
                            Duration.class,
                            new JsonLeaf<Duration>(
                                    "a duration such as \"PT1.5S\"",
                                    time -> new JsonPrimitive(time.toString()),
                                    json -> Duration.parse(text(json))))
                    .build();

    /// Whether values of this type (a wrapper, for a primitive one) are such.
    static boolean isLeaf(Class<?> type) {
        return LEAVES.containsKey(type);
    }

    /// What a value of this type looks like.
    static String what(Class<?> type) {
        return LEAVES.get(type).what;
    }

    @SuppressWarnings("unchecked") // the leaf is found by the value's own type
    static JsonElement write(Class<?> type, Object value) {
        return ((JsonLeaf<Object>) LEAVES.get(type)).write.apply(value);
    }

    /// @throws RuntimeException any, if this is no such value
    static Object read(Class<?> type, JsonElement json) {
        return LEAVES.get(type).read.apply((JsonPrimitive) json);
    }

    private static <T> JsonLeaf<T> whole(long least, long greatest, Function<String, T> parse) {
        return new JsonLeaf<>(
                "a whole number from " + least + " to " + greatest,
                number -> new JsonPrimitive((Number) number),
                json -> {
                    checkArgument(json.isNumber());
                    return parse.apply(json.getAsString());
                });
    }

    /// What is written as text is not finite, and what is written as a number is.
    private static <T extends Number> T finite(JsonPrimitive json, T number) {
        if (json.isNumber()) {
            checkArgument(Double.isFinite(number.doubleValue()));
        } else {
            checkArgument(text(json).equals(number.toString()));
            checkArgument(!Double.isFinite(number.doubleValue()));
        }
        return number;
    }

    private static Boolean truth(JsonPrimitive json) {
        checkArgument(json.isBoolean());
        return json.getAsBoolean();
    }

    private static String text(JsonPrimitive json) {
        checkArgument(json.isString());
        return json.getAsString();
    }

    private static Character letter(JsonPrimitive json) {
        checkArgument(text(json).length() == 1);
        return text(json).charAt(0);
    }

    private static JsonPrimitive path(Path path) {
        checkArgument(
                path.getFileSystem().equals(FileSystems.getDefault()),
                "the path %s lies in %s, and has no form in JSON",
                path,
                path.getFileSystem());
        return new JsonPrimitive(path.toString());
    }
}
