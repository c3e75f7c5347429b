package dev.headrace.graph.picture;

import java.awt.Graphics2D;
import java.text.Normalizer;
import java.util.Locale;

/// Capital letters of 3×5 dots, since a JDK may find no fonts on the machine.
final class PixelFont {
    private static final int DOT = 2;
    private static final int COLUMNS = 3;
    private static final int ROWS = 5;
    private static final int BAND = 13;

    /// Pixels from one letter to the next.
    static final int PITCH = (COLUMNS + 1) * DOT;

    /// Pixels from the top of a letter to its foot.
    static final int HEIGHT = ROWS * DOT;

    /// The letters there are, and below in the same order how they look, so many in a band.
    private static final String LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

    private static final String[] DOTS =
            """
            .#. ##. .## ##. ### ### .## #.# ### ..# #.# #.. #.#
            #.# #.# #.. #.# #.. #.. #.. #.# .#. ..# #.# #.. ###
            ### ##. #.. #.# ##. ##. #.# ### .#. ..# ##. #.. ###
            #.# #.# #.. #.# #.. #.. #.# #.# .#. #.# #.# #.. #.#
            #.# ##. .## ##. ### #.. .## #.# ### .#. #.# ### #.#
            ##. .#. ##. .#. ##. .## ### #.# #.# #.# #.# #.# ###
            #.# #.# #.# #.# #.# #.. .#. #.# #.# #.# #.# #.# ..#
            #.# #.# ##. #.# ##. .#. .#. #.# #.# ### .#. .#. .#.
            #.# #.# #.. ##. #.# ..# .#. #.# #.# ### #.# .#. #..
            #.# .#. #.. .## #.# ##. .#. ### .#. #.# #.# .#. ###
            ### .#. ##. ##. #.# ### .## ### ### ### ... ... ...
            #.# ##. ..# ..# #.# #.. #.. ..# #.# #.# ... ... ...
            #.# .#. .#. .#. ### ##. ### .#. ### ### ... ### ...
            #.# .#. #.. ..# ..# ..# #.# .#. #.# ..# ... ... ...
            ### ### ### ##. ..# ##. ### .#. ### ##. ### ... .#.
            """
                    .split("\n");

    private PixelFont() {}

    /// Writes in capitals, without accents; a letter that is not there becomes a block.
    ///
    /// @param left of the first letter, in pixels
    /// @param top of the letters, in pixels
    static void write(Graphics2D pen, String text, int left, int top) {
        int x = left;
        for (char letter : capitals(text).toCharArray()) {
            if (letter != ' ') {
                draw(pen, LETTERS.indexOf(letter), x, top);
            }
            x += PITCH;
        }
    }

    /// A text as it is written, cut with three dots where it is longer.
    ///
    /// @param width in pixels, of three letters at least
    static String fit(String text, int width) {
        int most = (width + DOT) / PITCH;
        var capitals = capitals(text);
        return capitals.length() <= most ? capitals : capitals.substring(0, most - 3) + "...";
    }

    private static String capitals(String text) {
        return Normalizer.normalize(text.toUpperCase(Locale.ROOT), Normalizer.Form.NFD)
                .replaceAll("\\p{M}", "");
    }

    private static void draw(Graphics2D pen, int letter, int left, int top) {
        for (int row = 0; row < ROWS; row++) {
            for (int column = 0; column < COLUMNS; column++) {
                if (letter < 0 || isSet(letter, row, column)) {
                    pen.fillRect(left + column * DOT, top + row * DOT, DOT, DOT);
                }
            }
        }
    }

    private static boolean isSet(int letter, int row, int column) {
        var line = DOTS[letter / BAND * ROWS + row];
        return line.charAt(letter % BAND * (COLUMNS + 1) + column) == '#';
    }
}
