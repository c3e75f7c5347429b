package dev.headrace.examples;

import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import picocli.CommandLine.Option;

/// The options that say how any graph is run.
final class RunOptions {
    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "64",
            description = "Samples in a batch (${DEFAULT-VALUE}).")
    private int batch;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Worker threads of the pipeline (one a core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--prefetch",
            paramLabel = "N",
            defaultValue = "2",
            description =
                    "Batches begun ahead, with the one that is asked for (${DEFAULT-VALUE}); 1"
                            + " makes nothing ahead.")
    private int prefetch;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Seed of all that is random (${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--skip-bad",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "How often, over a whole run, another sample may be taken for one that cannot"
                            + " be used; each epoch counts anew (${DEFAULT-VALUE}: it fails).")
    private long skipBad;

    /// How a graph is run.
    ///
    /// @throws IllegalArgumentException if a number is out of range
    Options options() {
        var options = Options.batchSize(batch).threads(threads).prefetch(prefetch).seed(seed);
        return skipBad == 0 ? options : options.badSamples(BadSamples.skip(skipBad));
    }

    /// The seed of all that is random.
    long seed() {
        return seed;
    }
}
