package dev.headrace.engine.run;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.plan.PlannedNode;
import java.util.ArrayDeque;
import java.util.List;
import java.util.stream.IntStream;

/// Announces the samples of an iteration that begins to sources that may have to wait for them, so
/// that no worker has to. An iteration begins while workers are at the one before, so there are
/// never more samples announced than are in flight. One thread at a time does it, iteration by
/// iteration; those that are over before their turn are left out.
final class ReadAhead {
    private final Resources resources;
    private final ImmutableList<PlannedNode> sources;

    // guarded by this
    private final ArrayDeque<Samples> waiting = new ArrayDeque<>();
    private boolean atWork;

    /// @param ids copied: the iteration may be over before they are looked at
    private record Samples(PlannedNode source, Iteration iteration, List<SampleId> ids) {}

    ReadAhead(Resources resources) {
        this.resources = resources;
        sources =
                resources.plan.nodes().stream()
                        .filter(node -> node.operator() instanceof IndexedSource<?>)
                        .collect(ImmutableList.toImmutableList());
    }

    void announce(Iteration iteration) {
        for (var source : sources) {
            if (isDue(source)) {
                var ids =
                        IntStream.range(0, iteration.ids.count())
                                .mapToObj(iteration.ids::get)
                                .toList();
                add(new Samples(source, iteration, ids));
            }
        }
    }

    private boolean isDue(PlannedNode source) {
        try {
            return resources.sources.dataset(source).readsAhead();
        } catch (Throwable unknown) { // of the user's own code
            return false;
        }
    }

    private synchronized void add(Samples samples) {
        waiting.removeIf(old -> old.iteration.isOver()); // else they pile up behind a slow one
        waiting.add(samples);
        if (!atWork) {
            atWork = resources.threads.startVirtual("reads ahead", _ -> announceAll());
        }
    }

    private void announceAll() {
        for (var next = take(); next != null; next = take()) {
            announce(next);
        }
    }

    private synchronized Samples take() {
        var next = waiting.poll();
        atWork = next != null;
        return next;
    }

    private void announce(Samples samples) {
        var source = samples.source;
        var dataset = resources.sources.dataset(source);
        try {
            for (var id : samples.ids) {
                if (samples.iteration.isOver()) {
                    return;
                }
                dataset.readAhead(
                        resources.sources.index(source, id.epoch(), id.position(), id.attempt()));
            }
        } catch (Throwable later) {
            return; // the worker that reads the sample fails too, or nothing is wrong by then
        }
    }
}
