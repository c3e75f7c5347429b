package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Headrace's side of the comparison of Python functions, in a process of its own: the twin of
/// `peer_function.py`. Its `build` takes `same VIEW BATCH SAMPLE MODE`, or, for a function that
/// computes, `compute PRODUCTS WORKERS BATCH SAMPLE MODE`.
final class FunctionSide {
    private final Path samples;

    /// @param samples the folder with the bytes of each constant
    FunctionSide(Path samples) {
        this.samples = samples;
    }

    /// Answers commands until there are no more.
    ///
    /// @param args folder of samples
    public static void main(String[] args) throws IOException {
        new FunctionSide(Path.of(args[0])).answers().serve();
    }

    Answers answers() {
        return new Answers(FunctionSide::versions, this::open, TensorList::size);
    }

    private static JsonObject versions() {
        var answer = new JsonObject();
        answer.addProperty("Java", Runtime.version().toString());
        try (var pipeline = FunctionGraph.versions().build(options(1))) {
            var bytes = pipeline.next().get("out").get(0).toBytes();
            var found = new String(bytes, StandardCharsets.UTF_8).split("\n");
            answer.addProperty("Python", found[0]);
            answer.addProperty("NumPy", found[1]);
            answer.addProperty("capsules by", found[2]);
        }
        return answer;
    }

    private Pipeline open(List<String> words) {
        int last = words.size() - 1;
        var of = FunctionCase.of(words.get(last - 2), words.get(last - 1), words.get(last));
        return graph(words, of).build(options(of.batch()));
    }

    private Graph graph(List<String> words, FunctionCase of) {
        var constant = constant(of.sample(), samples.resolve(of.sampleName() + ".raw"));
        return switch (words.get(0)) {
            case "same" -> FunctionGraph.same(words.get(1), of.atOnce(), constant);
            case "compute" ->
                    FunctionGraph.compute(
                            Integer.parseInt(words.get(1)),
                            Integer.parseInt(words.get(2)),
                            constant);
            default -> throw new IllegalArgumentException("no such form: " + words.get(0));
        };
    }

    /// One iteration at a time, when it is asked for.
    private static Options options(int batch) {
        return Options.batchSize(batch).threads(1).prefetch(1);
    }

    private static TensorValue constant(TensorSpec spec, Path file) {
        try {
            return TensorValue.of(spec, Files.readAllBytes(file));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
