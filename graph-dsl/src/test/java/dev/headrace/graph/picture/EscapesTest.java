package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class EscapesTest {
    @Test
    void keepsLettersOfAllScriptsAndNothingThatTurnsOrEndsALine() {
        assertEquals("漢 שלום 😀", Escapes.plain("漢 שלום 😀"));
        assertEquals("a⏎b c�d�e�", Escapes.plain("a\nb\tc\u202Ed\u0000e\uD800"));
    }

    @Test
    void escapesWhatMeansSomething() {
        assertEquals("&lt;a b=&quot;&#39;&quot;&gt;&amp;", Escapes.xml("<a b=\"'\">&"));
        assertEquals("#60;b#62; #35;1#59; 2.5", Escapes.mermaid("<b> #1; 2.5"));
        assertEquals("a\\\\N \"", Escapes.dot("a\\N \""));
    }
}
