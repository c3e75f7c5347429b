package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.operator.SampleOperator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class OperatorDocsTest {
    private static final Set<String> TAGS =
            Set.of(
                    "html", "p", "table", "tr", "td", "ul", "li", "dl", "dt", "dd", "pre", "code",
                    "strong", "em", "a");

    @Test
    void readsTheCommentBeforeTheRecordFromItsSource() {
        assertEquals(
                Optional.of(
                        """
                        <p>Photographs of a folder, in <code>RGB</code>.</p>
                        <table><tr><td></td><td>type</td><td>shape</td></tr>\
                        <tr><td><code>encoded</code></td><td><code>uint8</code></td><td>bytes of the file</td></tr>\
                        <tr><td><code>label</code></td><td><code>int64</code></td><td>scalar</td></tr></table>
                        <dl><dt>folder</dt><dd data-param="folder">where they lie, and \
                        <code>&lt;b&gt;</code> is no tag</dd></dl>
                        """),
                OperatorDocs.html(Fakes.Photos.class));
    }

    @Test
    void hasNothingToSayWhereThereIsNoCommentOrNoSource() {
        SampleOperator lambda = (_, _, _) -> {};
        assertEquals(Optional.empty(), OperatorDocs.html(Fakes.Blur.class));
        assertEquals(Optional.empty(), OperatorDocs.html(lambda.getClass()));
        assertEquals(Optional.empty(), OperatorDocs.html(String.class));
    }

    private static String html(String... lines) {
        return Markdown.html(List.of(lines));
    }

    @Test
    void rendersTheMarkdownOfComments() {
        assertEquals("<p>one two</p>\n<p>three</p>\n", html("one", "two", "", "three"));
        assertEquals("<ul><li>one more</li><li>two</li></ul>\n", html("- one", "  more", "- two"));
        assertEquals("<pre><code>a &lt; *b*\n</code></pre>\n", html("```java", "a < *b*", "```"));
        assertEquals("<p><strong>b</strong> <em>i</em> 2*3*4</p>\n", html("**b** *i* 2*3*4"));
        assertEquals("<p><code>Filter</code> <code>view</code></p>\n", html("[Filter] [#view]"));
        assertEquals("<p><code>MOST</code></p>\n", html("{@value MOST}"));
        assertEquals(
                "<p><a href=\"https://x.org/a\" rel=\"noreferrer\">x</a></p>\n",
                html("[x](https://x.org/a)"));
        assertEquals("<p>kept</p>\n", html("kept", "", "@throws X never", "  mind"));
    }

    @Test
    void nothingInAnyCommentBecomesATag() {
        var pieces =
                List.of(
                        "<script>",
                        "`",
                        "[",
                        "]",
                        "(https://x\" onclick=\"y)",
                        "(javascript:x)",
                        "|",
                        "*",
                        "**",
                        "{@link ",
                        "}",
                        "@param ",
                        "&",
                        "\"",
                        "- ",
                        "```",
                        "\uE0000\uE001",
                        "$1",
                        "\\");
        for (long seed = 0; seed < 2000; seed++) {
            var random = new Random(seed);
            var line = new StringBuilder();
            for (int i = 0; i < 12; i++) {
                line.append(pieces.get(random.nextInt(pieces.size())));
            }
            var html = html(line.toString(), line.reverse().toString());
            var elements = Seen.xml("<html>" + html + "</html>").getElementsByTagName("*");
            for (int i = 0; i < elements.getLength(); i++) {
                assertHarmless((Element) elements.item(i), "seed " + seed);
            }
        }
    }

    private static void assertHarmless(Element element, String where) {
        assertTrue(TAGS.contains(element.getTagName()), where);
        var attributes = element.getAttributes();
        for (int i = 0; i < attributes.getLength(); i++) {
            var name = attributes.item(i).getNodeName();
            assertTrue(Set.of("href", "rel", "data-param").contains(name), where);
        }
        var address = element.getAttribute("href");
        assertTrue(address.isEmpty() || address.startsWith("https://"), where);
    }
}
