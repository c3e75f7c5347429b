package dev.headrace.engine.plan;

import dev.headrace.engine.spec.StreamPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/// Which stream each node of a plan runs on: a pure function of the graph. Numbers are dense from 0
/// on each device.
final class StreamNumbers {
    /// What a node does for the device that it keeps busy.
    enum Kind {
        COPY_TO,
        KERNEL,
        COPY_BACK
    }

    /// A node, as far as streams depend on it.
    ///
    /// @param device the number of the device that it keeps busy; -1 for the host, whose nodes have
    ///     no stream
    /// @param kind of its work; for the host it does not matter
    /// @param producers the numbers of those that it reads, all lower than its own
    record Asked(int device, Kind kind, List<Integer> producers) {
        boolean onHost() {
            return device < 0;
        }
    }

    private StreamNumbers() {}

    /// The number of the stream of each node, -1 on the host.
    ///
    /// @param nodes in topological order
    static List<Integer> of(StreamPolicy policy, List<Asked> nodes) {
        return switch (policy) {
            case SINGLE -> each(nodes, _ -> 0);
            case PER_KIND -> perKind(nodes);
            case PER_NODE -> new PerNode().numbers(nodes);
        };
    }

    private static List<Integer> each(List<Asked> nodes, ToIntFunction<Asked> number) {
        return nodes.stream().map(node -> node.onHost() ? -1 : number.applyAsInt(node)).toList();
    }

    private static List<Integer> perKind(List<Asked> nodes) {
        Map<Integer, Set<Kind>> kinds = new HashMap<>();
        nodes.forEach(
                node ->
                        kinds.computeIfAbsent(node.device(), _ -> new TreeSet<>())
                                .add(node.kind()));
        return each(nodes, node -> List.copyOf(kinds.get(node.device())).indexOf(node.kind()));
    }

    /// Independent branches overlap: a node takes the lowest stream among those that its producers
    /// made ready and nobody has taken since, or else a new one. It makes ready its own and what
    /// its producers had ready; a node on the host, and a copy, passes on the latter alone.
    private static final class PerNode {
        /// A stream as one node left it: good until the next takes it.
        private record Ready(int device, int stream, int node) {}

        private final Map<Integer, List<Integer>> lastOn = new HashMap<>(); // by device and stream

        List<Integer> numbers(List<Asked> nodes) {
            var ready = new ArrayList<Set<Ready>>();
            var numbers = new ArrayList<Integer>();
            for (int node = 0; node < nodes.size(); node++) {
                var asked = nodes.get(node);
                var its = new HashSet<Ready>();
                asked.producers().forEach(producer -> its.addAll(ready.get(producer)));
                int stream = asked.onHost() ? -1 : take(asked, its, node);
                if (!asked.onHost() && asked.kind() == Kind.KERNEL) {
                    its.add(new Ready(asked.device(), stream, node));
                }
                ready.add(its);
                numbers.add(stream);
            }
            return numbers;
        }

        private int take(Asked asked, Set<Ready> ready, int node) {
            var last = lastOn.computeIfAbsent(asked.device(), _ -> new ArrayList<>());
            int stream =
                    ready.stream()
                            .filter(
                                    each ->
                                            asked.kind() == Kind.KERNEL
                                                    && each.device() == asked.device()
                                                    && last.get(each.stream()) == each.node())
                            .mapToInt(Ready::stream)
                            .min()
                            .orElse(last.size());
            if (stream == last.size()) {
                last.add(node);
            } else {
                last.set(stream, node);
            }
            return stream;
        }
    }
}
