package dev.headrace.graph.picture;

import static dev.headrace.graph.picture.Glyphs.Face.FIXED;
import static dev.headrace.graph.picture.Glyphs.Face.PROPORTIONAL;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How a box looks: its size, and the lines of text within. Lengths are pixels at full size.
///
/// @param width of the box
/// @param height of the box
/// @param lines of text
/// @param tiles what is clicked on by itself within the box: the parts of a fused node
/// @param headline the name again, as large as the box allows, for looking from afar
record Card(
        double width,
        double height,
        ImmutableList<Line> lines,
        ImmutableList<Tile> tiles,
        Line headline) {
    private static final double LEAST_WIDTH = 148;
    private static final double MOST_WIDTH = 264;
    private static final double MARGIN = 12;
    private static final int MOST_ARGUMENT_LINES = 3;
    private static final double TILE_HEIGHT = 22;

    /// Room behind the name, where the page writes a share of time.
    private static final double SHARE_WIDTH = 58;

    private static final double SLOT = 12;
    private static final int MOST_SLOTS = 8;

    /// A line of text.
    ///
    /// @param style as in the class names of the drawing
    /// @param x where it begins, from the left of the box
    /// @param y of its foot, from the top of the box
    /// @param size of its letters, where the style does not say
    /// @param text what it says
    record Line(String style, double x, double y, double size, String text) {}

    /// A part of a fused node.
    ///
    /// @param part the part
    /// @param x from the left of the box
    /// @param y from the top of the box
    /// @param width of the tile
    /// @param height of the tile
    /// @param lines its text, within the box
    record Tile(
            Drawing.Part part,
            double x,
            double y,
            double width,
            double height,
            ImmutableList<Line> lines) {}

    /// What an em counts for in each style: the size in the style sheet, and more where letters are
    /// bold or stand apart.
    private static double em(String style) {
        return switch (style) {
            case "name" -> 13.5 * 1.12;
            case "kind" -> 11.5;
            case "role" -> 9.5 * 1.15;
            default -> 10.5; // arguments and reasons
        };
    }

    static Card of(Drawing.Box box) {
        return switch (box.role()) {
            case SOURCE, SAMPLE, BATCH -> node(box);
            case OUTPUT, CONSTANT -> pill(box);
            case QUEUE -> queue(box);
        };
    }

    private static Card node(Drawing.Box box) {
        var name = fitted(box.name(), PROPORTIONAL, "name", MOST_WIDTH - 2 * MARGIN - SHARE_WIDTH);
        var role = role(box);
        double roleWidth = width(role, PROPORTIONAL, "role");
        var kind =
                fitted(
                        box.parts().isEmpty() ? box.kind() : "fused",
                        PROPORTIONAL,
                        "kind",
                        MOST_WIDTH - 2 * MARGIN - roleWidth - 12);
        var details = new ArrayList<String>();
        var style = box.reason().isPresent() ? "reason" : "argument";
        if (box.reason().isPresent()) {
            details.add(fitted(box.reason().get(), PROPORTIONAL, style, MOST_WIDTH - 2 * MARGIN));
        } else {
            details.addAll(arguments(box));
        }
        double inner =
                Math.max(
                        width(name, PROPORTIONAL, "name") + SHARE_WIDTH,
                        width(kind, PROPORTIONAL, "kind") + 12 + roleWidth);
        for (var detail : details) {
            inner = Math.max(inner, width(detail, FIXED, style));
        }
        for (var part : box.parts()) {
            inner =
                    Math.max(
                            inner,
                            36
                                    + width(part.box().name(), PROPORTIONAL, "argument")
                                    + width(part.box().kind(), PROPORTIONAL, "argument"));
        }
        double width = Math.clamp(Math.ceil(inner) + 2 * MARGIN, LEAST_WIDTH, MOST_WIDTH);
        var lines = new ArrayList<Line>();
        lines.add(new Line("name", MARGIN, 21, 0, name));
        lines.add(new Line("kind", MARGIN, 37, 0, kind));
        lines.add(new Line("role", width - MARGIN, 37, 0, role));
        double y = 37;
        for (var detail : details) {
            y += y == 37 ? 17 : 14;
            lines.add(new Line(style, MARGIN, y, 0, detail));
        }
        var tiles = ImmutableList.<Tile>builder();
        y += 10;
        for (var part : box.parts()) {
            tiles.add(tile(part, width, y));
            y += TILE_HEIGHT + 4;
        }
        return card(width, y + (box.parts().isEmpty() ? 2 : 5), lines, tiles.build(), box.name());
    }

    private static String role(Drawing.Box box) {
        return box.role().word.toUpperCase(Locale.ROOT);
    }

    private static Tile tile(Drawing.Part part, double width, double y) {
        double inner = width - 2 * MARGIN;
        var name = fitted(part.box().name(), PROPORTIONAL, "argument", inner * 0.6 - 8);
        double used = width(name, PROPORTIONAL, "argument");
        var kind = fitted(part.box().kind(), PROPORTIONAL, "argument", inner - used - 24);
        return new Tile(
                part,
                MARGIN - 4,
                y,
                width - 2 * MARGIN + 8,
                TILE_HEIGHT,
                ImmutableList.of(
                        new Line("part-name", MARGIN + 3, y + 15, 0, name),
                        new Line("part-kind", width - MARGIN - 3, y + 15, 0, kind)));
    }

    /// The arguments, running on over a few lines.
    private static List<String> arguments(Drawing.Box box) {
        double most = (MOST_WIDTH - 2 * MARGIN) / em("argument");
        var lines = new ArrayList<String>();
        var line = new StringBuilder();
        int left = box.arguments().size();
        for (var argument : box.arguments().entrySet()) {
            var text =
                    Glyphs.shortened(
                            Escapes.plain(argument.getKey() + "=" + rounded(argument.getValue())),
                            FIXED,
                            most);
            var longer = line.isEmpty() ? text : line + "  " + text;
            if (Glyphs.width(longer, FIXED) <= most) {
                line.setLength(0);
                line.append(longer);
            } else if (lines.size() + 1 == MOST_ARGUMENT_LINES) {
                break;
            } else {
                lines.add(line.toString());
                line.setLength(0);
                line.append(text);
            }
            left--;
        }
        if (!line.isEmpty()) {
            lines.add(line.toString());
        }
        if (left > 0) {
            var more = " +" + left + " more";
            double room = most - Glyphs.width(more, FIXED);
            lines.set(lines.size() - 1, Glyphs.shortened(lines.getLast(), FIXED, room) + more);
        }
        return lines;
    }

    /// Long fractions lose the digits that nobody reads; the page tells them all.
    private static String rounded(String value) {
        return value.replaceAll("(\\d\\.\\d{4})\\d+", "$1…");
    }

    private static Card pill(Drawing.Box box) {
        var name = fitted(box.name(), PROPORTIONAL, "name", MOST_WIDTH - 4 * MARGIN);
        var kind =
                fitted(
                        box.reason().orElse(box.kind()),
                        PROPORTIONAL,
                        "kind",
                        MOST_WIDTH - 4 * MARGIN);
        double inner =
                Math.max(width(name, PROPORTIONAL, "name"), width(kind, PROPORTIONAL, "kind"));
        double width = Math.max(84, Math.ceil(inner) + 3 * MARGIN);
        return card(
                width,
                44,
                List.of(
                        new Line("name middle", width / 2, 20, 0, name),
                        new Line("kind middle", width / 2, 35, 0, kind)),
                ImmutableList.of(),
                box.name());
    }

    /// The queue of complete batches, a square each.
    private static Card queue(Drawing.Box box) {
        double text =
                Math.max(
                        width(box.name(), PROPORTIONAL, "name"),
                        width(box.kind(), PROPORTIONAL, "kind"));
        double width = Math.ceil(text) + 2 * MARGIN + slots(box) * SLOT + 10;
        return card(
                width,
                48,
                List.of(
                        new Line("name", MARGIN, 21, 0, box.name()),
                        new Line("kind", MARGIN, 37, 0, box.kind())),
                ImmutableList.of(),
                box.name());
    }

    /// How many squares stand for a queue.
    static int slots(Drawing.Box box) {
        int depth = Integer.parseInt(box.name().substring(box.name().indexOf(' ') + 1));
        return Math.min(MOST_SLOTS, depth);
    }

    private static Card card(
            double width, double height, List<Line> lines, ImmutableList<Tile> tiles, String name) {
        double most = 30;
        var text = Glyphs.shortened(Escapes.plain(name), PROPORTIONAL, (width - 14) / 17);
        double size =
                Math.min(
                        most,
                        Math.min(height * 0.5, (width - 14) / Glyphs.width(text, PROPORTIONAL)));
        return new Card(
                width,
                height,
                ImmutableList.copyOf(lines),
                tiles,
                new Line("headline", width / 2, height / 2 + size * 0.36, size, text));
    }

    private static String fitted(String text, Glyphs.Face face, String style, double most) {
        return Glyphs.shortened(Escapes.plain(text), face, most / em(style));
    }

    private static double width(String text, Glyphs.Face face, String style) {
        return Glyphs.width(text, face) * em(style);
    }
}
