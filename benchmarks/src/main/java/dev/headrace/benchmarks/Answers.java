package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import com.sun.management.OperatingSystemMXBean;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.List;
import java.util.Scanner;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/// Headrace's end of a [Side]: the twin of `side.py`, which says what the commands are.
///
/// These are more:
///
///     copied         bytes that the pipeline has written since it was opened, into its nodes'
///                    outputs and to pack batches, and in how many iterations
///     heap           what the last run took of the Java heap and of the pool, see [HeapUse]
///     first WORD...  opens a pipeline as build does: milliseconds until its first batch
final class Answers {
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final Supplier<JsonObject> versions;
    private final Function<List<String>, Pipeline> open;
    private final ToLongFunction<TensorList> use;
    private Pipeline pipeline;
    private Iterator<Batch> batches;
    private JsonObject heap;

    /// @param versions of what takes part
    /// @param open opens the pipeline that the words after `build` ask for; it has one output
    /// @param use takes a batch as a user would, and counts its samples
    Answers(
            Supplier<JsonObject> versions,
            Function<List<String>, Pipeline> open,
            ToLongFunction<TensorList> use) {
        this.versions = versions;
        this.open = open;
        this.use = use;
    }

    /// Answers the commands on standard input until there are no more.
    void serve() throws IOException {
        var lines = new Scanner(System.in);
        while (lines.hasNextLine()) {
            System.out.println(answer(lines.nextLine().split(" ")));
        }
        close();
    }

    JsonObject answer(String... command) throws IOException {
        return switch (command[0]) {
            case "versions" -> versions.get();
            case "build" -> build(List.of(command).subList(1, command.length));
            case "run" -> run(Double.parseDouble(command[1]));
            case "save" -> save(Integer.parseInt(command[1]), Path.of(command[2]));
            case "copied" -> copied();
            case "heap" -> heap;
            case "first" -> first(List.of(command).subList(1, command.length));
            default -> throw new IllegalArgumentException("no such command: " + command[0]);
        };
    }

    private JsonObject build(List<String> words) {
        close();
        pipeline = open.apply(words);
        batches = pipeline.endless().iterator();
        var answer = new JsonObject();
        answer.addProperty("built", String.join(" ", words));
        return answer;
    }

    private TensorList next() {
        var batch = batches.next();
        return batch.get(batch.names().iterator().next());
    }

    private JsonObject run(double seconds) {
        for (int i = 0; i <= pipeline.plan().options().prefetch(); i++) {
            next(); // what was computed before it was asked for does not count
        }
        long samples = 0;
        long taken = 0;
        var watched = HeapUse.begin(pipeline);
        long computed = PROCESS.getProcessCpuTime();
        long start = System.nanoTime();
        double took = 0;
        while (took < seconds) {
            samples += use.applyAsLong(next());
            taken++;
            took = (System.nanoTime() - start) / 1e9;
        }
        double cpu = (PROCESS.getProcessCpuTime() - computed) / 1e9;
        heap = watched.end(taken, took);
        var answer = new JsonObject();
        answer.addProperty("samples", samples);
        answer.addProperty("seconds", took);
        answer.addProperty("cpu", cpu);
        return answer;
    }

    private JsonObject save(int count, Path path) throws IOException {
        int written = 0;
        try (var channel =
                FileChannel.open(
                        path,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            while (written < count) {
                var samples = next();
                for (int i = 0; i < samples.size() && written < count; i++, written++) {
                    var bytes = samples.get(i).buffer();
                    while (bytes.hasRemaining()) {
                        channel.write(bytes);
                    }
                }
            }
        }
        var answer = new JsonObject();
        answer.addProperty("saved", written);
        return answer;
    }

    private JsonObject copied() {
        var report = pipeline.report();
        long bytes = report.packedBytes();
        for (var node : report.nodes()) {
            bytes += node.bytes();
        }
        var answer = new JsonObject();
        answer.addProperty("bytes", bytes);
        answer.addProperty("iterations", report.iterations());
        return answer;
    }

    private JsonObject first(List<String> words) {
        close();
        long start = System.nanoTime();
        build(words);
        next();
        var answer = new JsonObject();
        answer.addProperty("millis", (System.nanoTime() - start) / 1e6);
        return answer;
    }

    /// Ends the pipeline; its report goes to the error output.
    void close() {
        if (pipeline != null) {
            pipeline.close();
            System.err.print(pipeline.report());
            pipeline = null;
        }
    }
}
