package dev.headrace.engine.plan;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.HashMultiset;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.random.Keys;
import java.util.Optional;
import java.util.Set;

/// Gives each random node its key: by its explicit seed alone if it has one, else by the pipeline's
/// seed with its name if the user chose it, else by the pipeline's seed with its class and ordinal.
///
/// Nodes of a class are counted as written, all random ones, also those that were pruned: so what
/// is pruned changes no value, nor does a node of another class. A batch operator's draws take the
/// seed of its device in place of the pipeline's.
///
/// Where the options say so, the seed of the device that the outputs lie on stands for the
/// pipeline's; but a source keeps to the pipeline's, since shards divide one order among them.
final class Seeds implements Pass {
    @Override
    public String name() {
        return "seeds";
    }

    @Override
    public void apply(Draft draft) {
        draft.end = end(draft);
        var runs = Set.copyOf(draft.nodes);
        var ordinals = HashMultiset.<String>create();
        for (var node : draft.written) {
            boolean random = node.operator.random();
            int ordinal = random ? ordinals.add(node.operator.getClass().getName(), 1) : 0;
            long key = random && runs.contains(node) ? key(draft, node, ordinal) : 0;
            node.part = Part.alone(node.where, random, key, node.inputs.size());
        }
        draft.refuse();
    }

    /// The device that the outputs lie on, where seeds go by it.
    private static Optional<Device> end(Draft draft) {
        if (!draft.options.deviceSeeds()) {
            return Optional.empty();
        }
        var ends =
                draft.outputs.values().stream()
                        .filter(Draft.From.class::isInstance)
                        .map(source -> ((Draft.From) source).node().device)
                        .filter(device -> !device.equals(Device.HOST))
                        .distinct()
                        .toList();
        if (ends.size() > 1) {
            draft.problem(
                    "seeds go by the device that the outputs lie on, and they lie on "
                            + ends.stream().map(Device::toString).collect(joining(" and ")));
        }
        return Optional.of(ends.isEmpty() ? Device.HOST : ends.getFirst());
    }

    private static long key(Draft draft, Draft.Node node, int ordinal) {
        if (node.spec.seed().isPresent()) {
            long seed = node.spec.seed().getAsLong();
            draft.say(node, "its own seed, " + seed);
            return Keys.explicit(seed);
        }
        if (node.spec.named()) {
            draft.say(node, whose(draft, node) + " and its name");
            return Keys.named(seed(draft, node), node.spec.name());
        }
        draft.say(node, "%s and its kind, number %s".formatted(whose(draft, node), ordinal));
        return Keys.ordinal(seed(draft, node), node.operator.getClass().getName(), ordinal);
    }

    private static long seed(Draft draft, Draft.Node node) {
        if (node.isStream()) {
            return Keys.device(draft.options.seed(), number(Device.HOST));
        }
        if (node.isBatch()) {
            return of(draft, node.device);
        }
        return node.operator instanceof IndexedSource<?> ? draft.options.seed() : all(draft);
    }

    private static String whose(Draft draft, Draft.Node node) {
        if (node.isBatch()) {
            return name(node.device);
        }
        return node.operator instanceof IndexedSource<?> || draft.end.isEmpty()
                ? "the pipeline's seed"
                : name(draft.end.get());
    }

    private static String name(Device device) {
        return switch (device) {
            case Device.Host _ -> "the host's seed";
            case Device.Gpu gpu -> "the seed of " + gpu;
        };
    }

    /// The seed that all others come from.
    private static long all(Draft draft) {
        long pipeline = draft.options.seed();
        return draft.end.map(device -> Keys.device(pipeline, number(device))).orElse(pipeline);
    }

    /// The seed of a device, for the draws that belong to no sample.
    static long of(Draft draft, Device device) {
        return Keys.device(all(draft), number(device));
    }

    private static int number(Device device) {
        return switch (device) {
            case Device.Host _ -> 0;
            case Device.Gpu(int number) -> number + 1;
        };
    }
}
