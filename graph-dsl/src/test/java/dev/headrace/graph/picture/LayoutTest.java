package dev.headrace.graph.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayoutTest {
    private static final double HALF_A_PIXEL = 0.5; // coordinates are sums of fractions

    @Test
    void boxesDoNotOverlapAndLieInTheirFrames() {
        for (long seed = 0; seed < 30; seed++) {
            var drawing = Planned.of(RandomGraphs.plan(seed, 5 + 2 * (int) seed, true));
            var layout = Layout.of(drawing);
            assertApart(layout.boxes(), "seed " + seed);
            assertApart(layout.frames(), "seed " + seed);
            var frameOf = new HashMap<String, String>();
            drawing.frames()
                    .forEach(frame -> frame.boxes().forEach(box -> frameOf.put(box, frame.id())));
            layout.boxes()
                    .forEach(
                            (id, box) ->
                                    layout.frames()
                                            .forEach(
                                                    (frame, around) -> {
                                                        if (frame.equals(frameOf.get(id))) {
                                                            assertTrue(holds(around, box), id);
                                                        } else {
                                                            assertFalse(cross(around, box), id);
                                                        }
                                                    }));
        }
    }

    private static void assertApart(Map<String, Layout.Place> places, String where) {
        var ids = new ArrayList<>(places.keySet());
        for (int i = 0; i < ids.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertFalse(
                        cross(places.get(ids.get(i)), places.get(ids.get(j))),
                        where + ": " + ids.get(i) + " lies on " + ids.get(j));
            }
        }
    }

    private static boolean cross(Layout.Place one, Layout.Place other) {
        return one.x() < other.x() + other.width()
                && other.x() < one.x() + one.width()
                && one.y() < other.y() + other.height()
                && other.y() < one.y() + one.height();
    }

    private static boolean holds(Layout.Place around, Layout.Place box) {
        return around.x() <= box.x()
                && around.y() <= box.y()
                && around.x() + around.width() >= box.x() + box.width()
                && around.y() + around.height() >= box.y() + box.height();
    }

    @Test
    void arrowsBeginAndEndAtTheirBoxes() {
        for (long seed = 0; seed < 30; seed++) {
            var drawing = Planned.of(RandomGraphs.plan(seed, 5 + 2 * (int) seed, false));
            var layout = Layout.of(drawing);
            for (int i = 0; i < drawing.arrows().size(); i++) {
                var arrow = drawing.arrows().get(i);
                var points = layout.arrows().get(i).points();
                assertOnBorder(layout.boxes().get(arrow.from()), points.getFirst());
                assertOnBorder(layout.boxes().get(arrow.to()), points.getLast());
            }
            for (int i = 0; i < drawing.waits().size(); i++) {
                var wait = drawing.waits().get(i);
                var points = layout.waits().get(i).points();
                assertOnBorder(layout.frames().get(wait.from()), points.getFirst());
                assertOnBorder(layout.frames().get(wait.to()), points.getLast());
            }
        }
    }

    private static void assertOnBorder(Layout.Place place, Layout.Point point) {
        double beyond =
                Math.max(
                        Math.max(place.x() - point.x(), point.x() - place.x() - place.width()),
                        Math.max(place.y() - point.y(), point.y() - place.y() - place.height()));
        assertEquals(0, beyond, HALF_A_PIXEL);
    }

    @Test
    void everythingLiesWithinTheDrawing() {
        for (long seed = 0; seed < 30; seed++) {
            var layout = Layout.of(Asked.of(RandomGraphs.graph(seed, 20, true).spec()));
            var whole = new Layout.Place(0, 0, layout.width(), layout.height());
            layout.boxes().values().forEach(box -> assertTrue(holds(whole, box)));
            layout.arrows().forEach(route -> assertWithin(whole, route.points()));
        }
    }

    private static void assertWithin(Layout.Place whole, List<Layout.Point> points) {
        points.forEach(
                point -> assertTrue(holds(whole, new Layout.Place(point.x(), point.y(), 0, 0))));
    }

    @Test
    void labelsLieClearOfHeadsBoxesAndEachOther() {
        for (long seed = 0; seed < 30; seed++) {
            var layout = Layout.of(Planned.of(RandomGraphs.plan(seed, 5 + 2 * (int) seed, false)));
            var taken = new HashMap<String, Layout.Place>(layout.boxes());
            for (int i = 0; i < layout.arrows().size(); i++) {
                taken.put("head " + i, head(layout.arrows().get(i).points().getLast()));
            }
            for (int i = 0; i < layout.arrows().size(); i++) {
                var label = layout.arrows().get(i).place();
                if (label.isPresent()) {
                    for (var other : taken.entrySet()) {
                        assertFalse(
                                cross(label.get(), other.getValue()),
                                "seed " + seed + ": label " + i + " lies on " + other.getKey());
                    }
                    taken.put("label " + i, label.get());
                }
            }
        }
    }

    /// All arrows end downwards.
    private static Layout.Place head(Layout.Point tip) {
        return new Layout.Place(
                tip.x() - Layout.HEAD / 2, tip.y() - Layout.HEAD, Layout.HEAD, Layout.HEAD);
    }

    @Test
    void namesLeaveRoomForAShareOfTime() {
        var plan = RandomGraphs.plan(3, 60, true);
        double share = 11.5 * 1.12 * Glyphs.width("99.9 %", Glyphs.Face.PROPORTIONAL);
        for (var box : Planned.of(plan).boxes()) {
            if (box.role().isNode()) {
                var card = Card.of(box);
                var name = card.lines().getFirst();
                double end =
                        name.x()
                                + 13.5 * 1.12 * Glyphs.width(name.text(), Glyphs.Face.PROPORTIONAL);
                assertTrue(end + 10 <= card.width() - 12 - share, name.text());
            }
        }
    }

    @Test
    void textFitsInItsBox() {
        for (long seed = 0; seed < 30; seed++) {
            for (var box : Planned.of(RandomGraphs.plan(seed, 20, true)).boxes()) {
                var card = Card.of(box);
                assertTrue(card.width() <= 264, box.name());
                for (var line : card.lines()) {
                    if (line.style().equals("argument")) {
                        double end = line.x() + 10.5 * Glyphs.width(line.text(), Glyphs.Face.FIXED);
                        assertTrue(end <= card.width() - 11, line.text());
                    }
                }
            }
        }
    }
}
