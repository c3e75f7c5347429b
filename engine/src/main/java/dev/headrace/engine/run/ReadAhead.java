package dev.headrace.engine.run;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.plan.PlannedNode;
import java.util.List;
import java.util.stream.IntStream;

/// Announces the samples of an iteration that begins to sources that may have to wait for them, so
/// that no worker has to. An iteration begins while workers are at the one before, so there are
/// never more samples announced than are in flight, and none that will not be read.
final class ReadAhead {
    private final Resources resources;
    private final ImmutableList<PlannedNode> sources;

    ReadAhead(Resources resources) {
        this.resources = resources;
        sources =
                resources.plan.nodes().stream()
                        .filter(node -> node.operator() instanceof IndexedSource<?>)
                        .collect(ImmutableList.toImmutableList());
    }

    void announce(Iteration iteration) {
        for (var source : sources) {
            if (resources.sources.dataset(source).readsAhead()) {
                var ids = // the iteration may be over before they are looked at
                        IntStream.range(0, iteration.ids.count())
                                .mapToObj(iteration.ids::get)
                                .toList();
                resources.threads.startVirtual(
                        "reads ahead of " + source.where().node(),
                        _ -> announce(source, iteration, ids));
            }
        }
    }

    private void announce(PlannedNode source, Iteration iteration, List<SampleId> ids) {
        var dataset = resources.sources.dataset(source);
        try {
            for (var id : ids) {
                if (iteration.cancelled()) {
                    return;
                }
                dataset.readAhead(
                        resources.sources.index(source, id.epoch(), id.position(), id.attempt()));
            }
        } catch (RuntimeException later) {
            return; // the worker that reads the sample fails too, or nothing is wrong by then
        }
    }
}
