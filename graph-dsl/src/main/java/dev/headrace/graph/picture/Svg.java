package dev.headrace.graph.picture;

import java.util.List;
import java.util.Locale;

/// Writes a drawing as SVG: as a file of its own, or as a part of a page.
///
/// Boxes come in topological order, so that is the order of the tab key. What scripts look for
/// stands in data attributes: `data-node` or `data-output` is a name, `data-from` and `data-to` are
/// ids.
final class Svg {
    private static final double CORNER = 7;

    private final Drawing drawing;
    private final Layout layout;
    private final String prefix;
    private final StringBuilder text = new StringBuilder();

    private Svg(Drawing drawing, String prefix) {
        this.drawing = drawing;
        this.prefix = prefix;
        layout = Layout.of(drawing);
    }

    /// A file of its own, light or dark as the reader prefers.
    static String file(Drawing drawing) {
        var svg = new Svg(drawing, "");
        svg.open("", " width=\"%s\" height=\"%s\"");
        svg.text.append("<style>").append(Resources.text("drawing.css")).append("</style>\n");
        svg.text.append("<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n");
        svg.content();
        return svg.text.append("</svg>\n").toString();
    }

    /// A part of a page, which brings the style.
    ///
    /// @param prefix of all ids
    static String part(Drawing drawing, String prefix) {
        var svg = new Svg(drawing, prefix);
        svg.open(" id=\"%sdrawing\"".formatted(prefix), " data-width=\"%s\" data-height=\"%s\"");
        svg.content();
        return svg.text.append("</svg>\n").toString();
    }

    private void open(String id, String size) {
        var width = number(layout.width());
        var height = number(layout.height());
        text.append("<svg xmlns=\"http://www.w3.org/2000/svg\"")
                .append(id)
                .append(size.formatted(width, height))
                .append(
                        " viewBox=\"0 0 %s %s\" class=\"drawing\" role=\"group\""
                                .formatted(width, height))
                .append(" aria-label=\"graph ")
                .append(Escapes.xml(drawing.graph()))
                .append("\">\n");
    }

    private void content() {
        text.append("<g class=\"camera\">\n");
        drawing.frames().forEach(this::frame);
        for (int i = 0; i < drawing.waits().size(); i++) {
            var wait = drawing.waits().get(i);
            arrow("wait", wait.from(), wait.to(), layout.waits().get(i));
        }
        for (int i = 0; i < drawing.arrows().size(); i++) {
            var arrow = drawing.arrows().get(i);
            var style = arrow.reason().word + (arrow.faded() ? " faded" : "");
            arrow(style, arrow.from(), arrow.to(), layout.arrows().get(i));
        }
        drawing.frames().forEach(this::title);
        drawing.boxes().forEach(this::box);
        text.append("</g>\n");
    }

    private void frame(Drawing.Frame frame) {
        var place = layout.frames().get(frame.id());
        text.append(
                "<g class=\"frame %s\" id=\"%s%s\">"
                        .formatted(frame.barrier() ? "barrier" : "segment", prefix, frame.id()));
        rectangle("around", place.x(), place.y(), place.width(), place.height(), 10);
        if (frame.barrier()) {
            var x = number(place.x() + 10);
            var end = number(place.x() + place.width() - 10);
            for (double y : new double[] {place.y(), place.y() + 3.5}) {
                text.append("<path class=\"bar\" d=\"M%s %sH%s\"/>".formatted(x, number(y), end));
            }
        }
        text.append("</g>\n");
    }

    /// Over the arrows that cross it.
    private void title(Drawing.Frame frame) {
        var place = layout.frames().get(frame.id());
        line(new Card.Line("title", place.x() + 12, place.y() + 19, 0, frame.text()));
    }

    private void arrow(String style, String from, String to, Layout.Route route) {
        text.append(
                "<g class=\"arrow %s\" data-from=\"%s%s\" data-to=\"%s%s\"><path class=\"way\" d=\"%s\"/>"
                        .formatted(style, prefix, from, prefix, to, way(route.points())));
        head(route.points());
        route.place()
                .ifPresent(
                        place ->
                                line(
                                        new Card.Line(
                                                "label middle",
                                                place.x() + place.width() / 2,
                                                place.y() + place.height() - 4,
                                                0,
                                                route.label())));
        text.append("</g>\n");
    }

