package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;

/// The passes, in order.
final class Planner {
    static final ImmutableList<Pass> PASSES =
            ImmutableList.of(
                    new Check(),
                    new Prune(),
                    new Merge(),
                    new Place(),
                    new Seeds(),
                    new Copies(),
                    new Types(),
                    new Absorb(),
                    new Segments(),
                    new Streams());

    private Planner() {}

    static Plan plan(GraphSpec graph, Options options) {
        var draft = new Draft(graph, options);
        for (var pass : PASSES) {
            draft.run(pass);
        }
        return Assembly.of(draft);
    }
}
