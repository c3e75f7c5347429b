package dev.headrace.engine.plan;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Multiset;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.random.Keys;
import java.util.Comparator;
import java.util.stream.IntStream;

/// Gives each random node its key: by its explicit seed alone if it has one, else by the pipeline's
/// seed with its name if the user chose it, else by the pipeline's seed with its class and ordinal.
///
/// Nodes of a class are counted as written, all random ones, before any is pruned: so what is
/// pruned changes no value, nor does a node of another class. A batch operator's draws take the
/// seed of its device in place of the pipeline's.
final class Seeds implements Pass {
    @Override
    public String name() {
        return "seeds";
    }

    @Override
    public void apply(Draft draft) {
        var ordinals = HashMultiset.<String>create();
        draft.nodes.stream()
                .sorted(Comparator.comparingInt(node -> node.written))
                .forEach(node -> seed(draft, node, ordinals));
    }

    private static void seed(Draft draft, Draft.Node node, Multiset<String> ordinals) {
        boolean random = node.operator.random();
        long key = random ? key(draft, node, ordinals) : 0;
        var places = IntStream.range(0, node.inputs.size());
        node.part =
                new Part(
                        node.where,
                        random,
                        key,
                        ImmutableIntArray.copyOf(places),
                        ImmutableList.of());
    }

    private static long key(Draft draft, Draft.Node node, Multiset<String> ordinals) {
        var kind = node.operator.getClass().getName();
        int ordinal = ordinals.count(kind);
        ordinals.add(kind);
        if (node.spec.seed().isPresent()) {
            long seed = node.spec.seed().getAsLong();
            draft.say(node, "its own seed, " + seed);
            return Keys.explicit(seed);
        }
        long seed = node.isBatch() ? hostSeed(draft) : draft.options.seed();
        var whose = node.isBatch() ? "the host's seed" : "the pipeline's seed";
        if (node.spec.named()) {
            draft.say(node, whose + " and its name");
            return Keys.named(seed, node.spec.name());
        }
        draft.say(node, "%s and its kind, number %s".formatted(whose, ordinal));
        return Keys.ordinal(seed, kind, ordinal);
    }

    /// The seed of the host, which is the first device of every plan.
    static long hostSeed(Draft draft) {
        return Keys.device(draft.options.seed(), 0);
    }
}
