package dev.headrace.engine.plan;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.DiscreteDomain;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Range;
import com.google.common.collect.Sets;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Ref;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.LastBatch;
import dev.headrace.engine.spec.Wire;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jgrapht.Graph;
import org.jgrapht.alg.connectivity.KosarajuStrongConnectivityInspector;
import org.jgrapht.alg.shortestpath.BFSShortestPath;
import org.jgrapht.graph.DefaultEdge;
import org.jgrapht.graph.MaskSubgraph;

/// Finds what is wrong with a graph before anything is read, all at once, and turns names into
/// links: inputs, and the outputs that the options want.
final class Check implements Pass {
    private static final Comparator<Draft.Node> AS_WRITTEN =
            Comparator.comparingInt(node -> node.written);

    @Override
    public String name() {
        return "check";
    }

    @Override
    public void apply(Draft draft) {
        var byName = names(draft);
        for (var node : draft.nodes) {
            checkArity(draft, node);
            checkSlots(draft, node);
            link(draft, node, byName);
        }
        checkCycles(draft);
        linkOutputs(draft, byName);
        linkPeeks(draft);
        checkPurpose(draft);
        draft.refuse();
        draft.sort();
        draft.say(
                Explain.count(draft.nodes.size(), "node")
                        + ", "
                        + Explain.count(draft.graph.outputs().size(), "output")
                        + (draft.outputs.size() < draft.graph.outputs().size()
                                ? ", wanted of them: " + String.join(", ", draft.outputs.keySet())
                                : ""));
    }

    private static Map<String, Draft.Node> names(Draft draft) {
        var byName = new HashMap<String, Draft.Node>();
        for (var node : draft.nodes) {
            var first = byName.putIfAbsent(node.spec.name(), node);
            if (first != null) {
                draft.problem(
                        "two nodes are named " + node.spec.name() + "\n  at " + first.where,
                        node.where);
            }
        }
        return byName;
    }

    private static void checkArity(Draft draft, Draft.Node node) {
        var arity = node.operator.arity();
        if (!arity.contains(node.dataInputs)) {
            draft.problem(
                    "%s takes %s, got %s"
                            .formatted(node.where.kind(), text(arity), node.dataInputs),
                    node.where);
        }
        if (node.isStream()
                && node.spec.inputs().stream().anyMatch(Wire.Output.class::isInstance)) {
            draft.problem(
                    "%s is read before all else, so it cannot take values of other nodes"
                            .formatted(node.where.kind()),
                    node.where);
        }
    }

    private static String text(Range<Integer> arity) {
        var counts = arity.canonical(DiscreteDomain.integers());
        int least = counts.hasLowerBound() ? Math.max(0, counts.lowerEndpoint()) : 0;
        if (!counts.hasUpperBound()) {
            return Explain.count(least, "input") + " or more";
        }
        int most = counts.upperEndpoint() - 1;
        if (least >= most) {
            return most == 0 ? "no inputs" : Explain.count(most, "input");
        }
        return least + " to " + Explain.count(most, "input");
    }

    private static void checkSlots(Draft draft, Draft.Node node) {
        int count = node.spec.inputs().size();
        for (var argument : Slots.of(node.operator)) {
            switch (argument) {
                case Constant _ -> {}
                case Ref ref ->
                        draft.problem(
                                "%s holds %s itself, in place of an input"
                                        .formatted(node.where.kind(), ref),
                                node.where);
                case Input(int place) -> {
                    if (place < node.dataInputs || place >= count) {
                        draft.problem(
                                "an argument of %s is input %s; %s"
                                        .formatted(
                                                node.where.kind(),
                                                place,
                                                count == node.dataInputs
                                                        ? "it has no inputs for arguments"
                                                        : "those for arguments are %s to %s"
                                                                .formatted(
                                                                        node.dataInputs,
                                                                        count - 1)),
                                node.where);
                    }
                }
            }
        }
    }

    private static void link(Draft draft, Draft.Node node, Map<String, Draft.Node> byName) {
        for (var wire : node.spec.inputs()) {
            var source = source(wire, byName);
            source.ifPresent(node.inputs::add);
            if (source.isEmpty()) {
                draft.problem(
                        "%s reads %s".formatted(node.where.kind(), missing(draft, wire, byName)),
                        node.where);
            }
        }
    }

    private static Optional<Draft.Source> source(Wire wire, Map<String, Draft.Node> byName) {
        return switch (wire) {
            case Wire.Fixed(var value) -> Optional.of(new Draft.Fixed(value));
            case Wire.Output(var name, int output) ->
                    Optional.ofNullable(byName.get(name))
                            .filter(node -> output < node.outs.size())
                            .map(node -> new Draft.From(node, output));
        };
    }

