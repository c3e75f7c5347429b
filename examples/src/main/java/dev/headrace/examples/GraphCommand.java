package dev.headrace.examples;

import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.spec.GraphJson;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// What can be done with a graph, be it the one that a program runs, or one that a file holds.
///
/// Each program that has a graph is a method here, with the options that its graph takes: so it is
/// a sub-command of each command that does something with a graph.
@Command(
        customSynopsis = "${COMMAND-FULL-NAME} [OPTION...] PROGRAM|FILE",
        synopsisSubcommandLabel = "PROGRAM",
        commandListHeading = "Programs, each with options of its own:%n",
        sortOptions = false)
abstract class GraphCommand implements Callable<Integer> {
    /// What a library's user is told to do.
    private static final String IN_JAVA = "read it with readAllowingCode";

    @Spec private CommandSpec command;

    @Parameters(
            arity = "0..1",
            paramLabel = "FILE",
            description = "A graph as JSON, in place of a program's; draw writes such files.")
    private Path file;

    @Mixin private RunOptions given;

    @Option(
            names = "--allow-code",
            description =
                    "Read a file that names code to run, such as a Python function. Only if you"
                            + " trust whoever wrote it.")
    private boolean allowCode;

    /// What has to be there before a graph is run.
    interface Preparation {
        void run() throws Exception;
    }

    /// Does it.
    ///
    /// @param name the program's, or the file's without its ending
    /// @param preparation to be run before the graph is
    abstract void show(String name, GraphSpec graph, Options options, Preparation preparation)
            throws Exception;

    @Command(description = "The graph that train runs.", sortOptions = false)
    public void train(@Mixin PhotoOptions photos) throws Exception {
        show("train", photos.graph().spec(), photos.options(), photos::fetchPhotos);
        photos.missing().ifPresent(folder -> note("there is no folder " + folder)); // not read
    }

    @Command(description = "The graph that effects runs.", sortOptions = false)
    public void effects() throws Exception {
        var log = Files.createTempFile("headrace", ".log");
        try {
            show("effects", new Effects().graph(log).spec(), Effects.OPTIONS, () -> {});
        } finally {
            Files.delete(log);
        }
    }

    @Override
    public final Integer call() throws Exception {
        if (file == null) {
            throw wrong("a program (%s) or the JSON file of a graph is needed", programs());
        }
        if (!Files.isRegularFile(file)) {
            throw wrong("there is no program or file %s; programs: %s", file, programs());
        }
        show(nameOf(file), read(), Headrace.checked(command, given::options), () -> {});
        return CommandLine.ExitCode.OK;
    }

    /// A command line that cannot be followed.
    final ParameterException wrong(String what, Object... parts) {
        return new ParameterException(command.commandLine(), what.formatted(parts));
    }

    /// Where to print.
    final PrintWriter out() {
        return command.commandLine().getOut();
    }

    private void note(String what) {
        command.commandLine().getErr().println("headrace: note: " + what);
    }

    private static String nameOf(Path file) {
        return file.getFileName().toString().replaceFirst("\\.json$", "");
    }

    private String programs() {
        return String.join(", ", command.subcommands().keySet());
    }

    private GraphSpec read() throws IOException {
        try {
            var text = Files.readString(file);
            return allowCode ? GraphJson.readAllowingCode(text) : GraphJson.read(text);
        } catch (CharacterCodingException failure) {
            throw new IOException(file + " is no text in UTF-8", failure);
        } catch (BadGraph refused) {
            throw new BadGraph(
                    refused.problems().stream()
                            .map(what -> file + ": " + what.replace(IN_JAVA, "add --allow-code"))
                            .toList());
        }
    }
}
