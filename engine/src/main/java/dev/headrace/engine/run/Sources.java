package dev.headrace.engine.run;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.random.Keys;
import dev.headrace.engine.random.Permutation;
import dev.headrace.engine.random.Philox;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The opened indexed sources of a plan, and which of their samples stands at a position.
final class Sources implements AutoCloseable {
    private final Plan plan;
    private final IndexedSource.Dataset[] datasets;
    private final long size;
    private final long replacementKey;

    /// Opens all sources.
    ///
    /// @throws BadGraph if one cannot be opened, or their sizes differ
    Sources(Plan plan) {
        this.plan = plan;
        datasets = new IndexedSource.Dataset[plan.nodes().size()];
        replacementKey = Keys.named(plan.options().seed(), "replacement of bad samples");
        boolean opened = false;
        try {
            for (var node : plan.nodes()) {
                if (node.operator() instanceof IndexedSource<?> source) {
                    datasets[node.index()] = open(node, source);
                }
            }
            size = commonSize();
            opened = true;
        } finally {
            if (!opened) {
                close();
            }
        }
    }

    private static IndexedSource.Dataset open(PlannedNode node, IndexedSource<?> source) {
        IndexedSource.Dataset dataset;
        try {
            dataset = source.open();
        } catch (Exception failure) {
            throw Locator.atStart(failure, node.where());
        }
        if (dataset.size() < 1) {
            Closing.one(dataset);
            throw new BadGraph("the source has no samples", node.where());
        }
        return dataset;
    }

    private long commonSize() {
        long common = Schedule.UNKNOWN;
        PlannedNode first = null;
        for (var node : plan.nodes()) {
            var dataset = datasets[node.index()];
            if (dataset == null) {
                continue;
            }
            if (first != null && dataset.size() != common && !plan.options().cycle()) {
                throw new BadGraph(
                        "sources of different sizes: "
                                + dataset.size()
                                + " samples here, "
                                + common
                                + " at "
                                + first.where()
                                + "; with Options.cycled() the smaller starts over",
                        node.where());
            }
            first = first == null ? node : first;
            common = Math.max(common, dataset.size());
        }
        boolean sequential =
                plan.nodes().stream().anyMatch(node -> node.operator() instanceof SequentialSource);
        return sequential ? Schedule.UNKNOWN : common;
    }

    /// Samples of an epoch, or [Schedule#UNKNOWN] where no indexed source alone decides.
    long size() {
        return size;
    }

    IndexedSource.Dataset dataset(PlannedNode node) {
        var dataset = datasets[node.index()];
        if (dataset == null) {
            throw new IllegalStateException(node.where() + " is not an indexed source");
        }
        return dataset;
    }

    /// Which sample of a source stands at a position of an epoch. A replacement is the sample of
    /// another position, the same for all sources.
    long index(PlannedNode node, long epoch, long position, int attempt) {
        var source = (IndexedSource<?>) node.operator();
        long own = dataset(node).size();
        long place =
                attempt == 0
                        ? position
                        : Math.unsignedMultiplyHigh(
                                Philox.bits(
                                        position | (long) attempt << 48, epoch, replacementKey, 0),
                                size == Schedule.UNKNOWN ? own : size);
        long round = epoch;
        if (place >= own) {
            if (!plan.options().cycle()) {
                throw new IllegalStateException(
                        node.where().node() + " has " + own + " samples, not " + (place + 1));
            }
        }
        if (plan.options().cycle() && size != Schedule.UNKNOWN) {
            round = epoch * ((size + own - 1) / own) + place / own;
        }
        place %= own;
        return source.shuffle()
                ? new Permutation(own, Keys.epoch(node.part().key(), round)).at(place)
                : place;
    }

    /// What the nearest indexed source above a node calls a sample.
    Optional<String> name(PlannedNode node, long epoch, long position, int attempt) {
        var seen = new boolean[plan.nodes().size()];
        List<PlannedNode> queue = new ArrayList<>(List.of(node));
        for (int i = 0; i < queue.size(); i++) {
            var next = queue.get(i);
            if (datasets[next.index()] != null) {
                return Optional.of(
                        datasets[next.index()].name(index(next, epoch, position, attempt)));
            }
            for (var input : next.inputs()) {
                if (input instanceof Binding.OfValue(int value)) {
                    var maker = plan.nodes().get(plan.values().get(value).node());
                    if (!seen[maker.index()]) {
                        seen[maker.index()] = true;
                        queue.add(maker);
                    }
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        for (var dataset : datasets) {
            if (dataset != null) {
                Closing.one(dataset);
            }
        }
    }
}
