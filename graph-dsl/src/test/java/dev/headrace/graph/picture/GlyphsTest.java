package dev.headrace.graph.picture;

import static dev.headrace.graph.picture.Glyphs.Face.FIXED;
import static dev.headrace.graph.picture.Glyphs.Face.PROPORTIONAL;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class GlyphsTest {
    @Test
    void lettersHaveTheWidthsOfHelveticaAndATenthMore() {
        assertEquals(1.1 * (0.222 + 0.833), Glyphs.width("im", PROPORTIONAL), 1e-9);
        assertEquals(2 * 0.61, Glyphs.width("im", FIXED), 1e-9);
    }

    @Test
    void picturesAndEastAsianLettersAreWideAndMarksHaveNoWidth() {
        assertEquals(1.2, Glyphs.width("漢", FIXED), 1e-9);
        assertEquals(1.2, Glyphs.width("😀", FIXED), 1e-9);
        assertEquals(0.61, Glyphs.width("e\u0301", FIXED), 1e-9);
    }

    @Test
    void shortensInTheMiddle() {
        assertEquals("abcd", Glyphs.shortened("abcd", FIXED, 2.44));
        assertEquals("ab…yz", Glyphs.shortened("abcdefghijklmnopqrstuvwxyz", FIXED, 3.1));
    }

    @Test
    void doesNotTearApartWhatIsOneLetter() {
        var family = "👩‍👩‍👧‍👦";
        assertEquals("a…z", Glyphs.shortened("a" + family.repeat(9) + "z", FIXED, 3));
    }
}
