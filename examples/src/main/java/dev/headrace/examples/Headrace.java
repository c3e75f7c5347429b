package dev.headrace.examples;

import dev.headrace.engine.error.HeadraceException;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The command line behind the script `headrace`.
///
/// It exits with 0 if all went well, 1 if something failed, 2 if the command line was wrong.
@Command(
        name = "headrace",
        description = "Feeds training loops from dataflow graphs.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {Train.class, Explain.class})
public final class Headrace {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Print this.")
    private boolean help;

    private Headrace() {}

    /// Runs a command, and ends the process with its status.
    public static void main(String[] args) {
        System.exit(commands().execute(args));
    }

    static CommandLine commands() {
        return new CommandLine(new Headrace()).setExecutionExceptionHandler(Headrace::report);
    }

    /// What a user can act on is told in words; anything else is a fault of ours, told in full.
    private static int report(
            Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        var err = command.getErr();
        if (failure instanceof HeadraceException || failure instanceof IOException) {
            err.println(Ansi.AUTO.string("@|bold,red headrace:|@ ") + failure.getMessage());
        } else {
            failure.printStackTrace(err);
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    /// The folder for what can be fetched again: `headrace` in the user's cache folder.
    static Path cache() {
        var stated = System.getenv("XDG_CACHE_HOME");
        var caches =
                stated == null || stated.isBlank()
                        ? Path.of(System.getenv().getOrDefault("HOME", "."), ".cache")
                        : Path.of(stated);
        return caches.resolve("headrace");
    }
}
