package dev.headrace.examples;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Prints what the optimizer makes of a program's graph. Nothing is read or run.
@Command(
        name = "explain",
        description = "Print what the optimizer makes of a program's graph; nothing is run.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "PROGRAM")
final class Explain {
    @Command(
            description = "The graph that train runs.",
            mixinStandardHelpOptions = true,
            sortOptions = false)
    void train(@Mixin Feed feed) {
        var plan = Train.graph(feed.photos().train()).plan(feed.options());
        System.out.print(plan.explain());
    }
}
