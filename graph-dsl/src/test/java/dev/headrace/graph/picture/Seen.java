package dev.headrace.graph.picture;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.jgrapht.graph.DefaultEdge;
import org.jgrapht.graph.DirectedPseudograph;
import org.jgrapht.nio.dot.DOTImporter;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

/// What a reader of a written drawing finds in it: names, and arrows as `from -> to`.
///
/// @param names of boxes by id; of parts of fused nodes too, where the format has them apart
/// @param arrows with how often each is drawn
record Seen(Map<String, String> names, Multiset<String> arrows) {
    private static final Pattern MERMAID_BOX =
            Pattern.compile(
                    " {2,4}(\\w+)(?:\\[\\(|\\[\\[|\\[|>|\\(\\[|\\{\\{)\"([^\"<]*)(?:<br/>[^\"]*)?\"(?:\\)]|]]|]|]\\)|}})(?::::\\w+)?");
    private static final Pattern MERMAID_ARROW =
            Pattern.compile("  (\\w+) (-->|-\\.->)(?:\\|\"[^\"|]*\"\\|)? (\\w+)");

    Multiset<String> boxes() {
        return HashMultiset.create(names.values());
    }

    static Seen inDot(String text) {
        var graph = new DirectedPseudograph<String, DefaultEdge>(DefaultEdge.class);
        var importer = new DOTImporter<String, DefaultEdge>();
        var names = new LinkedHashMap<String, String>();
        importer.setVertexFactory(id -> id);
        importer.addVertexAttributeConsumer(
                (attribute, value) -> {
                    if (attribute.getSecond().equals("label") && value != null) {
                        names.put(
                                attribute.getFirst(),
                                value.getValue().lines().findFirst().orElse(""));
                    }
                });
        importer.importGraph(graph, new StringReader(text));
        var arrows = HashMultiset.<String>create();
        for (var edge : graph.edgeSet()) {
            arrows.add(
                    names.get(graph.getEdgeSource(edge))
                            + " -> "
                            + names.get(graph.getEdgeTarget(edge)));
        }
        return new Seen(names, arrows);
    }

    static Seen inMermaid(String text) {
        var names = new LinkedHashMap<String, String>();
        var arrows = HashMultiset.<String>create();
        text.lines()
                .skip(1)
                .forEach(
                        line -> {
                            var box = MERMAID_BOX.matcher(line);
                            var arrow = MERMAID_ARROW.matcher(line);
                            if (box.matches()) {
                                names.put(box.group(1), unmermaid(box.group(2)));
                            } else if (arrow.matches()) {
                                arrows.add(
                                        names.get(arrow.group(1))
                                                + " -> "
                                                + names.get(arrow.group(3)));
                            } else if (!line.matches(
                                    "  (end|subgraph s\\d+\\[\"[^\"]*\"]|s\\d+ -\\. waits \\.-> s\\d+|classDef .*)")) {
                                throw new IllegalArgumentException("not understood: " + line);
                            }
                        });
        return new Seen(names, arrows);
    }

    private static String unmermaid(String text) {
        return Pattern.compile("#(\\d+);")
                .matcher(text)
                .replaceAll(
                        sign ->
                                java.util.regex.Matcher.quoteReplacement(
                                        Character.toString(Integer.parseInt(sign.group(1)))));
    }

    static Document xml(String text) {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(text)));
        } catch (Exception unreadable) {
            throw new IllegalArgumentException(unreadable.getMessage(), unreadable);
        }
    }

    static Seen inSvg(Element drawing) {
        var names = new LinkedHashMap<String, String>();
        var groups = drawing.getElementsByTagName("g");
        for (int i = 0; i < groups.getLength(); i++) {
            var group = (Element) groups.item(i);
            var kind = group.getAttribute("class").split(" ")[0];
            if (kind.equals("box") || kind.equals("part")) {
                names.put(group.getAttribute("id"), name(group));
            }
        }
        var arrows = HashMultiset.<String>create();
        for (int i = 0; i < groups.getLength(); i++) {
            var group = (Element) groups.item(i);
            var kinds = group.getAttribute("class").split(" ");
            if (kinds[0].equals("arrow") && !kinds[1].equals("wait")) {
                arrows.add(
                        names.get(group.getAttribute("data-from"))
                                + " -> "
                                + names.get(group.getAttribute("data-to")));
            }
        }
        return new Seen(names, arrows);
    }

    private static String name(Element group) {
        for (var attribute : new String[] {"node", "output", "constant", "queue"}) {
            if (group.hasAttribute("data-" + attribute)) {
                return group.getAttribute("data-" + attribute);
            }
        }
        throw new IllegalArgumentException("a box without a name");
    }

    @Override
    public String toString() {
        return names + "\n" + arrows.stream().sorted().collect(joining("\n"));
    }
}
