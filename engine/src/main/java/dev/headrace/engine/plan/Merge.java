package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Operator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Makes one of equal operators on equal inputs.
///
/// Never of sources, of nodes that are preserved or named by the user, of operators with an effect
/// or with state, nor of random ones, unless they have an equal seed of their own.
final class Merge implements Pass {
    /// What two nodes must have in common. Operators are compared with their classes, since a
    /// user's `equals` may not look at them.
    private record Likeness(
            Class<?> type,
            Operator operator,
            ImmutableList<Draft.Source> inputs,
            int dataInputs,
            Optional<Device> device,
            OptionalLong seed) {}

    @Override
    public String name() {
        return "merge";
    }

    @Override
    public void apply(Draft draft) {
        var seen = new HashMap<Likeness, Draft.Node>();
        var same = new HashMap<Draft.Node, Draft.Node>();
        var kept = new ArrayList<Draft.Node>();
        for (var node : draft.nodes) {
            node.inputs.replaceAll(input -> merged(input, same));
            var first = mayMerge(node) ? seen.putIfAbsent(likeness(node), node) : null;
            if (first == null) {
                kept.add(node);
                continue;
            }
            draft.say(node, "the same as " + first);
            node.mergedInto = Optional.of(first);
            same.put(node, first);
            for (int i = 0; i < node.outs.size(); i++) {
                first.outs.get(i).wanted |= node.outs.get(i).wanted;
            }
        }
        draft.outputs.replaceAll((name, source) -> merged(source, same));
        draft.peeks.replaceAll((name, from) -> merged(from, same));
        draft.nodes = kept;
    }

    private static Draft.Source merged(Draft.Source source, Map<Draft.Node, Draft.Node> same) {
        return source instanceof Draft.From from ? merged(from, same) : source;
    }

    private static Draft.From merged(Draft.From from, Map<Draft.Node, Draft.Node> same) {
        return new Draft.From(same.getOrDefault(from.node(), from.node()), from.output());
    }

    private static boolean mayMerge(Draft.Node node) {
        return node.operator.effect() == Effect.NONE
                && !node.spec.preserve()
                && !node.spec.named()
                && !(node.operator instanceof IndexedSource<?>)
                && !node.isStateful()
                && (!node.operator.random() || node.spec.seed().isPresent());
    }

    private static Likeness likeness(Draft.Node node) {
        return new Likeness(
                node.operator.getClass(),
                node.operator,
                ImmutableList.copyOf(node.inputs),
                node.dataInputs,
                node.spec.device(),
                node.operator.random() ? node.spec.seed() : OptionalLong.empty());
    }
}
