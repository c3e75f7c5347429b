package dev.headrace.engine.plan;

import static dev.headrace.engine.device.Device.HOST;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.SampleOperator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// Lets operators take in what follows them: two that can do their work in one step become one,
/// where nobody else needs the value between. What came of two may take in the next.
///
/// The fused node stands where the second stood, so that its inputs are still before it.
final class Absorb implements Pass {
    @Override
    public String name() {
        return "absorb";
    }

    @Override
    public void apply(Draft draft) {
        var readers = onlyReaders(draft);
        var absorbed = new HashSet<Draft.Node>();
        for (var node : draft.nodes) {
            var next = readers.get(node);
            if (next != null
                    && mayAbsorb(node, next)
                    && node.operator instanceof SampleOperator first
                    && next.operator instanceof SampleOperator second) {
                first.absorb(second)
                        .filter(fused -> node.device.equals(HOST) || fused instanceof CudaOperator)
                        .ifPresent(
                                fused -> {
                                    draft.say(next, "absorbed by " + node + gain(fused));
                                    fuse(draft, fused, node, next);
                                    absorbed.add(node);
                                    node.absorbedInto = Optional.of(next);
                                });
            }
        }
        draft.nodes.removeAll(absorbed);
        draft.refuse();
    }

    private static String gain(SampleOperator fused) {
        return fused.gain().isEmpty() ? "" : ": " + fused.gain();
    }

    /// For each node that is read in one place only, and not looked at, the node that reads it.
    private static Map<Draft.Node, Draft.Node> onlyReaders(Draft draft) {
        var several = new HashSet<Draft.Node>();
        draft.peeks.values().forEach(from -> several.add(from.node()));
        draft.outputs
                .values()
                .forEach(
                        source -> {
                            if (source instanceof Draft.From from) {
                                several.add(from.node());
                            }
                        });
        var readers = new HashMap<Draft.Node, Draft.Node>();
        for (var node : draft.nodes) {
            for (var from : node.froms()) {
                if (readers.putIfAbsent(from.node(), node) != null) {
                    several.add(from.node());
                }
            }
        }
        readers.keySet().removeAll(several);
        return readers;
    }

    /// Whether a node may be asked to absorb its only reader. A source may not: it is opened and
    /// read as what it is.
    private static boolean mayAbsorb(Draft.Node node, Draft.Node next) {
        return node.outs.size() == 1
                && !(node.operator instanceof IndexedSource<?>)
                && next.dataInputs == 1
                && next.inputs.getFirst() instanceof Draft.From from
                && from.node() == node
                && !node.spec.preserve()
                && !next.spec.preserve()
                && node.device.equals(next.device)
                && node.level == next.level;
    }

    /// Makes `next` the node that does the work of both.
    private static void fuse(Draft draft, SampleOperator fused, Draft.Node node, Draft.Node next) {
        var where =
                Where.node(
                        node.where.node() + "+" + next.where.node(),
                        node.where.kind() + "+" + next.where.kind(),
                        node.where.line());
        if (fused.outputs().size() != next.outs.size()) {
            draft.problem(
                    "%s has %s outputs in place of %s"
                            .formatted(fused.kind(), fused.outputs().size(), next.outs.size()),
                    where);
        }
        int shift = node.inputs.size() - 1;
        var inputs = new ArrayList<>(node.inputs);
        inputs.addAll(next.inputs.subList(1, next.inputs.size()));
        var places = IntStream.range(0, next.inputs.size()).map(i -> i == 0 ? -1 : i + shift);
        var second =
                new Part(
                        next.part.where(),
                        next.part.random(),
                        next.part.key(),
                        ImmutableIntArray.copyOf(places),
                        ImmutableList.of());
        next.part =
                new Part(
                        where,
                        node.part.random() || second.random(),
                        node.part.random() ? node.part.key() : second.key(),
                        ImmutableIntArray.copyOf(IntStream.range(0, inputs.size())),
                        ImmutableList.of(node.part, second));
        next.operator = fused;
        next.where = where;
        next.inputs = inputs;
        next.dataInputs = node.dataInputs;
    }
}
