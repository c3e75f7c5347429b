package dev.headrace.graph.picture;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.elk.alg.layered.LayeredLayoutProvider;
import org.eclipse.elk.alg.layered.options.LayeredOptions;
import org.eclipse.elk.alg.layered.options.NodePlacementStrategy;
import org.eclipse.elk.core.data.LayoutMetaDataService;
import org.eclipse.elk.core.math.ElkPadding;
import org.eclipse.elk.core.math.KVector;
import org.eclipse.elk.core.options.Direction;
import org.eclipse.elk.core.options.EdgeLabelPlacement;
import org.eclipse.elk.core.options.EdgeRouting;
import org.eclipse.elk.core.options.HierarchyHandling;
import org.eclipse.elk.core.options.SizeConstraint;
import org.eclipse.elk.core.util.NullElkProgressMonitor;
import org.eclipse.elk.graph.ElkEdge;
import org.eclipse.elk.graph.ElkNode;
import org.eclipse.elk.graph.util.ElkGraphUtil;

/// Where everything in a drawing lies, in pixels at full size, from the top left. Data flows down.
///
/// @param width of the whole
/// @param height of the whole
/// @param cards by the id of their box
/// @param boxes places by id
/// @param frames places by id
/// @param arrows routes, in the order of the drawing's arrows
/// @param waits routes, in the order of the drawing's waits
record Layout(
        double width,
        double height,
        ImmutableMap<String, Card> cards,
        ImmutableMap<String, Place> boxes,
        ImmutableMap<String, Place> frames,
        ImmutableList<Route> arrows,
        ImmutableList<Route> waits) {
    static final double LABEL_SIZE = 10;

    /// The length of an arrow's head, and its width.
    static final double HEAD = 7;

    private static final double FRAME_TITLE = 26;
    private static final double MOST_LABEL = 200;
    private static final double MARGIN = 24;

    /// A rectangle.
    record Place(double x, double y, double width, double height) {}

    /// A point.
    record Point(double x, double y) {}

    /// The way of an arrow.
    ///
    /// @param points where it begins, bends and ends
    /// @param label what it says, shortened
    /// @param place of the label, if there is one
    record Route(ImmutableList<Point> points, String label, Optional<Place> place) {}

    private static double titleWidth(Drawing.Frame frame) {
        return 10.5 * Glyphs.width(frame.text(), Glyphs.Face.PROPORTIONAL);
    }

    static Layout of(Drawing drawing) {
        return new Elk(drawing).layout();
    }

    /// What is told to ELK, and read from it. ELK's classes are loaded with this one.
    private static final class Elk {
        static {
            LayoutMetaDataService.initElkReflect(); // without it, ELK cannot copy its own defaults
        }

        private final Drawing drawing;
        private final ElkNode root = ElkGraphUtil.createGraph();
        private final Map<String, Card> cards = new HashMap<>();
        private final Map<String, ElkNode> nodes = new HashMap<>();
        private final Map<String, ElkNode> parents = new HashMap<>();

        Elk(Drawing drawing) {
            this.drawing = drawing;
        }

        Layout layout() {
            settings();
            drawing.frames().forEach(this::add);
            drawing.boxes().forEach(this::add);
            var arrows = drawing.arrows().stream().map(this::add).toList();
            var waits =
                    drawing.waits().stream().map(wait -> edge(wait.from(), wait.to(), "")).toList();
            new LayeredLayoutProvider().layout(root, new NullElkProgressMonitor());
            var boxes = ImmutableMap.<String, Place>builder();
            var sizes = ImmutableMap.<String, Card>builder();
            for (var box : drawing.boxes()) {
                boxes.put(box.id(), place(nodes.get(box.id())));
                sizes.put(box.id(), cards.get(box.id()));
            }
            var frames = ImmutableMap.<String, Place>builder();
            for (var frame : drawing.frames()) {
                frames.put(frame.id(), place(nodes.get(frame.id())));
            }
            return new Layout(
                    root.getWidth(),
                    root.getHeight(),
                    sizes.buildOrThrow(),
                    boxes.buildOrThrow(),
                    frames.buildOrThrow(),
                    routes(arrows),
                    routes(waits));
        }

        private void settings() {
            root.setProperty(LayeredOptions.PADDING, new ElkPadding(MARGIN));
            root.setProperty(
                    LayeredOptions.NODE_PLACEMENT_STRATEGY, NodePlacementStrategy.BRANDES_KOEPF);
            settings(root);
        }

        /// What holds for the whole and within each frame.
        private static void settings(ElkNode node) {
            node.setProperty(LayeredOptions.DIRECTION, Direction.DOWN);
            node.setProperty(LayeredOptions.EDGE_ROUTING, EdgeRouting.ORTHOGONAL);
            node.setProperty(LayeredOptions.HIERARCHY_HANDLING, HierarchyHandling.INCLUDE_CHILDREN);
            node.setProperty(LayeredOptions.SPACING_EDGE_LABEL, HEAD + 2.0); // above all heads
            node.setProperty(LayeredOptions.SPACING_NODE_NODE, 28.0);
            node.setProperty(LayeredOptions.SPACING_NODE_NODE_BETWEEN_LAYERS, 34.0);
            node.setProperty(LayeredOptions.SPACING_EDGE_NODE, 14.0);
            node.setProperty(LayeredOptions.SPACING_EDGE_EDGE, 12.0);
            node.setProperty(LayeredOptions.SPACING_EDGE_NODE_BETWEEN_LAYERS, 14.0);
            node.setProperty(LayeredOptions.SPACING_EDGE_EDGE_BETWEEN_LAYERS, 12.0);
        }

        private void add(Drawing.Frame frame) {
            var node = ElkGraphUtil.createNode(root);
            settings(node);
            node.setProperty(LayeredOptions.PADDING, new ElkPadding(FRAME_TITLE + 8, 14, 16, 14));
            node.setProperty(
                    LayeredOptions.NODE_SIZE_CONSTRAINTS, EnumSet.of(SizeConstraint.MINIMUM_SIZE));
            node.setProperty(
                    LayeredOptions.NODE_SIZE_MINIMUM, new KVector(titleWidth(frame) + 24, 0));
            nodes.put(frame.id(), node);
            frame.boxes().forEach(box -> parents.put(box, node));
        }

        private void add(Drawing.Box box) {
            var card = Card.of(box);
            var node = ElkGraphUtil.createNode(parents.getOrDefault(box.id(), root));
            node.setDimensions(card.width(), card.height());
            cards.put(box.id(), card);
            nodes.put(box.id(), node);
        }

        private ElkEdge add(Drawing.Arrow arrow) {
            return edge(arrow.from(), arrow.to(), arrow.label());
        }

        private ElkEdge edge(String from, String to, String text) {
            var edge = ElkGraphUtil.createSimpleEdge(nodes.get(from), nodes.get(to));
            if (!text.isEmpty()) {
                var shown =
                        Glyphs.shortened(
                                Escapes.plain(text), Glyphs.Face.FIXED, MOST_LABEL / LABEL_SIZE);
                var label = ElkGraphUtil.createLabel(shown, edge);
                label.setProperty(LayeredOptions.EDGE_LABELS_PLACEMENT, EdgeLabelPlacement.HEAD);
                label.setDimensions(
                        Math.ceil(Glyphs.width(shown, Glyphs.Face.FIXED) * LABEL_SIZE) + 8,
                        LABEL_SIZE + 5);
            }
            return edge;
        }

        private static Place place(ElkNode node) {
            var at = absolute(node.getX(), node.getY(), node.getParent());
            return new Place(at.x(), at.y(), node.getWidth(), node.getHeight());
        }

        /// A point within a node, as seen from the whole drawing.
        private static Point absolute(double x, double y, ElkNode within) {
            for (var node = within; node != null; node = node.getParent()) {
                x += node.getX();
                y += node.getY();
            }
            return new Point(x, y);
        }

        private static ImmutableList<Route> routes(List<ElkEdge> edges) {
            return edges.stream().map(Elk::route).collect(ImmutableList.toImmutableList());
        }

        private static Route route(ElkEdge edge) {
            var within = edge.getContainingNode();
            var points = ImmutableList.<Point>builder();
            for (var section : edge.getSections()) {
                points.add(absolute(section.getStartX(), section.getStartY(), within));
                for (var bend : section.getBendPoints()) {
                    points.add(absolute(bend.getX(), bend.getY(), within));
                }
                points.add(absolute(section.getEndX(), section.getEndY(), within));
            }
            if (edge.getLabels().isEmpty()) {
                return new Route(points.build(), "", Optional.empty());
            }
            var label = edge.getLabels().getFirst();
            var at = absolute(label.getX(), label.getY(), within);
            return new Route(
                    points.build(),
                    label.getText(),
                    Optional.of(new Place(at.x(), at.y(), label.getWidth(), label.getHeight())));
        }
    }
}
