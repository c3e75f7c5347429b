package dev.headrace.examples;

import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.python.PythonFunction;
import dev.headrace.operators.read.Counter;
import dev.headrace.operators.tensor.Apply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// Shows what runs though nobody reads it: a Python function, since nobody but its author knows
/// what else it does; and a node that is preserved, with all that it needs. The rest is left out.
@Command(name = "effects", description = "Show which nodes run though nobody reads them.")
final class Effects implements Callable<Integer> {
    private static final int SAMPLES = 10;

    /// How its graph is run.
    static final Options OPTIONS = Options.batchSize(4);

    /// What it returns is read by nobody: it is called for what it writes.
    private static final String LOG =
            """
            def log(number):
                with open('%s', 'a') as file:
                    print(number, file=file)
                return number
            """;

    @Spec private CommandSpec command;

    private final Map<String, AtomicLong> calls = new LinkedHashMap<>();

    @Override
    public Integer call() throws IOException {
        var file = Files.createTempFile("headrace", ".log");
        try {
            var graph = graph(file);
            var out = command.commandLine().getOut();
            out.println(graph.plan(OPTIONS).explain());
            try (var pipeline = graph.build(OPTIONS)) {
                pipeline.epoch().forEach(batch -> {});
            }
            calls.put("log", new AtomicLong(Files.readAllLines(file).size()));
            calls.forEach(
                    (node, count) ->
                            out.printf(Locale.ROOT, "%-10s called %2d times%n", node, count.get()));
        } finally {
            Files.delete(file);
        }
        return CommandLine.ExitCode.OK;
    }

    /// Nodes of all kinds that nobody reads.
    ///
    /// @param file where the Python function writes to
    Graph graph(Path file) {
        var graph = Graph.named("effects");
        var numbers = graph.read(Counter.below(SAMPLES));
        graph.add(PythonFunction.source(LOG.formatted(quoted(file)), "log"), numbers).named("log");
        var upstream = numbers.then(counted("upstream")).named("upstream");
        upstream.then(counted("preserved")).named("preserved").preserve();
        upstream.then(counted("neighbour")).named("neighbour");
        graph.output("number", numbers);
        return graph;
    }

    /// As it stands in a literal of Python's.
    private static String quoted(Path file) {
        return file.toString().replace("\\", "\\\\").replace("'", "\\'");
    }

    /// Gives what it gets, and counts how often.
    private Apply counted(String node) {
        var count = new AtomicLong();
        calls.put(node, count);
        return Apply.of(
                (in, out) -> {
                    count.incrementAndGet();
                    return in;
                });
    }
}
