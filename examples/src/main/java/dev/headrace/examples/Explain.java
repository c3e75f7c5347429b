package dev.headrace.examples;

import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import picocli.CommandLine.Command;

/// Prints what the optimizer makes of a graph. Nothing is read or run.
@Command(
        name = "explain",
        description = "Print what the optimizer makes of a graph; nothing is run.")
final class Explain extends GraphCommand {
    @Override
    void show(String name, GraphSpec graph, Options options, Preparation preparation) {
        out().print(Plan.of(graph, options).explain());
        out().flush();
    }
}
