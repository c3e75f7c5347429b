package dev.headrace.engine.plan;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.spec.BadSamples;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jgrapht.alg.connectivity.ConnectivityInspector;
import org.jgrapht.graph.DefaultDirectedGraph;
import org.jgrapht.graph.DefaultEdge;
import org.jgrapht.traverse.TopologicalOrderIterator;

/// Divides the nodes into steps: a batch operator is one by itself, and so is work for a device; a
/// connected set of sample operators of one level is a segment. A value read outside its segment
/// lies in the batch.
///
/// Where bad samples are skipped or replaced, all sample operators of level 0 are one segment, so
/// that nobody has read an attempt at a sample before the last one.
final class Segments implements Pass {
    @Override
    public String name() {
        return "segment";
    }

    @Override
    public void apply(Draft draft) {
        draft.sort();
        group(draft);
        order(draft);
        layOut(draft);
        draft.groups.forEach(group -> connect(draft, group));
        keepTurns(draft);
        long launches = draft.groups.stream().filter(Draft.Group::isLaunch).count();
        long batches = draft.groups.stream().filter(Draft.Group::isAlone).count() - launches;
        draft.say(
                Explain.count(draft.groups.size() - batches - launches, "segment")
                        + ", "
                        + Explain.count(batches, "batch operator")
                        + (launches == 0 ? "" : ", " + Explain.count(launches, "launch")));
        tellBadSamples(draft);
        draft.refuse();
    }

    private static boolean recovers(Draft draft) {
        return !(draft.options.badSamples() instanceof BadSamples.Fail);
    }

    private static void group(Draft draft) {
        var near = new DefaultDirectedGraph<Draft.Node, DefaultEdge>(DefaultEdge.class);
        draft.nodes.stream().filter(node -> !node.isAlone()).forEach(near::addVertex);
        Draft.Node before = null;
        for (var node : near.vertexSet()) {
            for (var from : node.froms()) {
                if (near.containsVertex(from.node()) && from.node().level == node.level) {
                    near.addEdge(from.node(), node);
                }
            }
            if (recovers(draft) && node.level == 0) {
                if (before != null) {
                    near.addEdge(before, node);
                }
                before = node;
            }
        }
        for (var set : new ConnectivityInspector<>(near).connectedSets()) {
            var group = new Draft.Group();
            set.forEach(node -> node.group = group);
        }
        var groups = new LinkedHashSet<Draft.Group>();
        for (var node : draft.nodes) {
            if (node.isAlone()) {
                node.group = new Draft.Group();
            }
            node.group.nodes.add(node);
            node.group.hasSource |= node.isStream() || node.operator instanceof IndexedSource<?>;
            groups.add(node.group);
            node.group.recovers = recovers(draft) && node.level == 0 && !node.isAlone();
        }
        draft.groups = new ArrayList<>(groups);
    }

    /// Puts the steps in topological order: where that is free, those that read a source first,
    /// then as written.
    private static void order(Draft draft) {
        number(draft.groups);
        var edges = new DefaultDirectedGraph<Draft.Group, DefaultEdge>(DefaultEdge.class);
        draft.groups.forEach(edges::addVertex);
        for (var node : draft.nodes) {
            for (var before : draft.before(node)) {
                if (before.group != node.group) {
                    edges.addEdge(before.group, node.group);
                }
            }
        }
        for (var launch : draft.groups) {
            recovering(draft, launch).ifPresent(before -> edges.addEdge(before, launch));
        }
        var sourcesFirst =
                Comparator.comparing((Draft.Group group) -> !group.hasSource)
                        .thenComparing(group -> group.index);
        var order = new ArrayList<Draft.Group>();
        new TopologicalOrderIterator<>(edges, sourcesFirst).forEachRemaining(order::add);
        draft.groups = order;
        number(order);
    }

    /// For a launch that nothing comes before, the segment that may take other samples in place of
    /// bad ones: before that is done it is not known which samples there are.
    private static Optional<Draft.Group> recovering(Draft draft, Draft.Group launch) {
        return launch.isLaunch() && launch.first().level == 0
                ? draft.groups.stream().filter(group -> group.recovers).findFirst()
                : Optional.empty();
    }

    private static void number(List<Draft.Group> groups) {
        for (int i = 0; i < groups.size(); i++) {
            groups.get(i).index = i;
        }
    }

