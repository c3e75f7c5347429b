package dev.headrace.engine.spec;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.reflect.TypeToken;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.Where;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A graph as JSON text, and back. Equal graphs give equal texts; reading one gives an equal graph.
///
/// An operator is a record, written as its class name and its components. A component may be a
/// primitive, a string, an enum, a `Path` of the default file system, a `Duration`, a list, an
/// `ImmutableMap` with string keys, an optional, an argument, a [dev.headrace.engine.data.Shape], a
/// [dev.headrace.engine.data.TensorValue], an operator, or a record or sealed interface made of
/// these. Anything else, such as a lambda, is refused with the node and the component. Numbers are
/// exact; what JSON has no number for is the text `NaN`, `Infinity` or `-Infinity`.
///
/// A text can name any class. Only records that are operators are made from a name, and nothing of
/// a class is run before that is known; all other classes come from the declared types of those
/// records' components.
public final class GraphJson {
    /// The version of the form: {@value}. A text of another version is refused.
    public static final int FORMAT = 1;

    /// The longest text written or read, in characters: {@value}.
    public static final int MAX_LENGTH = 1 << 26;

    private static final TypeToken<NodeSpec> NODE = TypeToken.of(NodeSpec.class);
    private static final TypeToken<ImmutableMap<String, Wire>> OUTPUTS = new TypeToken<>() {};

    private GraphJson() {}

    /// The text of a graph, which may be wrong in other ways: the planner checks it.
    ///
    /// @throws BadGraph with each component that has no form in JSON, or if the text would be
    ///     longer than [#MAX_LENGTH]
    public static String write(GraphSpec graph) {
        var forms = new JsonForms(true);
        var problems = new ArrayList<String>();
        var nodes = new JsonArray();
        for (var node : graph.nodes()) {
            try {
                nodes.add(forms.write(NODE, node));
            } catch (IllegalArgumentException refusal) {
                problems.add(at(refusal, node.where()));
            }
        }
        refuse(problems);
        var json = new JsonObject();
        json.addProperty("format", FORMAT);
        json.addProperty("name", graph.name());
        json.add("nodes", nodes);
        json.add("outputs", forms.write(OUTPUTS, graph.outputs()));
        return JsonText.write(json);
    }

    /// The graph of a text.
    ///
    /// @throws BadGraph with all that is wrong: if the text is not of this form, names a class that
    ///     is no operator, holds arguments that an operator refuses, or holds an operator that
    ///     [runs code][dev.headrace.engine.operator.Operator#runsCode()] which the text names
    public static GraphSpec read(String text) {
        return read(text, new JsonForms(false));
    }

    /// The graph of a text from somebody who may choose what code is run here.
    ///
    /// @throws BadGraph as [#read(String)], but for operators that run code
    public static GraphSpec readAllowingCode(String text) {
        return read(text, new JsonForms(true));
    }

    private static GraphSpec read(String text, JsonForms forms) {
        var json = JsonText.read(text);
        var format = member(json, "format");
        if (format == JsonForms.NONE) {
            throw new BadGraph(
                    "the text is no graph: it states no format, and this version reads format "
                            + FORMAT);
        }
        if (!format.equals(new JsonPrimitive(FORMAT))) {
            throw new BadGraph(
                    "the text is of format "
                            + JsonText.shortened(format)
                            + ", this version reads format "
                            + FORMAT);
        }
        if (json.size() != 4
                || !(member(json, "name") instanceof JsonPrimitive name && name.isString())
                || !(member(json, "nodes") instanceof JsonArray nodes)
                || !(member(json, "outputs") instanceof JsonObject outputs)) {
            throw new BadGraph(
                    "a graph has a format, a text name, a list nodes and an object outputs, got "
                            + JsonText.shortened(json));
        }
        var problems = new ArrayList<String>();
        var read = ImmutableList.<NodeSpec>builder();
        for (int i = 0; i < nodes.size(); i++) {
            try {
                read.add(forms.read(NODE, nodes.get(i)));
            } catch (IllegalArgumentException refusal) {
                problems.add(at(refusal, where(nodes.get(i), i)));
            }
        }
        ImmutableMap<String, Wire> wires = ImmutableMap.of();
        try {
            wires = forms.read(OUTPUTS, outputs);
        } catch (IllegalArgumentException refusal) {
            problems.add("outputs." + refusal.getMessage());
        }
        refuse(problems);
        return new GraphSpec(name.getAsString(), read.build(), wires);
    }

    private static void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new BadGraph(problems);
        }
    }

    private static String at(IllegalArgumentException refusal, Where where) {
        return refusal.getMessage() + "\n  at " + where;
    }

    /// The place of a node that could not be read, from what can be read of it.
    private static Where where(JsonElement node, int index) {
        return Where.node(
                text(member(node, "name")).orElse("node " + index),
                text(member(member(node, "operator"), JsonForms.CLASS))
                        .map(name -> name.substring(name.lastIndexOf('.') + 1))
                        .map(name -> name.substring(name.lastIndexOf('$') + 1))
                        .orElse("?"),
                text(member(node, "origin")));
    }

    private static JsonElement member(JsonElement json, String name) {
        return json instanceof JsonObject object && object.has(name)
                ? object.get(name)
                : JsonForms.NONE;
    }

    private static Optional<String> text(JsonElement json) {
        return json instanceof JsonPrimitive primitive && primitive.isString()
                ? Optional.of(primitive.getAsString())
                : Optional.empty();
    }
}