    /// A line through the points, with round corners, that ends where the head begins.
    private static String way(List<Layout.Point> points) {
        var way = new StringBuilder();
        var first = points.getFirst();
        way.append('M').append(number(first.x())).append(' ').append(number(first.y()));
        for (int i = 1; i < points.size() - 1; i++) {
            var corner = points.get(i);
            var in = towards(corner, points.get(i - 1), CORNER);
            var out = towards(corner, points.get(i + 1), CORNER);
            way.append(
                    "L%s %sQ%s %s %s %s"
                            .formatted(
                                    number(in.x()),
                                    number(in.y()),
                                    number(corner.x()),
                                    number(corner.y()),
                                    number(out.x()),
                                    number(out.y())));
        }
        var end = towards(points.getLast(), points.get(points.size() - 2), Layout.HEAD - 1);
        way.append('L').append(number(end.x())).append(' ').append(number(end.y()));
        return way.toString();
    }

    /// A point near another on the way to a third, at most half the way.
    private static Layout.Point towards(Layout.Point from, Layout.Point to, double distance) {
        double length = Math.hypot(to.x() - from.x(), to.y() - from.y());
        double part = length == 0 ? 0 : Math.min(distance / length, 0.5);
        return new Layout.Point(
                from.x() + part * (to.x() - from.x()), from.y() + part * (to.y() - from.y()));
    }

    private void head(List<Layout.Point> points) {
        var tip = points.getLast();
        var before = points.get(points.size() - 2);
        double length = Math.max(1e-9, Math.hypot(tip.x() - before.x(), tip.y() - before.y()));
        double alongX = (tip.x() - before.x()) / length;
        double alongY = (tip.y() - before.y()) / length;
        double backX = tip.x() - Layout.HEAD * alongX;
        double backY = tip.y() - Layout.HEAD * alongY;
        double half = Layout.HEAD * 0.5;
        text.append(
                "<path class=\"head\" d=\"M%s %sL%s %sL%s %sZ\"/>"
                        .formatted(
                                number(tip.x()),
                                number(tip.y()),
                                number(backX - half * alongY),
                                number(backY + half * alongX),
                                number(backX + half * alongY),
                                number(backY - half * alongX)));
    }

    private void box(Drawing.Box box) {
        var place = layout.boxes().get(box.id());
        var card = layout.cards().get(box.id());
        text.append(
                "<g class=\"box %s%s\" id=\"%s%s\" %s=\"%s\" transform=\"translate(%s %s)\""
                        .formatted(
                                box.role().word,
                                (box.reason().isPresent() ? " faded" : "")
                                        + (box.problems().isEmpty() ? "" : " wrong"),
                                prefix,
                                box.id(),
                                data(box),
                                Escapes.xml(box.name()),
                                number(place.x()),
                                number(place.y())));
        button(box);
        boolean round = box.role() == Drawing.Role.OUTPUT || box.role() == Drawing.Role.CONSTANT;
        rectangle("face", 0, 0, card.width(), card.height(), round ? card.height() / 2 : 7);
        if (box.role().isNode()) {
            accent(box.role(), card);
            text.append(
                    "<rect class=\"share-bar\" x=\"8\" y=\"%s\" width=\"0\" height=\"2.5\" data-full=\"%s\"/>"
                            .formatted(number(card.height() - 4.5), number(card.width() - 16)));
            text.append(
                    "<text class=\"share\" x=\"%s\" y=\"20\"></text>"
                            .formatted(number(card.width() - 12)));
        }
        if (box.role() == Drawing.Role.QUEUE) {
            slots(box, card);
        }
        if (box.peeked()) {
            eye(card.width(), 21);
        }
        if (!box.problems().isEmpty()) {
            text.append(
                    "<g class=\"mistake\"><circle r=\"8.5\"/><text class=\"middle\" y=\"4.5\">!</text></g>");
        }
        card.lines().forEach(this::line);
        card.tiles().forEach(this::tile);
        line(card.headline());
        text.append("</g>\n");
    }

