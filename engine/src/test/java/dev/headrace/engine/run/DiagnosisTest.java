package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Bottleneck.Kind;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.spec.Options;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Real runs that one thing holds back, by a hundred times as much computing as all else: whatever
/// else the machine does, that takes its share of both.
@Timeout(120)
class DiagnosisTest {
    private static final int BATCH = 4;
    private static final int BATCHES = 16;

    /// Steps of computing that take some milliseconds.
    private static final int MUCH = 1_000_000;

    private static long compute(long seed, int steps) {
        long state = seed + 1;
        for (int i = 0; i < steps; i++) {
            state ^= state << 13; // a compiler cannot fold these
            state ^= state >>> 7;
            state ^= state << 17;
        }
        return state;
    }

    /// Computes a while, then gives a sample of so many numbers.
    private record Dear(int steps, int numbers) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return TensorSpec.of(ElementType.INT64, "", numbers);
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.int64(0, compute(in.int64(0), steps));
        }
    }

    /// Numbers that take a while to read, by index.
    private record DearNumbers(int steps) implements IndexedSource<Trial.Counting> {
        @Override
        public Trial.Counting open() {
            return new Trial.Counting(10_000);
        }

        @Override
        public void read(Trial.Counting dataset, long index, Outputs out, SampleContext context) {
            out.make(0, Trial.NUMBER).int64(0, compute(index, steps));
        }
    }

    /// Numbers that take a while to read, one batch after the other.
    private record DearStream(int steps) implements SequentialSource<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < context.batchSize(); sample++) {
                out.make(0, sample, Trial.NUMBER).int64(0, compute(before + sample, steps));
            }
            return before + context.batchSize();
        }
    }

    /// Computes a while on each sample of a batch, one batch after the other.
    private record DearInOrder(RunsOn runsOn, int steps) implements BatchOperator<Integer> {
        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer run(Integer before, BatchInputs in, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < in.batchSize(); sample++) {
                long number = compute(in.get(0).get(sample).int64(0), steps);
                out.make(0, sample, Trial.NUMBER).int64(0, number);
            }
            return before + 1;
        }
    }

    /// What runs for the first time is slow.
    @BeforeAll
    static void warmUp() {
        after(counter().node("last", new Dear(MUCH / 100, 1), "counter"), options(), MUCH);
    }

    private static Options options() {
        return Options.batchSize(BATCH).threads(2).prefetch(4);
    }

    /// What is said after some batches, for each of which the consumer computes.
    private static Bottleneck after(Sketch graph, Options options, int stepsOfTraining) {
        long sum = 0;
        try (var pipeline = graph.output("n", "last").build(options)) {
            for (var batch : pipeline.take(BATCHES)) {
                sum += compute(batch.iteration(), stepsOfTraining);
            }
            assertTrue(sum != 0 || stepsOfTraining == 0);
            return pipeline.report().bottleneck();
        }
    }

    private static void assertSays(Kind kind, String part, Bottleneck said) {
        assertEquals(kind, said.kind(), said.sentence());
        assertTrue(said.sentence().contains(part), said.sentence());
    }

    private static Sketch counter() {
        return Trial.graph().node("counter", new Counter(10_000, false));
    }

    @Test
    void aSlowSourceThatIsReadByIndex() {
        var graph =
                Trial.graph()
                        .node("numbers", new DearNumbers(MUCH))
                        .node("last", new Copy(0), "numbers");
        assertSays(Kind.SOURCE, "numbers (DearNumbers) takes ", after(graph, options(), 0));
    }

    @Test
    void aSlowSourceThatIsReadInOrder() {
        var graph =
                Trial.graph()
                        .node("stream", new DearStream(MUCH))
                        .node("last", new Copy(0), "stream");
        assertSays(
                Kind.SOURCE,
                "stream (DearStream) is read one batch after the other",
                after(graph, options(), 0));
    }

    @Test
    void aSlowOperator() {
        var graph = counter().node("dear", new Dear(MUCH, 1), "counter");
        assertSays(
                Kind.OPERATOR,
                "dear (Dear) takes ",
                after(graph.node("last", new Copy(0), "dear"), options(), 0));
    }

    @Test
    void twoOperatorsAsSlowAsEachOther() {
        var graph =
                counter()
                        .node("one", new Dear(MUCH, 1), "counter")
                        .node("last", new Dear(MUCH, 1), "one");
        assertSays(
                Kind.OPERATOR,
                "both workers are busy, and no operator stands out",
                after(graph, options(), 0));
    }

    @Test
    void aSlowConsumer() {
        var graph = counter().node("last", new Dear(MUCH / 100, 1), "counter");
        assertSays(Kind.CONSUMER, "training is the slower side", after(graph, options(), 4 * MUCH));
    }

    @Test
    void anOperatorOnAThreadOfItsOwnAsPythonHas() {
        var python = new DearInOrder(new RunsOn.Thread("python"), MUCH);
        assertSays(
                Kind.SERIAL,
                "last (DearInOrder) runs on the one thread \"python\", which is busy ",
                after(counter().node("last", python, "counter"), options(), 0));
    }

    @Test
    void anOperatorThatWaitsInOrder() {
        var waiting = new DearInOrder(RunsOn.VIRTUAL, MUCH);
        assertSays(
                Kind.SERIAL,
                "last (DearInOrder) takes one batch after the other, which takes ",
                after(counter().node("last", waiting, "counter"), options(), 0));
    }

    @Test
    void aBatchOperatorThatIsTheWholeChain() {
        var alone = new DearInOrder(RunsOn.WORKER, MUCH);
        assertSays(
                Kind.SERIAL,
                "last (DearInOrder) takes one batch after the other on one of 2 workers",
                after(counter().node("last", alone, "counter"), options(), 0));
    }

    @Test
    void memoryForOneBatchOnly() {
        int numbers = 1 << 17; // 4 MiB a batch
        var graph = counter().node("last", new Dear(MUCH, numbers), "counter");
        var said = after(graph, options().memoryLimit(6 << 20), 8 * MUCH);
        assertSays(Kind.MEMORY, "only the memory limit of 6.0 MiB kept the next batch", said);
    }

    @Test
    void nothingMadeAhead() {
        var graph = counter().node("last", new Dear(MUCH, 1), "counter");
        assertSays(
                Kind.PREFETCH,
                "since prefetch(1) makes nothing ahead",
                after(graph, options().prefetch(1), 8 * MUCH));
    }

    @Test
    void tooFewBatches() {
        var graph = Trial.graph().node("stream", new Stream(8, 4)).output("n", "stream");
        try (var pipeline = graph.build(options())) {
            assertEquals(Kind.NOT_YET_KNOWN, pipeline.report().bottleneck().kind());
            pipeline.next();
            assertSays(Kind.NOT_YET_KNOWN, "1 batches so far", pipeline.report().bottleneck());
        }
    }
}
