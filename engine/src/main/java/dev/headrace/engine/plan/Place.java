package dev.headrace.engine.plan;

import dev.headrace.engine.device.Device;
import java.util.ArrayList;
import java.util.List;

/// Says where each node runs, and how many barriers lie before it: its level is the most batch
/// operators on any path to it. A node that reads nothing waits for the sequential source, if there
/// is one, since that states how many samples there are.
///
/// What an operator that shares memory reads or makes lies where other processes can map it.
final class Place implements Pass {
    @Override
    public String name() {
        return "place";
    }

    @Override
    public void apply(Draft draft) {
        for (var node : draft.nodes) {
            switch (node.spec.device().orElse(Device.HOST)) {
                case Device.Host host -> node.device = host;
                case Device.Gpu gpu ->
                        draft.problem(
                                gpu + " is not here: this build runs on the host only", node.where);
            }
        }
        draft.clock = draft.nodes.stream().filter(Draft.Node::isStream).findFirst();
        for (var node : draft.nodes) {
            node.level =
                    draft.before(node).stream()
                            .mapToInt(before -> before.level + (before.isBatch() ? 1 : 0))
                            .max()
                            .orElse(0);
        }
        long shared = draft.nodes.stream().flatMap(node -> share(node).stream()).distinct().count();
        draft.say(
                "all on the host"
                        + (shared == 0
                                ? ""
                                : ", " + Explain.count(shared, "value") + " in shared memory"));
    }

    /// The values that other processes read or write, where a node works with some.
    private static List<Draft.Out> share(Draft.Node node) {
        if (!node.sharesMemory()) {
            return List.of();
        }
        var shared = new ArrayList<Draft.Out>();
        node.outs.stream().filter(out -> out.wanted).forEach(shared::add);
        node.froms().forEach(from -> shared.add(from.out()));
        shared.forEach(out -> out.shared = true);
        return shared;
    }
}
