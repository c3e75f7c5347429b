package dev.headrace.benchmarks;

import com.google.common.base.Joiner;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One side of a comparison: a process that answers each line it is given by a line of JSON, as
/// `side.py` says.
final class Side implements AutoCloseable {
    /// How fast it ran.
    ///
    /// @param perSecond samples a second
    /// @param perCpuSecond samples a second of computing, all threads together: what remains
    ///     comparable where others compute on the same cores
    record Rate(double perSecond, double perCpuSecond) {}

    /// How long it is watched before it is taken to rest, and how often at most.
    private static final Duration REST = Duration.ofMillis(300);

    private static final int LONGEST_REST = 100;

    private final String name;
    private final Path log;
    private final Process process;
    private final PrintWriter commands;
    private final BufferedReader answers;

    /// Starts it.
    ///
    /// @param cores those it may run on, as `taskset` takes them
    /// @param log where its error output goes
    Side(String name, String cores, Path log, List<String> command) throws IOException {
        this.name = name;
        this.log = log;
        var pinned = new ArrayList<>(List.of("taskset", "-c", cores));
        pinned.addAll(command);
        process = new ProcessBuilder(pinned).redirectError(log.toFile()).start();
        commands = new PrintWriter(process.outputWriter(), true);
        answers = process.inputReader();
    }

    String name() {
        return name;
    }

    /// What starts a class of ours, with this process's own Java, options and class path.
    static List<String> java(Class<?> main, List<String> arguments) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return command;
    }

    /// What starts a script of the peer. It leaves no compiled files among the sources, which would
    /// look changed.
    static List<String> python(Path interpreter, Path script, List<String> arguments) {
        var command = new ArrayList<>(List.of(interpreter.toString(), "-B", script.toString()));
        command.addAll(arguments);
        return command;
    }

    /// Gives a command and waits for the answer.
    ///
    /// @param words of the command; those of a list are words of their own
    /// @throws IOException if it ended instead; the message has the end of its log
    JsonObject ask(Object... words) throws IOException {
        var command = new StringBuilder();
        for (var word : words) {
            var said = word instanceof List<?> list ? Joiner.on(' ').join(list) : word;
            command.append(command.isEmpty() ? "" : " ").append(said);
        }
        commands.println(command);
        var answer = answers.readLine();
        if (answer == null) {
            var lines = Files.readAllLines(log);
            var last = lines.subList(Math.max(0, lines.size() - 20), lines.size());
            throw new IOException(
                    "%s failed at \"%s\":%n%s"
                            .formatted(name, command, String.join(System.lineSeparator(), last)));
        }
        return JsonParser.parseString(answer).getAsJsonObject();
    }

    /// Runs it for a while.
    Rate run(double seconds) throws IOException {
        var ran = ask("run", seconds);
        double samples = ran.get("samples").getAsDouble();
        return new Rate(
                samples / ran.get("seconds").getAsDouble(), samples / ran.get("cpu").getAsDouble());
    }

    /// Waits until it computes no more, since a pipeline goes on for a while after a run, to have
    /// batches ready.
    void rest() throws InterruptedException {
        var before = computed();
        for (int time = 0; time < LONGEST_REST; time++) {
            Thread.sleep(REST);
            var now = computed();
            if (now.minus(before).compareTo(REST.dividedBy(5)) < 0) {
                return;
            }
            before = now;
        }
    }

    private Duration computed() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /// Ends the process, by force if it does not end by itself.
    @Override
    public void close() {
        commands.close(); // it has read its last command
        try {
            process.waitFor(Duration.ofSeconds(10));
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
        process.destroy();
    }
}
