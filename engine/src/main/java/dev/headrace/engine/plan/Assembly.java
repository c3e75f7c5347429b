package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.device.Device;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Makes the immutable plan of a draft that all passes have been through: numbers nodes and values,
/// and finds the steps that read each value.
final class Assembly {
    private final Draft draft;
    private final Map<Draft.Out, Integer> numbers = new IdentityHashMap<>();
    private final Map<Draft.Out, List<Integer>> readers = new IdentityHashMap<>();
    private final Map<Draft.Node, PlannedNode> planned = new IdentityHashMap<>();
    private final ImmutableList.Builder<PlannedNode> nodes = ImmutableList.builder();
    private final ImmutableList.Builder<Value> values = ImmutableList.builder();
    private final ImmutableList.Builder<Step> steps = ImmutableList.builder();

    private Assembly(Draft draft) {
        this.draft = draft;
    }

    static Plan of(Draft draft) {
        return new Assembly(draft).plan();
    }

    private Plan plan() {
        draft.groups.forEach(this::findReaders);
        for (int i = 0; i < draft.nodes.size(); i++) {
            add(draft.nodes.get(i), i);
        }
        draft.groups.forEach(this::add);
        var outputs = ImmutableMap.<String, Binding>builder();
        draft.outputs.forEach((name, source) -> outputs.put(name, binding(source)));
        var peeks = ImmutableMap.<String, Binding>builder();
        draft.peeks.forEach((name, source) -> peeks.put(name, binding(source)));
        var fates = ImmutableMap.<String, Fate>builder();
        draft.written.forEach(node -> fates.put(node.spec.name(), fate(node)));
        return new Plan(
                draft.graph,
                draft.options,
                nodes.build(),
                values.build(),
                steps.build(),
                outputs.buildOrThrow(),
                peeks.buildOrThrow(),
                new Delivery(
                        numbers(draft.awaits),
                        numbers(draft.hostAwaits),
                        numbers(draft.streamAwaits)),
                fates.buildOrThrow(),
                Explain.text(draft));
    }

    /// A step that takes its number of samples from a value reads it too: its ids.
    private void findReaders(Draft.Group group) {
        for (var node : group.nodes) {
            for (var from : node.froms()) {
                if (from.node().group != group) {
                    addReader(from.out(), group.index);
                }
            }
        }
        group.count.ifPresent(from -> addReader(from.out(), group.index));
    }

    private void addReader(Draft.Out out, int step) {
        var known = readers.computeIfAbsent(out, _ -> new ArrayList<>());
        if (known.isEmpty() || known.getLast() != step) { // steps come in order
            known.add(step);
        }
    }

    private void add(Draft.Node node, int index) {
        var ownValues = ImmutableIntArray.builder(node.outs.size());
        for (int i = 0; i < node.outs.size(); i++) {
            var out = node.outs.get(i);
            if (!out.wanted) {
                ownValues.add(-1);
                continue;
            }
            int number = numbers.size();
            numbers.put(out, number);
            ownValues.add(number);
            values.add(
                    new Value(
                            number,
                            index,
                            i,
                            out.promise,
                            out.inSlot,
                            out.shared,
                            out.pinned,
                            ImmutableIntArray.copyOf(readers.getOrDefault(out, List.of())),
                            out.peeked,
                            ImmutableSet.copyOf(out.names)));
        }
        var made =
                new PlannedNode(
                        index,
                        node.where,
                        node.operator,
                        node.inputs.stream()
                                .map(this::binding)
                                .collect(ImmutableList.toImmutableList()),
                        node.dataInputs,
                        ownValues.build(),
                        node.device,
                        node.level,
                        node.part);
        planned.put(node, made);
        nodes.add(made);
    }

    private void add(Draft.Group group) {
        var after = ImmutableIntArray.copyOf(group.after);
        var awaits = numbers(group.awaits);
        int count = group.count.map(from -> numbers.get(from.out())).orElse(-1);
        var first = planned.get(group.first());
        steps.add(
                group.first().busy() instanceof Device.Gpu gpu
                        ? new Step.Launch(
                                group.index,
                                after,
                                awaits,
                                numbers(group.streamAwaits),
                                count,
                                first,
                                gpu,
                                group.first().stream)
                        : group.isAlone()
                                ? new Step.Batch(
                                        group.index,
                                        after,
                                        awaits,
                                        count,
                                        first,
                                        group.first().isStateful())
                                : new Step.Segment(
                                        group.index,
                                        after,
                                        awaits,
                                        count,
                                        group.nodes.stream()
                                                .map(planned::get)
                                                .collect(ImmutableList.toImmutableList()),
                                        group.recovers));
    }

    private static ImmutableIntArray numbers(List<Draft.Group> groups) {
        return groups.stream()
                .mapToInt(group -> group.index)
                .collect(
                        ImmutableIntArray::builder,
                        ImmutableIntArray.Builder::add,
                        (one, other) -> one.addAll(other.build()))
                .build();
    }

    private Fate fate(Draft.Node node) {
        if (node.there.isPresent()) {
            var there = node.there.get();
            return new Fate.There(there.node().spec.name(), there.output());
        }
        if (node.mergedInto.isPresent()) {
            return new Fate.Merged(node.mergedInto.get().spec.name());
        }
        var last = node;
        while (last.absorbedInto.isPresent()) {
            last = last.absorbedInto.get();
        }
        var made = planned.get(last);
        if (made == null) {
            return new Fate.Pruned();
        }
        return made.part().parts().isEmpty()
                ? new Fate.Runs(made.index())
                : new Fate.Fused(made.index(), made.where().node());
    }

    private Binding binding(Draft.Source source) {
        return switch (source) {
            case Draft.From from -> new Binding.OfValue(numbers.get(from.out()));
            case Draft.Fixed(var value) -> new Binding.OfConstant(value);
        };
    }
}