    private static String data(Drawing.Box box) {
        return switch (box.role()) {
            case SOURCE, SAMPLE, BATCH -> "data-node";
            case OUTPUT -> "data-output";
            case CONSTANT -> "data-constant";
            case QUEUE -> "data-queue";
        };
    }

    /// What a box or a tile needs to be reached by keys and told by a screen reader.
    private void button(Drawing.Box box) {
        var about = about(box);
        text.append(
                " tabindex=\"0\" role=\"button\" aria-label=\"%s\"><title>%s</title>"
                        .formatted(about, about));
    }

    private static String about(Drawing.Box box) {
        var about = new StringBuilder(box.name()).append(", ").append(box.kind());
        if (box.role().isNode()) {
            about.append(", ").append(box.role().word);
        }
        if (box.peeked()) {
            about.append(", looked at by peek()");
        }
        box.reason().ifPresent(reason -> about.append(", does not run by itself: ").append(reason));
        box.problems().forEach(problem -> about.append(", wrong: ").append(problem));
        if (box.facts().containsKey("added at")) {
            about.append(", added at ").append(box.facts().get("added at"));
        }
        return Escapes.xml(about.toString());
    }

    /// A stripe at the left, of another form for each role: colour is not the only sign.
    private void accent(Drawing.Role role, Card card) {
        double inset = 9;
        double end = card.height() - inset;
        var form =
                switch (role) {
                    case SOURCE -> "M4 %sV%s".formatted(number(inset), number(end));
                    case BATCH ->
                            "M3 %sV%sM6.5 %sV%s"
                                    .formatted(
                                            number(inset), number(end), number(inset), number(end));
                    default -> "M4 %sV%s".formatted(number(inset), number(Math.min(end, 41)));
                };
        text.append("<path class=\"accent\" d=\"%s\"/>".formatted(form));
    }

    private void slots(Drawing.Box box, Card card) {
        int count = Card.slots(box);
        for (int i = 0; i < count; i++) {
            rectangle("slot", card.width() - 12 * (count - i) - 8, 18, 9, 12, 2);
        }
    }

    private void tile(Card.Tile tile) {
        var part = tile.part();
        text.append(
                "<g class=\"part faded\" id=\"%s%s\" data-node=\"%s\""
                        .formatted(prefix, part.id(), Escapes.xml(part.box().name())));
        button(part.box());
        rectangle("face", tile.x(), tile.y(), tile.width(), tile.height(), 5);
        if (part.box().peeked()) {
            eye(tile.x() + tile.width(), tile.y() + tile.height() / 2);
        }
        tile.lines().forEach(this::line);
        text.append("</g>");
    }

    /// The mark of a node that says `peek()`, on its right border, where no arrow comes.
    private void eye(double x, double y) {
        text.append(
                "<g class=\"eye\" transform=\"translate(%s %s)\"><path class=\"lid\" d=\"M-8 0Q0 -9 8 0Q0 9 -8 0Z\"/><circle class=\"pupil\" r=\"2.3\"/></g>"
                        .formatted(number(x), number(y)));
    }

    private void rectangle(
            String style, double x, double y, double width, double height, double round) {
        text.append(
                "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"%s\"/>"
                        .formatted(
                                style,
                                number(x),
                                number(y),
                                number(width),
                                number(height),
                                number(round)));
    }

    private void line(Card.Line line) {
        text.append(
                "<text class=\"%s\" x=\"%s\" y=\"%s\"%s>%s</text>"
                        .formatted(
                                line.style(),
                                number(line.x()),
                                number(line.y()),
                                line.size() == 0
                                        ? ""
                                        : " font-size=\"%s\"".formatted(number(line.size())),
                                Escapes.xml(line.text())));
    }

    /// At most two decimals.
    static String number(double value) {
        long hundredths = Math.round(value * 100);
        if (hundredths % 100 == 0) {
            return Long.toString(hundredths / 100);
        }
        var text = String.format(Locale.ROOT, "%.2f", hundredths / 100.0);
        return text.endsWith("0") ? text.substring(0, text.length() - 1) : text;
    }
}
