package dev.headrace.graph.picture;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Writes a picture as one HTML file: drawings, what there is to say of each box as one block of
/// JSON, the operators' documentation as templates, style and script.
///
/// The page may load nothing: its policy names its own style and script by their hashes.
final class Page {
    private static final Gson GSON = new GsonBuilder().create(); // escapes what ends a script

    private final Picture picture;
    private final Map<Class<?>, Optional<String>> docs = new LinkedHashMap<>();
    private final JsonObject boxes = new JsonObject();

    private final boolean live;

    private Page(Picture picture, boolean live) {
        this.picture = picture;
        this.live = live;
    }

    static String of(Picture picture) {
        return new Page(picture, false).write();
    }

    /// The page of a pipeline that runs: it may ask the server that it came from, see [LiveServer].
    static String live(Picture picture) {
        return new Page(picture, true).write();
    }

    private String ifLive(String text) {
        return live ? text : "";
    }

    private String write() {
        var drawings = new StringBuilder();
        var planned = picture.planned();
        planned.ifPresent(drawing -> drawings.append(draw(drawing, "r-")));
        drawings.append(draw(picture.asked(), "a-"));
        var style =
                Resources.text("drawing.css")
                        + Resources.text("graph.css")
                        + ifLive(Resources.text("live.css"));
        var script = Resources.text("graph.js") + ifLive(Resources.text("live.js"));
        var policy =
                "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:%s; style-src '%s'; script-src '%s'%s"
                        .formatted(
                                ifLive(" 'self'"),
                                hash(style),
                                hash(script),
                                ifLive("; connect-src 'self'"));
        return filled(
                Map.of(
                        "policy",
                        policy,
                        "graph",
                        Escapes.xml(picture.graph().name()),
                        "start",
                        planned.isPresent() ? "r-" : "a-",
                        "style",
                        style,
                        "drawings",
                        drawings.toString(),
                        "docs",
                        templates(),
                        "data",
                        GSON.toJson(data()),
                        "script",
                        script,
                        "beside",
                        ifLive(Resources.text("live.html"))));
    }

    /// The page with each `{{name}}` replaced, in one go: what is put in is not looked at.
    private static String filled(Map<String, String> parts) {
        var page = Resources.text("graph.html");
        var text = new StringBuilder();
        int done = 0;
        for (int at = page.indexOf("{{"); at >= 0; at = page.indexOf("{{", done)) {
            int end = page.indexOf("}}", at);
            text.append(page, done, at).append(parts.get(page.substring(at + 2, end)));
            done = end + 2;
        }
        return text.append(page, done, page.length()).toString();
    }

    private static String hash(String text) {
        try {
            var digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException(missing); // every JDK has it
        }
    }

    private String draw(Drawing drawing, String prefix) {
        for (var box : drawing.boxes()) {
            boxes.add(prefix + box.id(), json(box, drawing));
            for (var part : box.parts()) {
                boxes.add(prefix + part.id(), json(part.box(), drawing));
            }
        }
        return Svg.part(drawing, prefix);
    }

    private JsonObject json(Drawing.Box box, Drawing drawing) {
        var json = new JsonObject();
        json.addProperty("name", Escapes.plain(box.name()));
        json.addProperty("kind", Escapes.plain(box.kind()));
        json.addProperty("role", box.role().word);
        json.add("arguments", pairs(box.arguments()));
        json.add("inputs", inputs(box));
        json.add("facts", pairs(box.facts()));
        box.reason().ifPresent(reason -> json.addProperty("reason", Escapes.plain(reason)));
        json.add("problems", plain(box.problems()));
        if (!box.parts().isEmpty()) {
            var parts = new JsonArray();
            box.parts().forEach(part -> parts.add(Escapes.plain(part.box().name())));
            json.add("parts", parts);
        }
        box.operator()
                .filter(operator -> doc(operator).isPresent())
                .ifPresent(operator -> json.addProperty("docs", docsId(operator)));
        json.add("samples", samples(box, drawing));
        return json;
    }

    /// Texts of several lines.
    private static JsonArray plain(List<String> texts) {
        var array = new JsonArray();
        texts.stream()
                .map(text -> text.lines().map(Escapes::plain).collect(Collectors.joining("\n")))
                .forEach(array::add);
        return array;
    }

    private static JsonArray inputs(Drawing.Box box) {
        var pairs = new JsonArray();
        box.inputs().forEach(input -> pairs.add(pair(input.argument(), input.from())));
        return pairs;
    }

    private static JsonArray pair(String name, String value) {
        var pair = new JsonArray();
        pair.add(Escapes.plain(name));
        pair.add(Escapes.plain(value));
        return pair;
    }

    private static JsonArray pairs(Map<String, String> texts) {
        var pairs = new JsonArray();
        texts.forEach((name, value) -> pairs.add(pair(name, value)));
        return pairs;
    }

    /// The names of the samples that show what a box gives: its own, and those of the outputs that
    /// it feeds.
    private JsonArray samples(Drawing.Box box, Drawing drawing) {
        var names = new JsonArray();
        if (box.role() == Drawing.Role.OUTPUT) {
            add(names, "output " + box.name());
        } else if (box.role().isNode()) {
            picture.samples().keySet().stream()
                    .filter(
                            key ->
                                    key.equals("value " + box.name())
                                            || key.startsWith("value " + box.name() + "."))
                    .forEach(key -> add(names, key));
            var outputs =
                    drawing.boxes().stream()
                            .filter(each -> each.role() == Drawing.Role.OUTPUT)
                            .collect(Collectors.toMap(Drawing.Box::id, Drawing.Box::name));
            drawing.arrows().stream()
                    .filter(arrow -> arrow.from().equals(box.id()))
                    .filter(arrow -> outputs.containsKey(arrow.to()))
                    .forEach(arrow -> add(names, "output " + outputs.get(arrow.to())));
        }
        return names;
    }

    private void add(JsonArray names, String key) {
        if (picture.samples().containsKey(key)) {
            names.add(Escapes.plain(key));
        }
    }

    private Optional<String> doc(Class<?> operator) {
        return docs.computeIfAbsent(operator, OperatorDocs::html);
    }

    private String docsId(Class<?> operator) {
        return "docs-" + docs.keySet().stream().toList().indexOf(operator);
    }

    private String templates() {
        var text = new StringBuilder();
        docs.forEach(
                (operator, html) ->
                        html.ifPresent(
                                content ->
                                        text.append("<template id=\"")
                                                .append(docsId(operator))
                                                .append("\">")
                                                .append(content)
                                                .append("</template>\n")));
        return text.toString();
    }

    private JsonObject data() {
        var data = new JsonObject();
        data.addProperty("graph", Escapes.plain(picture.graph().name()));
        data.add("boxes", boxes);
        data.add("problems", plain(picture.problems()));
        var samples = new JsonObject();
        picture.samples()
                .forEach(
                        (key, sample) -> {
                            var json = new JsonObject();
                            json.addProperty("spec", String.join("; ", sample.specs()));
                            json.add("images", GSON.toJsonTree(sample.images()));
                            samples.add(Escapes.plain(key), json);
                        });
        data.add("samples", samples);
        picture.report().ifPresent(report -> data.add("statistics", Statistics.json(report)));
        return data;
    }
}
