package dev.headrace.benchmarks;

import static picocli.CommandLine.Help.Visibility.ALWAYS;

import com.google.common.io.MoreFiles;
import com.google.gson.JsonArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Measures what this project wants to reach, in one run: the usual image pipeline and the engine
/// in Headrace and in NVIDIA DALI, on the same photographs, windows and cores, by turns.
///
/// [Job#ALL] has what is measured. Before anything is timed the outputs of both sides are compared.
@Command(
        name = "headrace bench",
        subcommands = {CompareFunctions.class, Looking.class},
        description = {
            "Runs the same pipelines in Headrace and in NVIDIA DALI (CPU), by turns on the same"
                    + " files and cores, and prints each figure beside its goal.",
            "A goal that is missed is said, and is no failure.",
            "Headrace's reports by node are left in .headrace/bench/train-headrace-1.log and so"
                    + " on."
        })
public final class CompareWithDali implements Callable<Integer> {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this.")
    private boolean help;

    @Option(names = "--quick", description = "Few short rounds: rough figures in ten minutes.")
    private boolean quick;

    @Option(
            names = "--jobs",
            paramLabel = "JOB",
            split = ",",
            completionCandidates = Job.Names.class,
            description = "What to measure: ${COMPLETION-CANDIDATES}; all of it by default.")
    private List<String> jobs = Job.names();

    @Option(
            names = "--five-minutes",
            description = "Watch the heap over five minutes of training, not over its rounds.")
    private boolean fiveMinutes;

    @Option(
            names = "--cores",
            split = ",",
            defaultValue = "1,2",
            showDefaultValue = ALWAYS,
            description = "How many cores both sides get, one trial each.")
    private List<Integer> cores;

    @Option(
            names = "--photographs",
            paramLabel = "DIR",
            description = "Cut the photographs from the JPEG files under this folder.")
    private Path source;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            defaultValue = "out/bench.json",
            showDefaultValue = ALWAYS,
            description = "Where to write the result, and beside it a chart as SVG.")
    private Path json;

    @Spec private CommandSpec spec;

    private CompareWithDali() {}

    /// Compares, and ends the process: 0 if the outputs agree and all was timed, else 1. Goals do
    /// not count.
    public static void main(String[] args) {
        var commandLine =
                new CommandLine(new CompareWithDali())
                        .setExecutionExceptionHandler(CompareWithDali::report);
        commandLine
                .getSubcommands()
                .get("engine")
                .setUnmatchedOptionsArePositionalParams(true); // they are for JMH
        System.exit(commandLine.execute(args));
    }

    @Command(name = "engine", description = "Measures the engine alone, by JMH.")
    int engine(
            @Parameters(
                            paramLabel = "ARGUMENT",
                            arity = "0..*",
                            description = "For JMH: RunOverhead -prof gc, or -h to list more.")
                    String[] arguments)
            throws IOException {
        org.openjdk.jmh.Main.main(arguments == null ? new String[0] : arguments);
        return CommandLine.ExitCode.OK;
    }

    private static int report(
            Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        if (failure instanceof IOException) {
            command.getErr().println("bench: " + failure.getMessage());
        } else {
            failure.printStackTrace(command.getErr());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        var chosen = chosen();
        var out = spec.commandLine().getOut();
        var workplace = Workplace.at(out);
        int available = Runtime.getRuntime().availableProcessors();
        cores.removeIf(count -> count < 1 || count > available);
        if (cores.isEmpty()) {
            throw new IOException("this machine has " + available + " cores");
        }
        var machine = Machine.describe();
        workplace.warnIfBusy(machine);
        var bench = new Bench(workplace, cores, quick, fiveMinutes, Optional.ofNullable(source));
        bench.result().add("machine", machine);
        bench.result().add("Headrace", OurSide.versions());
        var rows = new ArrayList<Row>();
        for (var job : chosen) {
            bench.say("job %d of %d: %s", chosen.indexOf(job) + 1, chosen.size(), job.name());
            rows.addAll(job.measure(bench));
        }
        out.print(Table.text(bench.result(), rows, bench.skipped(), Ansi.AUTO));
        write(workplace, bench, rows);
        return CommandLine.ExitCode.OK;
    }

    private List<Job> chosen() {
        try {
            return Job.named(jobs);
        } catch (IllegalArgumentException unknown) {
            throw new CommandLine.ParameterException(spec.commandLine(), unknown.getMessage());
        }
    }

    private void write(Workplace workplace, Bench bench, List<Row> rows) throws IOException {
        var all = new JsonArray();
        rows.forEach(row -> all.add(row.json()));
        bench.result().add("rows", all);
        var skipped = new JsonArray();
        bench.skipped().forEach(skipped::add);
        bench.result().add("notMeasured", skipped);
        workplace.write(bench.result(), json);
        var chart = MoreFiles.getNameWithoutExtension(json) + ".svg";
        workplace.write(Chart.svg(rows), json.resolveSibling(chart));
    }
}
