package dev.headrace.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.io.Resources;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.HeadraceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/// The command line behind the script `headrace`.
///
/// It exits with 0 if all went well, 1 if something failed, 2 if the command line was wrong.
@Command(
        name = "headrace",
        description = "Feeds training loops from dataflow graphs.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {Train.class, Effects.class, Explain.class, Draw.class, Inspect.class})
public final class Headrace {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Print this.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            scope = ScopeType.INHERIT,
            description = "Print the version.")
    private boolean version;

    private Headrace() {}

    /// Runs a command, and ends the process with its status.
    public static void main(String[] args) {
        System.exit(commands().execute(args));
    }

    static CommandLine commands() {
        var commands =
                new CommandLine(new Headrace())
                        .setExecutionExceptionHandler(Headrace::report)
                        .setParameterExceptionHandler(Headrace::refuse);
        tellVersion(commands, "headrace " + version());
        return commands;
    }

    private static void tellVersion(CommandLine command, String version) {
        command.getCommandSpec().version(version);
        command.getSubcommands().values().forEach(each -> tellVersion(each, version));
    }

    private static String version() {
        try {
            return Resources.toString(Resources.getResource(Headrace.class, "version"), UTF_8)
                    .strip();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static int refuse(ParameterException wrong, String[] args) {
        var command = wrong.getCommandLine();
        say(
                command,
                describe(wrong)
                        + "; see ./"
                        + command.getCommandSpec().qualifiedName()
                        + " --help");
        return CommandLine.ExitCode.USAGE;
    }

    private static String describe(ParameterException wrong) {
        var specification = wrong.getCommandLine().getCommandSpec();
        var known = specification.subcommands().keySet();
        if (wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.isUnknownOption()
                && !known.isEmpty()) {
            return "there is no %s %s; there %s: %s"
                    .formatted(
                            specification
                                    .usageMessage()
                                    .synopsisSubcommandLabel()
                                    .toLowerCase(Locale.ROOT),
                            unmatched.getUnmatched().getFirst(),
                            known.size() == 1 ? "is" : "are",
                            String.join(", ", known));
        }
        return wrong.getMessage();
    }

    /// What a user can act on is told in words; anything else is a fault of ours, told in full.
    private static int report(
            Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        boolean skips = command.getCommandSpec().optionsMap().containsKey("--skip-bad");
        if (failure instanceof BadSample && skips) {
            say(command, failure.getMessage() + "\n  --skip-bad N goes on with other samples");
        } else if (failure instanceof FileSystemException refused && refused.getReason() == null) {
            say(command, reason(refused)); // its message is the name alone
        } else if (failure instanceof HeadraceException || failure instanceof IOException) {
            say(command, failure.getMessage());
        } else {
            failure.printStackTrace(command.getErr());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String reason(FileSystemException refused) {
        return switch (refused) {
            case NoSuchFileException _ ->
                    "there is no " + refused.getFile() + ", nor can it be made there";
            case AccessDeniedException _ -> "this user may not use " + refused.getFile();
            default -> refused.toString();
        };
    }

    private static void say(CommandLine command, String message) {
        command.getErr().println(Ansi.AUTO.string("@|bold,red headrace:|@ ") + message);
    }

    /// A value made of options.
    ///
    /// @throws ParameterException if the options are refused with an [IllegalArgumentException]
    static <T> T checked(CommandSpec command, Supplier<T> value) {
        try {
            return value.get();
        } catch (IllegalArgumentException refused) {
            throw new ParameterException(command.commandLine(), refused.getMessage(), refused);
        }
    }

    /// The project's folder: where `./headrace` is, or where this runs.
    static Path home() {
        return Path.of(System.getProperty("headrace.home", ""));
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
