package dev.headrace.engine.plan;

import dev.headrace.engine.device.Device;

/// Says where each node runs, and how many barriers lie before it: its level is the most batch
/// operators on any path to it. A node that reads nothing waits for the sequential source, if there
/// is one, since that states how many samples there are.
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
        draft.say("all on the host");
    }
}
