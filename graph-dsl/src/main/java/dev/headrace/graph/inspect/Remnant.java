package dev.headrace.graph.inspect;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Wire;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// What is left of a plan's graph without nodes that failed and those that need them: the rest of
/// what the plan would run, each value an output.
final class Remnant {
    private static final Wire NOTHING = new Wire.Fixed(TensorValue.of(0));

    private final Plan whole;
    private final Set<String> cut = new HashSet<>();

    Remnant(Plan whole) {
        this.whole = whole;
    }

    /// Takes out a node, and all that need it.
    ///
    /// @return whether it was there
    boolean cut(String node) {
        if (!cut.add(node)) {
            return false;
        }
        boolean more = true;
        while (more) {
            more = false;
            for (var each : whole.graph().nodes()) {
                more |= each.inputs().stream().anyMatch(this::isCut) && cut.add(each.name());
            }
        }
        return true;
    }

    private boolean isCut(Wire wire) {
        return wire instanceof Wire.Output(var node, _) && cut.contains(node);
    }

    /// The plan of what is left, if anything is.
    Optional<Plan> plan() {
        var outputs = ImmutableMap.<String, Wire>builder();
        whole.peeks()
                .forEach(
                        (name, binding) -> {
                            if (binding instanceof Binding.OfValue(int number)) {
                                var value = whole.values().get(number);
                                var node = whole.nodes().get(value.node()).where().node();
                                if (!cut.contains(node)) {
                                    outputs.put(name, new Wire.Output(node, value.output()));
                                }
                            }
                        });
        var named = outputs.buildOrThrow();
        if (named.isEmpty()) {
            return Optional.empty();
        }
        var graph = new GraphSpec(whole.graph().name(), nodes(), named);
        var options =
                whole.options()
                        .outputs(named.keySet().toArray(String[]::new))
                        .badSamples(BadSamples.fail());
        return Optional.of(Plan.of(graph, options));
    }

    /// Nodes that would run only for others to read them stay, unread: random nodes are counted by
    /// the planner as written. What would run for its effect has to go.
    private ImmutableList<NodeSpec> nodes() {
        return whole.graph().nodes().stream()
                .filter(node -> !cut.contains(node.name()) || !runsUnread(node))
                .map(this::withoutCutInputs)
                .collect(toImmutableList());
    }

    private static boolean runsUnread(NodeSpec node) {
        return node.preserve() || node.operator().effect() == Effect.VISIBLE;
    }

    private NodeSpec withoutCutInputs(NodeSpec node) {
        return new NodeSpec(
                node.name(),
                node.named(),
                node.operator(),
                node.inputs().stream()
                        .map(wire -> isCut(wire) ? NOTHING : wire)
                        .collect(toImmutableList()),
                node.dataInputs(),
                node.device(),
                node.preserve(),
                node.peek(),
                node.seed(),
                node.origin());
    }
}
