package dev.headrace.engine.plan;

import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;

/// The passes, in order.
final class Planner {
    private Planner() {}

    static Plan plan(GraphSpec graph, Options options) {
        throw new IllegalStateException("written next");
    }
}
