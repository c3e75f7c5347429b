package dev.headrace.examples;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Prints what the optimizer makes of a program's graph. Nothing is read or run.
@Command(
        name = "explain",
        description = "Print what the optimizer makes of a program's graph; nothing is run.",
        synopsisSubcommandLabel = "PROGRAM")
final class Explain {
    @Spec private CommandSpec command;

    @Command(description = "The graph that train runs.", sortOptions = false)
    void train(@Mixin PhotoOptions options) {
        var plan = options.graph().plan(options.options());
        var out = command.commandLine().getOut();
        out.print(plan.explain());
        out.flush();
    }
}
