package dev.headrace.graph.picture;

/// Makes any text safe to stand in a format, and one line that looks like what it says.
final class Escapes {
    private static final char REPLACEMENT = '\uFFFD';

    private Escapes() {}

    /// One line without letters that a file may not hold, or that turn what stands around them:
    /// controls, directional overrides and halves of letters. Line breaks become `⏎`.
    static String plain(String text) {
        var plain = new StringBuilder(text.length());
        text.codePoints().forEach(letter -> plain.appendCodePoint(plain(letter)));
        return plain.toString();
    }

    private static int plain(int letter) {
        return switch (letter) {
            case '\n', '\r', 0x85, 0x2028, 0x2029 -> '⏎';
            case '\t' -> ' ';
            default -> isUnfit(letter) ? REPLACEMENT : letter;
        };
    }

    private static boolean isUnfit(int letter) {
        return Character.isISOControl(letter)
                || Character.getType(letter) == Character.SURROGATE
                || (letter & 0xFFFE) == 0xFFFE
                || (letter >= 0xFDD0 && letter <= 0xFDEF)
                || letter == 0x61C
                || letter == 0x200E
                || letter == 0x200F
                || (letter >= 0x202A && letter <= 0x202E)
                || (letter >= 0x2066 && letter <= 0x2069);
    }

    /// As text or attribute of XML and HTML.
    static String xml(String text) {
        var safe = new StringBuilder(text.length() + 16);
        plain(text)
                .codePoints()
                .forEach(
                        letter -> {
                            switch (letter) {
                                case '<' -> safe.append("&lt;");
                                case '>' -> safe.append("&gt;");
                                case '&' -> safe.append("&amp;");
                                case '"' -> safe.append("&quot;");
                                case '\'' -> safe.append("&#39;");
                                default -> safe.appendCodePoint(letter);
                            }
                        });
        return safe.toString();
    }

    /// As part of a Mermaid label in quotes: every sign that might mean something is a number.
    static String mermaid(String text) {
        var safe = new StringBuilder(text.length() + 16);
        plain(text)
                .codePoints()
                .forEach(
                        letter -> {
                            if (Character.isLetterOrDigit(letter)
                                    || letter > 0x7E
                                    || " .,_".indexOf(letter) >= 0) {
                                safe.appendCodePoint(letter);
                            } else {
                                safe.append('#').append(letter).append(';');
                            }
                        });
        return safe.toString();
    }

    /// As part of a DOT label, whose writer escapes the quotes: a backslash would mean something.
    static String dot(String text) {
        return plain(text).replace("\\", "\\\\");
    }
}