    /// Says which values lie in the batch.
    private static void layOut(Draft draft) {
        draft.outputs.forEach(
                (name, source) -> {
                    if (source instanceof Draft.From from) {
                        from.out().inSlot = true;
                        from.out().names.add(name);
                    }
                });
        for (var from : draft.peeks.values()) {
            from.out().inSlot = true;
            from.out().peeked = true;
        }
        for (var node : draft.nodes) {
            if (node.isAlone()) {
                node.outs.forEach(out -> out.inSlot = true);
            }
            for (var from : node.froms()) {
                from.out().inSlot |= from.node().group != node.group;
            }
        }
    }

    /// Says what a step waits for, and what states its number of samples.
    private static void connect(Draft draft, Draft.Group group) {
        for (var node : group.nodes) {
            for (var before : draft.before(node)) {
                if (before.group != group) {
                    group.after.add(before.group.index);
                }
            }
        }
        recovering(draft, group).ifPresent(before -> group.after.add(before.index));
        group.count =
                group.nodes.stream()
                        .flatMap(node -> node.froms().stream())
                        .filter(from -> from.node().group != group)
                        .findFirst()
                        .or(() -> stated(draft, group));
    }

    private static Optional<Draft.From> stated(Draft draft, Draft.Group group) {
        if (group.first().isStream() || draft.clock.isEmpty()) {
            return Optional.empty();
        }
        var clock = draft.clock.get();
        return IntStream.range(0, clock.outs.size())
                .filter(i -> clock.outs.get(i).wanted)
                .mapToObj(i -> new Draft.From(clock, i))
                .findFirst();
    }

    /// A step with state begins only after all steps before it, so that one that fails leaves the
    /// state as it was. It waits for those since the last such step, which has waited for the rest.
    private static void keepTurns(Draft draft) {
        int last = 0;
        for (var group : draft.groups) {
            if (group.first().isStateful() && !group.first().isStream()) {
                for (int i = last; i < group.index; i++) {
                    group.after.add(i);
                }
                last = group.index;
            }
        }
    }

    private static void tellBadSamples(Draft draft) {
        if (!recovers(draft)) {
            return;
        }
        for (var node : draft.nodes) {
            if (node.isLaunch() && !node.isBatch()) {
                draft.say(node, "a bad sample here fails its iteration, on " + node.device);
            } else if (node.level > 0 && !node.isAlone()) {
                draft.say(
                        node,
                        "a bad sample here fails its iteration, behind "
                                + Explain.count(node.level, "barrier"));
            }
        }
        if (draft.options.badSamples() instanceof BadSamples.Replace replace) {
            checkReplacements(draft, replace.values());
        }
    }

    /// A bad sample's values are replaced wherever they lie in the batch, so each needs another.
    private static void checkReplacements(
            Draft draft, ImmutableMap<String, TensorValue> replacements) {
        var readers = new IdentityHashMap<Draft.Out, Draft.Node>();
        for (var node : draft.nodes) {
            for (var from : node.froms()) {
                if (from.node().group != node.group) {
                    readers.putIfAbsent(from.out(), node);
                }
            }
        }
        for (var node : draft.nodes) {
            for (var out : node.outs) {
                var given =
                        out.names.stream()
                                .filter(replacements::containsKey)
                                .collect(toImmutableList());
                boolean onlyLookedAt =
                        out.peeked && out.names.isEmpty() && !readers.containsKey(out);
                if (out.inSlot && node.group.recovers && given.isEmpty() && !onlyLookedAt) {
                    var what =
                            out.names.isEmpty()
                                    ? "a bad sample cannot be replaced for %s: it reads a value that is no output of the graph"
                                            .formatted(readers.get(out))
                                    : "no replacement for output %s, which bad samples reach"
                                            .formatted(String.join(" or ", out.names));
                    draft.problem(what, node.where);
                }
                for (var name : given) {
                    var value = replacements.get(name);
                    if (!value.equals(replacements.get(given.getFirst()))) {
                        draft.problem(
                                "outputs %s and %s are one value, their replacements differ"
                                        .formatted(given.getFirst(), name),
                                node.where);
                    }
                    if (!out.promise.admits(value.spec())) {
                        draft.problem(
                                "the replacement for %s is %s, the output is %s"
                                        .formatted(name, value.spec(), out.promise),
                                node.where);
                    }
                }
            }
        }
    }
}
