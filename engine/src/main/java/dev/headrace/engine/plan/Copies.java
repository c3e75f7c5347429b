package dev.headrace.engine.plan;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.spec.NodeSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Copies values to where they are read: data to the reader's device, arguments and what is looked
/// at to the host, as is data that is read there. One copy of a value serves all its readers on a
/// device. What is read for its specs only stays where it is.
///
/// Then says in what memory of the host values lie: pinned, if a device copies from or to it; where
/// other processes can map it, if an operator that shares memory reads or makes it; both, if it is
/// so. And says how
/// many barriers lie before a node: its level is the most batch operators and borders between
/// devices on any path to it. A node that reads nothing waits for the sequential source, if there
/// is one, since that states how many samples there are.
final class Copies implements Pass {
    /// A value on a device.
    private record Spot(Draft.Out value, Device device) {}

    @Override
    public String name() {
        return "copy";
    }

    @Override
    public void apply(Draft draft) {
        leaveOutIdle(draft);
        new Copying(draft).run();
        draft.nodes.stream()
                .filter(node -> node.operator instanceof Transfer && node.isLaunch())
                .forEach(Copies::pin);
        long shared = draft.nodes.stream().flatMap(node -> share(node).stream()).distinct().count();
        if (shared > 0) {
            draft.say(Explain.count(shared, "value") + " in shared memory");
        }
        level(draft);
        draft.refuse();
    }

    /// Leaves out transfers of what lies there already.
    private static void leaveOutIdle(Draft draft) {
        var idle = new HashMap<Draft.Node, Draft.From>();
        for (var node : draft.nodes) {
            node.inputs.replaceAll(input -> actual(input, idle));
            if (node.operator instanceof Transfer
                    && node.inputs.getFirst() instanceof Draft.From from
                    && from.node().device.equals(node.device)) {
                idle.put(node, from);
                node.there = Optional.of(from);
                draft.say(node, "%s lies on %s already".formatted(from.name(), node.device));
            }
        }
        draft.outputs.replaceAll((name, source) -> actual(source, idle));
        draft.peeks.replaceAll((name, from) -> idle.getOrDefault(from.node(), from));
        draft.nodes.removeAll(idle.keySet());
    }

    private static Draft.Source actual(Draft.Source source, Map<Draft.Node, Draft.From> idle) {
        return source instanceof Draft.From from ? idle.getOrDefault(from.node(), from) : source;
    }

    /// The copies that are there.
    private static final class Copying {
        private final Draft draft;
        private final Map<Spot, Draft.Node> copies = new HashMap<>();
        private final List<Draft.Node> made = new ArrayList<>();

        Copying(Draft draft) {
            this.draft = draft;
        }

        void run() {
            for (var node : draft.nodes) {
                if (node.operator instanceof Transfer
                        && node.inputs.getFirst() instanceof Draft.From from) {
                    copies.putIfAbsent(new Spot(from.out(), node.device), node);
                }
            }
            for (var node : draft.nodes) {
                if (!(node.operator instanceof Transfer)) {
                    for (int i = 0; i < node.inputs.size(); i++) {
                        node.inputs.set(i, near(node, i));
                    }
                }
            }
            draft.peeks.replaceAll((name, from) -> on(Device.HOST, from, from.node()));
            draft.nodes.addAll(made);
            draft.sort();
        }

        private Draft.Source near(Draft.Node reader, int input) {
            boolean data = input < reader.dataInputs;
            return !(reader.inputs.get(input) instanceof Draft.From from)
                            || (data && !reader.operator.readsData(input))
                    ? reader.inputs.get(input)
                    : on(reader.readsThere(input) ? reader.device : Device.HOST, from, reader);
        }

        private Draft.From on(Device device, Draft.From from, Draft.Node reader) {
            return from.node().device.equals(device)
                    ? from
                    : new Draft.From(
                            copies.computeIfAbsent(
                                    new Spot(from.out(), device), _ -> copy(from, device, reader)),
                            0);
        }

        private Draft.Node copy(Draft.From from, Device device, Draft.Node reader) {
            var name = from.name() + " on " + device;
            var copy =
                    new Draft.Node(
                            NodeSpec.of(name, new Transfer()), reader.written, made.size() + 1);
            copy.where = Where.node(name, copy.operator.kind(), reader.where.line());
            copy.inputs.add(from);
            copy.dataInputs = 1;
            copy.device = device;
            copy.outs.getFirst().wanted = true;
            copy.part = Part.alone(copy.where, false, 0, 1);
            made.add(copy);
            draft.say(
                    "%s copied to %s, for %s"
                            .formatted(from.name(), Explain.place(device), reader.where.node()));
            return copy;
        }
    }

    private static void pin(Draft.Node copy) {
        var from = (Draft.From) copy.inputs.getFirst();
        from.out().pinned = from.node().device.equals(Device.HOST);
        copy.outs.getFirst().pinned = copy.device.equals(Device.HOST);
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

    private static void level(Draft draft) {
        draft.clock = draft.nodes.stream().filter(Draft.Node::isStream).findFirst();
        for (var node : draft.nodes) {
            node.level =
                    draft.before(node).stream()
                            .mapToInt(before -> before.level + barriers(before, node))
                            .max()
                            .orElse(0);
        }
    }

    private static int barriers(Draft.Node before, Draft.Node node) {
        boolean border = !before.device.equals(node.device);
        return border || (before.isBatch() && !before.isLaunch()) ? 1 : 0;
    }
}
