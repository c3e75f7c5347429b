package dev.headrace.graph.picture;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How wide text is, by a table, so that a drawing is the same whatever fonts are installed.
///
/// Widths are those of Helvetica, which most system fonts are close to, and a tenth more. Text of
/// fixed pitch is 0.61 em a letter.
final class Glyphs {
    /// Widths of the letters from space to tilde, in thousandths of an em.
    private static final int[] WIDTHS = {
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556,
        556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722,
        722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722,
        667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
        556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,
        500, 334, 260, 334, 584
    };

    private static final double ROOM = 1.1;
    private static final double FIXED_PITCH = 0.61;
    private static final double OTHER_LETTER = 0.66;
    private static final double WIDE_LETTER = 1.2;
    private static final String CUT = "…";

    private Glyphs() {}

    /// A face of letters.
    enum Face {
        PROPORTIONAL,
        FIXED
    }

    /// The width of a text, in units of its size.
    static double width(String text, Face face) {
        return text.codePoints().mapToDouble(letter -> width(letter, face)).sum();
    }

    private static double width(int letter, Face face) {
        if (isMark(letter)) {
            return 0;
        }
        if (isWide(letter)) {
            return WIDE_LETTER;
        }
        if (face == Face.FIXED) {
            return FIXED_PITCH;
        }
        return letter >= ' ' && letter <= '~' ? ROOM * WIDTHS[letter - ' '] / 1000 : OTHER_LETTER;
    }

    private static boolean isMark(int letter) {
        return switch (Character.getType(letter)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> true;
            default -> false;
        };
    }

    /// East Asian scripts and pictures are as wide as high.
    private static boolean isWide(int letter) {
        return (letter >= 0x1100 && letter <= 0x115F)
                || (letter >= 0x2E80 && letter <= 0xA4CF)
                || (letter >= 0xAC00 && letter <= 0xD7A3)
                || (letter >= 0xF900 && letter <= 0xFAFF)
                || (letter >= 0xFE30 && letter <= 0xFE6F)
                || (letter >= 0xFF00 && letter <= 0xFF60)
                || letter >= 0x10000
                || Character.isEmojiPresentation(letter);
    }

    /// The text, shortened in its middle where it is too wide: the ends of names and paths tell
    /// most.
    ///
    /// @param most in units of its size
    static String shortened(String text, Face face, double most) {
        if (width(text, face) <= most) {
            return text;
        }
        var letters = letters(text);
        double room = most - width(CUT, face);
        int head = 0;
        int tail = letters.size();
        double used = 0;
        while (head < tail) {
            boolean front = head <= letters.size() - tail;
            double next = width(letters.get(front ? head : tail - 1), face);
            if (used + next > room) {
                break;
            }
            used += next;
            if (front) {
                head++;
            } else {
                tail--;
            }
        }
        return String.join("", letters.subList(0, head))
                + CUT
                + String.join("", letters.subList(tail, letters.size()));
    }

    /// What a reader sees as letters: one may be several code points.
    private static List<String> letters(String text) {
        var breaks = BreakIterator.getCharacterInstance(Locale.ROOT);
        breaks.setText(text);
        var letters = new ArrayList<String>();
        int begin = breaks.first();
        for (int end = breaks.next(); end != BreakIterator.DONE; end = breaks.next()) {
            letters.add(text.substring(begin, end));
            begin = end;
        }
        return letters;
    }
}
