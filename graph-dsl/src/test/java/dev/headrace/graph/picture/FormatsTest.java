package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import com.google.gson.JsonParser;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Fate;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Wire;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class FormatsTest {
    private static final int GRAPHS = 25;

    @Test
    void eachNodeAndEachEdgeThatWasAskedForIsDrawnOnceInEachFormat() {
        for (long seed = 0; seed < GRAPHS; seed++) {
            var graph = RandomGraphs.graph(seed, 3 + (int) seed, false).spec();
            var picture = Picture.of(graph);
            var boxes = HashMultiset.<String>create();
            graph.nodes().forEach(node -> boxes.add(node.name()));
            boxes.addAll(graph.outputs().keySet());
            boxes.addAll(constants(graph));
            var arrows = HashMultiset.<String>create();
            for (var node : graph.nodes()) {
                node.inputs().forEach(wire -> arrows.add(text(wire) + " -> " + node.name()));
            }
            graph.outputs().forEach((name, wire) -> arrows.add(text(wire) + " -> " + name));
            for (var seen :
                    List.of(
                            Seen.inDot(picture.dot()),
                            Seen.inMermaid(picture.mermaid()),
                            Seen.inSvg(Seen.xml(picture.svg()).getDocumentElement()),
                            inPage(picture.html(), "a-"))) {
                assertEquals(boxes, seen.boxes(), "seed " + seed);
                assertEquals(arrows, seen.arrows(), "seed " + seed);
            }
        }
    }

    @Test
    void eachNodeThatRunsAndEachThatDoesNotIsDrawnOnceInEachFormat() {
        var fates = new TreeSet<String>();
        for (long seed = 0; seed < GRAPHS; seed++) {
            var plan = RandomGraphs.plan(seed, 3 + (int) seed, false);
            plan.fates().values().forEach(fate -> fates.add(fate.getClass().getSimpleName()));
            var picture = Picture.of(plan);
            var boxes = plannedBoxes(plan);
            var arrows = plannedArrows(plan);
            for (var seen : List.of(Seen.inDot(picture.dot()), Seen.inMermaid(picture.mermaid()))) {
                assertEquals(boxes, seen.boxes(), "seed " + seed);
                arrows.forEach(arrow -> assertTrue(seen.arrows().contains(arrow), arrow));
            }
            plan.fates()
                    .forEach(
                            (name, fate) -> {
                                if (fate instanceof Fate.Fused) {
                                    boxes.add(name);
                                }
                            });
            for (var seen :
                    List.of(
                            Seen.inSvg(Seen.xml(picture.svg()).getDocumentElement()),
                            inPage(picture.html(), "r-"))) {
                assertEquals(boxes, seen.boxes(), "seed " + seed);
                assertEquals(arrows, seen.arrows(), "seed " + seed);
            }
        }
        assertEquals("[Fused, Merged, Pruned, Runs]", fates.toString());
    }

    private static Multiset<String> plannedBoxes(Plan plan) {
        var boxes = HashMultiset.<String>create();
        plan.nodes().forEach(node -> boxes.add(node.where().node()));
        plan.fates()
                .forEach(
                        (name, fate) -> {
                            if (fate instanceof Fate.Pruned || fate instanceof Fate.Merged) {
                                boxes.add(name);
                            }
                        });
        boxes.addAll(plan.graph().outputs().keySet());
        for (var node : plan.nodes()) {
            node.inputs().forEach(input -> addConstant(input, boxes));
        }
        for (var node : plan.graph().nodes()) {
            var fate = plan.fates().get(node.name());
            if (fate instanceof Fate.Pruned || fate instanceof Fate.Merged) {
                node.inputs().stream()
                        .filter(Wire.Fixed.class::isInstance)
                        .forEach(wire -> boxes.add(wire.toString()));
            }
        }
        plan.outputs().values().forEach(output -> addConstant(output, boxes));
        boxes.add("prefetch 2");
        return boxes;
    }

    private static void addConstant(Binding binding, Multiset<String> boxes) {
        if (binding instanceof Binding.OfConstant(var value)) {
            boxes.add(value.toString());
        }
    }

    private static Multiset<String> plannedArrows(Plan plan) {
        var arrows = HashMultiset.<String>create();
        for (var node : plan.nodes()) {
            node.inputs()
                    .forEach(input -> arrows.add(text(plan, input) + " -> " + node.where().node()));
        }
        for (var node : plan.graph().nodes()) {
            var fate = plan.fates().get(node.name());
            if (fate instanceof Fate.Pruned || fate instanceof Fate.Merged) {
                node.inputs().forEach(wire -> arrows.add(owner(plan, wire) + " -> " + node.name()));
            }
        }
        plan.outputs()
                .forEach(
                        (name, output) -> {
                            arrows.add(text(plan, output) + " -> " + name);
                            arrows.add(name + " -> prefetch 2");
                        });
        return arrows;
    }

    private static String text(Plan plan, Binding binding) {
        return switch (binding) {
            case Binding.OfConstant(var value) -> value.toString();
            case Binding.OfValue(int value) ->
                    plan.nodes().get(plan.values().get(value).node()).where().node();
        };
    }

    /// The box that stands for what a wire of the graph comes from.
    private static String owner(Plan plan, Wire wire) {
        if (!(wire instanceof Wire.Output(var node, int _))) {
            return wire.toString();
        }
        return switch (plan.fates().get(node)) {
            case Fate.Runs _, Fate.Pruned _ -> node;
            case Fate.Fused(int _, var into) -> into;
            case Fate.Merged(var into) -> owner(plan, new Wire.Output(into, 0));
            case Fate.There(var there, int output) -> owner(plan, new Wire.Output(there, output));
        };
    }

    private static Multiset<String> constants(GraphSpec graph) {
        var constants = HashMultiset.<String>create();
        for (var node : graph.nodes()) {
            node.inputs().stream()
                    .filter(Wire.Fixed.class::isInstance)
                    .forEach(wire -> constants.add(wire.toString()));
        }
        graph.outputs().values().stream()
                .filter(Wire.Fixed.class::isInstance)
                .forEach(wire -> constants.add(wire.toString()));
        return constants;
    }

    private static String text(Wire wire) {
        return wire instanceof Wire.Output(var node, int _) ? node : wire.toString();
    }

    /// A drawing of a page, which is XML but for what stands in style and scripts.
    private static Seen inPage(String html, String prefix) {
        var bare = html.replaceAll("(?s)<(style|script)([^>]*)>.*?</\\1>", "<$1$2></$1>");
        var elements = Seen.xml(bare).getElementsByTagName("svg");
        for (int i = 0; i < elements.getLength(); i++) {
            var element = (Element) elements.item(i);
            if (element.getAttribute("id").equals(prefix + "drawing")) {
                return Seen.inSvg(element);
            }
        }
        throw new IllegalArgumentException("no drawing " + prefix);
    }

    @Test
    void anyNameIsTextInEachFormat() {
        for (long seed = 0; seed < GRAPHS; seed++) {
            var plan = RandomGraphs.plan(seed, 12, true);
            var picture = Picture.of(plan);
            var names = new TreeSet<String>();
            plan.nodes().forEach(node -> names.add(Escapes.plain(node.where().node())));
            plan.graph().outputs().keySet().forEach(name -> names.add(Escapes.plain(name)));
            for (var seen :
                    List.of(
                            Seen.inDot(picture.dot()),
                            Seen.inSvg(Seen.xml(picture.svg()).getDocumentElement()),
                            inPage(picture.html(), "r-"))) {
                names.forEach(
                        name ->
                                assertTrue(
                                        seen.names().containsValue(name),
                                        () -> name + "\n" + seen));
            }
            var mermaid =
                    Seen.inMermaid(picture.mermaid()); // refuses lines that are not understood
            assertEquals(Seen.inDot(picture.dot()).names().keySet(), mermaid.names().keySet());
            assertSound(picture.html());
        }
    }

    /// Nothing that was put in ends a script, and the data can be read.
    private static void assertSound(String html) {
        assertEquals(2, html.split("</script>", -1).length - 1);
        assertEquals(1, html.split("</style>", -1).length - 1);
        assertFalse(html.contains("\u0000"));
        var begin = html.indexOf("id=\"data\">") + "id=\"data\">".length();
        JsonParser.parseString(html.substring(begin, html.indexOf("</script>", begin)));
    }

    @Test
    void graphvizReadsWhatIsWritten() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                new java.io.File("/usr/bin/dot").canExecute(), "Graphviz is not installed");
        for (long seed = 0; seed < 10; seed++) {
            var dot = new ProcessBuilder("dot", "-Tplain").redirectErrorStream(true).start();
            try (var in = dot.outputWriter(java.nio.charset.StandardCharsets.UTF_8)) {
                in.write(Picture.of(RandomGraphs.plan(seed, 12, true)).dot());
            }
            var said = new String(dot.getInputStream().readAllBytes());
            assertEquals(0, dot.waitFor(), said);
            assertFalse(said.contains("rror"), said);
        }
    }

    @Test
    void whatCountryTheReaderIsFromChangesNothing() {
        var plan = RandomGraphs.plan(1, 12, false);
        var usual = Picture.of(plan).html();
        var home = Locale.getDefault();
        Locale.setDefault(Locale.GERMANY);
        try {
            assertEquals(usual, Picture.of(plan).html());
        } finally {
            Locale.setDefault(home);
        }
    }

    @Test
    void theSameGraphGivesTheSameBytes() {
        for (long seed = 0; seed < 10; seed++) {
            var first = Picture.of(RandomGraphs.plan(seed, 40, true));
            var second = Picture.of(RandomGraphs.plan(seed, 40, true));
            assertEquals(first.html(), second.html());
            assertEquals(first.svg(), second.svg());
            assertEquals(first.dot(), second.dot());
            assertEquals(first.mermaid(), second.mermaid());
        }
    }
}
