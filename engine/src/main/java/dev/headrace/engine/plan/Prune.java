package dev.headrace.engine.plan;

import com.google.common.collect.Sets;
import dev.headrace.engine.operator.Effect;
import java.util.ArrayDeque;
import java.util.Set;

/// Takes out what nobody needs, by outputs: needed is what an output of the graph needs. A node
/// with a visible effect, or preserved, is needed with all of its outputs.
///
/// An output that nobody needs, of a node that stays, gets no memory.
final class Prune implements Pass {
    @Override
    public String name() {
        return "prune";
    }

    @Override
    public void apply(Draft draft) {
        var needed = needed(draft);
        for (var node : draft.nodes) {
            if (!needed.contains(node)) {
                draft.say(node, "nobody needs it");
                continue;
            }
            for (int i = 0; i < node.outs.size(); i++) {
                if (!node.outs.get(i).wanted) {
                    var output = node.operator.outputs().get(i);
                    draft.say(node, "nobody needs its output " + output);
                }
            }
        }
        draft.nodes.retainAll(needed);
        draft.peeks.values().removeIf(from -> !from.out().wanted); // no reason to make it
    }

    /// The nodes that are needed; marks the outputs that are wanted.
    static Set<Draft.Node> needed(Draft draft) {
        var needed = Sets.<Draft.Node>newIdentityHashSet();
        var open = new ArrayDeque<Draft.Node>();
        for (var source : draft.outputs.values()) {
            want(source, open);
        }
        for (var node : draft.nodes) {
            if (mustStay(node)) {
                node.outs.forEach(out -> out.wanted = true);
                open.add(node);
            }
        }
        while (!open.isEmpty()) {
            var node = open.remove();
            if (needed.add(node)) {
                node.inputs.forEach(input -> want(input, open));
            }
        }
        return needed;
    }

    private static void want(Draft.Source source, ArrayDeque<Draft.Node> open) {
        if (source instanceof Draft.From from) {
            from.out().wanted = true;
            open.add(from.node());
        }
    }

    /// Whether a node stays though nobody reads it.
    static boolean mustStay(Draft.Node node) {
        return node.spec.preserve() || node.operator.effect() == Effect.VISIBLE;
    }
}
