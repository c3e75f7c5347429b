package dev.headrace.engine.plan;

import dev.headrace.engine.plan.StreamNumbers.Asked;
import dev.headrace.engine.plan.StreamNumbers.Kind;
import dev.headrace.engine.spec.StreamPolicy;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// Random graphs of work for two devices and the host, as a planner would leave them: kernels read
/// what lies on their device, the host reads what was copied back.
final class RandomWork {
    static final int GRAPHS = 10_000;

    private RandomWork() {}

    /// Tries each policy on each graph.
    static void forAll(BiConsumer<StreamPolicy, List<Asked>> test) {
        for (long seed = 0; seed < GRAPHS; seed++) {
            var graph = graph(seed);
            for (var policy : StreamPolicy.values()) {
                try {
                    test.accept(policy, graph);
                } catch (RuntimeException | AssertionError failure) {
                    throw new AssertionError(
                            "graph %s, %s: %s, streams %s"
                                    .formatted(
                                            seed, policy, graph, StreamNumbers.of(policy, graph)),
                            failure);
                }
            }
        }
    }

    static List<Asked> graph(long seed) {
        var random = new SplittableRandom(seed);
        var graph = new ArrayList<Asked>();
        int count = 1 + random.nextInt(24);
        while (graph.size() < count) {
            graph.add(node(graph, random));
        }
        return graph;
    }

    /// One more node behind those that are there.
    static Asked node(List<Asked> graph, SplittableRandom random) {
        int device = random.nextInt(2);
        return switch (random.nextInt(8)) {
            case 0 -> new Asked(-1, Kind.KERNEL, some(graph, 2, random, RandomWork::onHost));
            case 1 ->
                    new Asked(
                            device,
                            Kind.COPY_TO,
                            some(graph, 1, random, each -> !liesOn(each, device)));
            case 2 -> {
                var read = some(graph, 1, random, each -> !onHost(each));
                yield read.isEmpty()
                        ? new Asked(-1, Kind.KERNEL, List.of())
                        : new Asked(graph.get(read.getFirst()).device(), Kind.COPY_BACK, read);
            }
            default ->
                    new Asked(
                            device,
                            Kind.KERNEL,
                            some(
                                    graph,
                                    3,
                                    random,
                                    each ->
                                            liesOn(each, device)
                                                    || (onHost(each) && seldom(random))));
        };
    }

    private static boolean seldom(SplittableRandom random) {
        return random.nextInt(8) == 0;
    }

    static boolean onHost(Asked node) {
        return node.onHost() || node.kind() == Kind.COPY_BACK;
    }

    private static boolean liesOn(Asked node, int device) {
        return !onHost(node) && node.device() == device;
    }

    private static List<Integer> some(
            List<Asked> graph, int most, SplittableRandom random, Predicate<Asked> which) {
        var near = IntStream.range(0, graph.size()).filter(i -> which.test(graph.get(i))).boxed();
        var all = near.toList();
        return IntStream.range(0, all.isEmpty() ? 0 : 1 + random.nextInt(most))
                .mapToObj(
                        _ ->
                                all.get(
                                        Math.max(
                                                random.nextInt(all.size()),
                                                random.nextInt(all.size()))))
                .distinct()
                .sorted()
                .toList();
    }

    /// By node: all that it depends on.
    static List<BitSet> ancestors(List<Asked> graph) {
        var ancestors = new ArrayList<BitSet>();
        for (var node : graph) {
            var its = new BitSet();
            for (int producer : node.producers()) {
                its.set(producer);
                its.or(ancestors.get(producer));
            }
            ancestors.add(its);
        }
        return ancestors;
    }
}
