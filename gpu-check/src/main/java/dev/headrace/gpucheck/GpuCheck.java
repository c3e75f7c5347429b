package dev.headrace.gpucheck;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.headrace.engine.device.GpuInfo;
import dev.headrace.engine.device.GpuProbe;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The program behind `./headrace gpu-check`.
///
/// It exits with 0 if all went well, 1 if a test or a measurement has failed, 2 if the command line
/// was wrong, 3 if there is no device.
@Command(
        name = "headrace gpu-check",
        description =
                "Tries the CUDA device of this machine: runs the tests that hold on any driver,"
                        + " measures, and writes a report as text and JSON.",
        customSynopsis = {
            "headrace gpu-check [-h] [--no-speed] [--out=DIR] [--photographs=DIR]",
            "       headrace gpu-check --pack FILE",
        },
        footer = {
            "",
            "--pack FILE packs all that is needed into an archive, for a machine that has a device but"
                    + " no Java.",
            "Status: 0 all went well, 1 something failed, 2 wrong usage, 3 there is no device."
        })
public final class GpuCheck implements Callable<Integer> {
    private static final int NO_DEVICE = 3;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Print this.")
    private boolean help;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "out",
            description = "Where gpu-check.txt and gpu-check.json are written (${DEFAULT-VALUE}).")
    private Path out;

    @Option(
            names = "--photographs",
            paramLabel = "DIR",
            description = "JPEG files to measure with; else some are drawn.")
    private Path photographs;

    @Option(names = "--no-speed", description = "Run the tests only.")
    private boolean noSpeed;

    @Spec private CommandSpec spec;

    private PrintWriter err;

    private GpuCheck() {}

    /// Checks, and ends the process with its status.
    public static void main(String[] args) {
        System.exit(
                new CommandLine(new GpuCheck())
                        .setExecutionExceptionHandler(GpuCheck::report)
                        .execute(args));
    }

    private static int report(
            Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        command.getErr().println("gpu-check: " + failure);
        failure.printStackTrace(command.getErr());
        return CommandLine.ExitCode.SOFTWARE;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        err = spec.commandLine().getErr();
        var found = GpuProbe.look();
        if (found.absence().isPresent()) {
            say("%s", found.absence().get());
            return NO_DEVICE;
        }
        found.devices().forEach(device -> say("%s", device));
        var report = new CheckReport(found.devices().stream().map(GpuInfo::toString).toList());
        report.tests(DeviceTests.run(this::say));
        write(report); // what follows may end the process
        if (!noSpeed) {
            say("measuring copies");
            found.devices().forEach(device -> report.speeds(() -> Speed.measure(device.number())));
            write(report);
            say("measuring a pipeline");
            report.pipeline(pipeline());
            write(report);
        }
        spec.commandLine().getOut().print(report.text());
        spec.commandLine().getOut().flush();
        say("written to %s", out.resolve("gpu-check.{txt,json}"));
        return report.isGood() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
    }

    private void write(CheckReport report) throws IOException {
        Files.createDirectories(out);
        Files.writeString(out.resolve("gpu-check.json"), report.json());
        Files.writeString(out.resolve("gpu-check.txt"), report.text());
    }

    private void say(String format, Object... values) {
        err.printf(Locale.ROOT, "gpu-check: " + format + "%n", values);
        err.flush();
    }

    /// What the benchmark of a pipeline on a device finds, in a process of its own.
    private JsonObject pipeline() throws IOException, InterruptedException {
        var result = Files.createTempFile("headrace", ".json");
        try {
            var command = new ArrayList<String>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(
                    List.of(
                            "-cp",
                            System.getProperty("java.class.path"),
                            "dev.headrace.benchmarks.CompareWithDali",
                            "--jobs",
                            "gpu",
                            "--json",
                            result.toString()));
            if (photographs != null) {
                command.addAll(List.of("--photographs", photographs.toString()));
            }
            var process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .start();
            var last = "";
            try (var lines = process.inputReader()) {
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    last = line;
                    say("%s", line);
                }
            }
            if (process.waitFor() != 0) {
                var failed = new JsonObject();
                failed.addProperty("failed", last);
                return failed;
            }
            return JsonParser.parseString(Files.readString(result)).getAsJsonObject();
        } finally {
            Files.delete(result);
        }
    }
}
