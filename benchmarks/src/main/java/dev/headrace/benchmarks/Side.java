package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One side of the comparison: a process that answers each line it is given by a line of JSON.
final class Side implements AutoCloseable {
    /// How fast it ran.
    ///
    /// @param perSecond images a second
    /// @param perCpuSecond images a second of computing, all threads together: what remains
    ///     comparable where others compute on the same cores
    record Rate(double perSecond, double perCpuSecond) {}

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

    /// Gives a command and waits for the answer.
    ///
    /// @throws IOException if it ended instead; the message has the end of its log
    JsonObject ask(Object... words) throws IOException {
        var command = new StringBuilder();
        for (var word : words) {
            command.append(command.isEmpty() ? "" : " ").append(word);
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

    /// Opens a pipeline in place of the one before.
    void build(String form, int threads, int prefetch) throws IOException {
        ask("build", form, threads, prefetch);
    }

    /// Runs it for a while.
    Rate run(double seconds) throws IOException {
        var ran = ask("run", seconds);
        double images = ran.get("images").getAsDouble();
        return new Rate(
                images / ran.get("seconds").getAsDouble(), images / ran.get("cpu").getAsDouble());
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