    private static String missing(Draft draft, Wire wire, Map<String, Draft.Node> byName) {
        return switch (wire) {
            case Wire.Fixed(var value) -> value.toString();
            case Wire.Output(var name, int output) -> {
                var node = byName.get(name);
                yield node == null
                        ? "%s, which is no node of graph %s".formatted(name, draft.graph.name())
                        : "output %s of %s, which has %s"
                                .formatted(output, node, listed(node.operator.outputs()));
            }
        };
    }

    private static void linkOutputs(Draft draft, Map<String, Draft.Node> byName) {
        var graph = draft.graph;
        var wanted = draft.options.outputs().orElse(graph.outputs().keySet());
        graph.outputs()
                .forEach(
                        (name, wire) -> {
                            var source = source(wire, byName);
                            if (source.isEmpty()) {
                                draft.problem(
                                        "output %s is %s"
                                                .formatted(name, missing(draft, wire, byName)));
                            } else if (wanted.contains(name)) {
                                draft.outputs.put(name, source.get());
                            }
                        });
        checkNames(draft, wanted);
        if (draft.options.badSamples() instanceof BadSamples.Replace replace) {
            checkNames(draft, replace.values().keySet());
        }
    }

    private static void linkPeeks(Draft draft) {
        for (var node : draft.nodes) {
            for (int i = 0; node.spec.peek() && i < node.outs.size(); i++) {
                var from = new Draft.From(node, i);
                var name = from.name();
                while (draft.peeks.containsKey(name)) {
                    name += "'"; // a.b may be an output of a, and a node
                }
                draft.peeks.put(name, from);
            }
        }
    }

    private static void checkNames(Draft draft, ImmutableSet<String> named) {
        var graph = draft.graph;
        for (var name : Sets.difference(named, graph.outputs().keySet())) {
            draft.problem(
                    "no output %s; graph %s has %s"
                            .formatted(name, graph.name(), listed(graph.outputs().keySet())));
        }
    }

    private static String listed(Collection<String> outputs) {
        return outputs.isEmpty() ? "no outputs" : String.join(", ", outputs);
    }

    private static void checkPurpose(Draft draft) {
        var graph = draft.graph;
        boolean wantsNone = draft.options.outputs().orElse(graph.outputs().keySet()).isEmpty();
        if (wantsNone && draft.nodes.stream().noneMatch(Prune::mustStay)) {
            draft.problem(
                    "graph %s has nothing to compute: %s, and no node has a visible effect or is"
                                    .formatted(
                                            graph.name(),
                                            graph.outputs().isEmpty()
                                                    ? "it has no output, such as output(\"image\","
                                                            + " node) names"
                                                    : "no output is wanted")
                            + " preserved");
        }
        if (draft.options.lastBatch() == LastBatch.FILL) {
            Prune.needed(draft).stream()
                    .filter(Draft.Node::isStream)
                    .sorted(AS_WRITTEN)
                    .forEach(
                            stream ->
                                    draft.problem(
                                            "FILL needs a source that knows its size; use PAD,"
                                                    + " PARTIAL or DROP",
                                            stream.where));
        }
    }

    /// Names one cycle of each knot of nodes that lead to themselves.
    private static void checkCycles(Draft draft) {
        var edges = draft.edges();
        var knots = new KosarajuStrongConnectivityInspector<>(edges).stronglyConnectedSets();
        var told = new TreeMap<Integer, String>();
        for (var knot : knots) {
            var first = Collections.min(knot, AS_WRITTEN);
            var inside = new MaskSubgraph<>(edges, node -> !knot.contains(node), _ -> false);
            if (knot.size() > 1 || edges.containsEdge(first, first)) {
                told.put(first.written, cycle(inside, first));
            }
        }
        told.values().forEach(draft::problem);
    }

    /// The shortest way from a node to itself by its first reader, which lies in the same knot.
    private static String cycle(Graph<Draft.Node, DefaultEdge> knot, Draft.Node first) {
        var second = knot.getEdgeTarget(knot.outgoingEdgesOf(first).iterator().next());
        var way = new BFSShortestPath<>(knot).getPath(second, first).getVertexList();
        return "a cycle: %s → %s\n  at %s"
                .formatted(
                        first.spec.name(),
                        way.stream().map(node -> node.spec.name()).collect(joining(" → ")),
                        first.where);
    }
}
