package dev.headrace.engine.spec;

import com.google.gson.FormattingStyle;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.ToNumberPolicy;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import dev.headrace.engine.error.BadGraph;
import java.io.IOException;
import java.io.StringReader;
import java.util.regex.Pattern;

/// JSON as text: strict when read (RFC 8259, no member twice), short lines when written.
final class JsonText {
    private static final int MAX_DEPTH = 2 * JsonForms.MAX_DEPTH;
    private static final int LINE = 100;
    private static final Pattern PLACE = Pattern.compile(" at line \\d+ column \\d+");
    private static final Gson ON_ONE_LINE =
            new GsonBuilder()
                    .setFormattingStyle(FormattingStyle.COMPACT.withSpaceAfterSeparators(true))
                    .disableHtmlEscaping()
                    .serializeNulls()
                    .create();

    private JsonText() {}

    /// @throws BadGraph if it is no JSON object, too long or too deep
    static JsonObject read(String text) {
        checkLength(text.length());
        var reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        reader.setNestingLimit(MAX_DEPTH);
        try {
            var json = read(reader);
            if (reader.peek() == JsonToken.END_DOCUMENT && json instanceof JsonObject object) {
                return object;
            }
            throw new BadGraph("a graph is one JSON object, got " + shortened(json));
        } catch (IOException | IllegalStateException failure) {
            var place = PLACE.matcher(String.valueOf(failure.getMessage()));
            throw new BadGraph("the text is not JSON" + (place.find() ? place.group() : ""));
        }
    }

    private static JsonElement read(JsonReader reader) throws IOException {
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> readObject(reader);
            case BEGIN_ARRAY -> {
                var array = new JsonArray();
                reader.beginArray();
                while (reader.hasNext()) {
                    array.add(read(reader));
                }
                reader.endArray();
                yield array;
            }
            case STRING -> new JsonPrimitive(reader.nextString());
            case NUMBER ->
                    new JsonPrimitive(ToNumberPolicy.LAZILY_PARSED_NUMBER.readNumber(reader));
            case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
            case NULL -> {
                reader.nextNull();
                yield JsonForms.NONE;
            }
            case END_ARRAY, END_OBJECT, NAME, END_DOCUMENT ->
                    throw new IllegalStateException("a value is missing");
        };
    }

    private static JsonObject readObject(JsonReader reader) throws IOException {
        var object = new JsonObject();
        reader.beginObject();
        while (reader.hasNext()) {
            var name = reader.nextName();
            if (object.has(name)) {
                throw new BadGraph("the text holds " + reader.getPath() + " twice");
            }
            object.add(name, read(reader));
        }
        reader.endObject();
        return object;
    }

    /// @throws BadGraph if it is too long
    static String write(JsonObject json) {
        var text = new StringBuilder();
        append(text, json, "\n");
        checkLength(text.length() + 1);
        return text.append('\n').toString();
    }

    /// What fits a line stands on one.
    private static void append(StringBuilder text, JsonElement json, String newLine) {
        var line = ON_ONE_LINE.toJson(json);
        if (line.length() + newLine.length() <= LINE || json.isJsonPrimitive()) {
            text.append(line);
            return;
        }
        var inner = newLine + "  ";
        var comma = "";
        if (json instanceof JsonObject object) {
            text.append('{');
            for (var member : object.entrySet()) {
                text.append(comma).append(inner);
                text.append(ON_ONE_LINE.toJson(member.getKey())).append(": ");
                append(text, member.getValue(), inner);
                comma = ",";
            }
            text.append(newLine).append('}');
        } else {
            text.append('[');
            for (var element : json.getAsJsonArray()) {
                text.append(comma).append(inner);
                append(text, element, inner);
                comma = ",";
            }
            text.append(newLine).append(']');
        }
    }

    private static void checkLength(int length) {
        if (length > GraphJson.MAX_LENGTH) {
            throw new BadGraph(
                    "the text has " + length + " characters, at most " + GraphJson.MAX_LENGTH);
        }
    }

    /// JSON for messages.
    static String shortened(JsonElement json) {
        var line = ON_ONE_LINE.toJson(json);
        return line.length() <= 60 ? line : line.substring(0, 59) + "…";
    }
}
