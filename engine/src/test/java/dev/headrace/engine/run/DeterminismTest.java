package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.Jitter;
import dev.headrace.engine.run.Trial.LessSmallest;
import dev.headrace.engine.run.Trial.Noise;
import dev.headrace.engine.run.Trial.Repeat;
import dev.headrace.engine.run.Trial.Reverse;
import dev.headrace.engine.run.Trial.RunningSum;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.run.Trial.Sum;
import dev.headrace.engine.run.Trial.Widen;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.LastBatch;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The same bytes, whatever threads, prefetch, batch size, neighbours and shards.
class DeterminismTest {
    private static final int SAMPLES = 150;

    private static Sketch sampleGraph() {
        return Trial.graph()
                .node("source", new Counter(SAMPLES, true))
                .node("copy", new Copy(0), "source")
                .node("jitter", new Jitter(), "copy")
                .node("noise", new Noise(0))
                .node("sum", new Sum(), "jitter", "noise")
                .node("ragged", new Repeat(), "copy")
                .output("sum", "sum")
                .output("ragged", "ragged")
                .output("number", "source");
    }

    private static List<String> twoEpochs(Sketch graph, Options options) {
        var lines = new ArrayList<String>();
        try (var pipeline = graph.build(options)) {
            for (var batch : pipeline.epochs(2)) {
                lines.addAll(Trial.describe(batch));
            }
        }
        return lines;
    }

    private static Options options(int batch, int threads, int prefetch) {
        return Options.batchSize(batch).threads(threads).prefetch(prefetch).seed(7);
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,1", "1,2,4", "1,7,1", "1,7,4", "8,1,1", "8,1,4", "8,2,1", "8,2,4", "8,7,1", "8,7,4",
        "64,1,1", "64,1,4", "64,2,1", "64,2,4", "64,7,1", "64,7,4"
    })
    void sampleOperatorsGiveTheSameForAnyBatchThreadsAndPrefetch(
            int batch, int threads, int prefetch) {
        var expected = twoEpochs(sampleGraph(), options(1, 1, 1));
        assertEquals(2 * SAMPLES, expected.size());
        assertEquals(expected, twoEpochs(sampleGraph(), options(batch, threads, prefetch)));
        assertEquals(
                expected,
                twoEpochs(sampleGraph(), options(batch, threads, prefetch).withChecks()),
                "in checked mode");
    }

    private static Sketch batchGraph(List<Double> noted) {
        return Trial.graph()
                .node("source", new Counter(SAMPLES, true))
                .node("jitter", new Jitter(), "source")
                .node("less", new LessSmallest(), "jitter")
                .node("reverse", new Reverse(), "less")
                .node("again", new Jitter(), "reverse")
                .node("running", new RunningSum(noted), "again")
                .node("total", new Sum(), "running", "again")
                .output("total", "total")
                .output("again", "again");
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,4", "2,1", "2,4", "7,1", "7,4"})
    void batchOperatorsGiveTheSameForAnyThreadsAndPrefetch(int threads, int prefetch) {
        var expectedSums = new ArrayList<Double>();
        var expected = twoEpochs(batchGraph(expectedSums), options(16, 1, 1));
        var sums = new ArrayList<Double>();
        assertEquals(expected, twoEpochs(batchGraph(sums), options(16, threads, prefetch)));
        assertEquals(expectedSums, sums, "the ordered step saw the batches in order");
    }

    @Test
    void anotherRandomNodeOfAnotherKindChangesNothing() {
        var with =
                sampleGraph()
                        .node("other", new Widen(), "source")
                        .node("late", new Counter(SAMPLES, false))
                        .node("unused", new Sum(), "other", "late")
                        .output("unused", "unused");
        var without = twoEpochs(sampleGraph(), options(8, 2, 2));
        var lines = new ArrayList<String>();
        for (var line : twoEpochs(with, options(8, 2, 2))) {
            lines.add(line.substring(0, line.indexOf("unused")));
        }
        assertEquals(without, lines);
    }

    @Test
    void anotherRandomNodeOfTheSameKindChangesNothingWhereNodesAreNamed() {
        var alone =
                Trial.graph()
                        .node("source", new Counter(SAMPLES, false))
                        .named("mine", new Jitter(), "source")
                        .output("mine", "mine");
        var beside =
                Trial.graph()
                        .node("source", new Counter(SAMPLES, false))
                        .named("first", new Jitter(), "source")
                        .named("mine", new Jitter(), "source")
                        .output("mine", "mine")
                        .output("first", "first");
        var lines = new ArrayList<String>();
        for (var line : twoEpochs(beside, options(8, 2, 2))) {
            lines.add(line.substring(0, line.indexOf("first")));
        }
        assertEquals(twoEpochs(alone, options(8, 2, 2)), lines);
    }

    @ParameterizedTest
    @CsvSource({"FILL", "PAD", "DROP", "PARTIAL"})
    void threeShardsPutTogetherAreTheWhole(LastBatch last) {
        int each = 8;
        var whole = perBatch(options(3 * each, 2, 2).lastBatch(last));
        var shards = new ArrayList<List<List<String>>>();
        for (int shard = 0; shard < 3; shard++) {
            shards.add(perBatch(options(each, 2, 2).lastBatch(last).shard(shard, 3)));
        }
        for (int iteration = 0; iteration < whole.size(); iteration++) {
            var together = new ArrayList<String>();
            for (var shard : shards) {
                together.addAll(shard.get(iteration));
            }
            assertEquals(whole.get(iteration), together, "iteration " + iteration);
        }
    }

    private static List<List<String>> perBatch(Options options) {
        var batches = new ArrayList<List<String>>();
        try (var pipeline = sampleGraph().build(options)) {
            for (var batch : pipeline.epochs(2)) {
                batches.add(Trial.describe(batch));
            }
        }
        return batches;
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "8,2,4", "64,7,4", "3,7,1"})
    void skippedSamplesAreReplacedByTheSameOnes(int batch, int threads, int prefetch) {
        var graph =
                Trial.graph()
                        .node("source", new Counter(SAMPLES, true))
                        .node("fail", new FailOn(number -> number % 4 == 1), "source")
                        .node("jitter", new Jitter(), "fail")
                        .node("noise", new Noise(0))
                        .output("jitter", "jitter")
                        .output("number", "source")
                        .output("noise", "noise");
        var policy = BadSamples.skip(100_000);
        var expected = twoEpochs(graph, options(1, 1, 1).badSamples(policy));
        assertEquals(2 * SAMPLES, expected.size());
        assertEquals(
                expected, twoEpochs(graph, options(batch, threads, prefetch).badSamples(policy)));
    }
}
