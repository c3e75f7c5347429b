package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
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

/// Real runs that one thing holds back. It computes until it has taken so many times as long as
/// all else, so what is right to say does not depend on how busy the machine is.
@Timeout(120)
class DiagnosisTest {
    private static final int BATCH = 4;
    private static final int BATCHES = 16;

    /// Takes many times as long as all that happens between its calls, from when it was made.
    private static final class Hog {
        private final int times;
        private final long since = System.nanoTime();
        private long inside;

        Hog(int times) {
            this.times = times;
        }

        /// Computes from a number.
        long work(long seed) {
            long begun = System.nanoTime();
            long outside = begun - since - inside;
            long state = seed;
            do {
                state = compute(state);
            } while (inside + System.nanoTime() - begun < times * outside);
            inside += System.nanoTime() - begun;
            return state;
        }
    }

    private static long compute(long seed) {
        long state = seed + 1;
        for (int i = 0; i < 20_000; i++) {
            state ^= state << 13; // a compiler cannot fold these
            state ^= state >>> 7;
            state ^= state << 17;
        }
        return state;
    }

    /// Computes a while.
    private record Dear(Hog hog) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.int64(0, hog.work(in.int64(0)));
        }
    }

    /// Numbers that take a while to read, by index.
    private record DearNumbers(Hog hog) implements IndexedSource<Trial.Counting> {
        @Override
        public Trial.Counting open() {
            return new Trial.Counting(10_000);
        }

        @Override
        public void read(Trial.Counting dataset, long index, Outputs out, SampleContext context) {
            out.make(0, Trial.NUMBER).int64(0, hog.work(index));
        }
    }

    /// Numbers that take a while to read, one batch after the other.
    private record DearStream(Hog hog) implements SequentialSource<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < context.batchSize(); sample++) {
                out.make(0, sample, Trial.NUMBER).int64(0, hog.work(before + sample));
            }
            return before + context.batchSize();
        }
    }

    /// Computes a while on each sample of a batch, one batch after the other.
    private record DearInOrder(RunsOn runsOn, Hog hog) implements BatchOperator<Integer> {
        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer run(Integer before, BatchInputs in, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < in.batchSize(); sample++) {
                long number = hog.work(in.get(0).get(sample).int64(0));
                out.make(0, sample, Trial.NUMBER).int64(0, number);
            }
            return before + 1;
        }
    }

    /// Computes a little, then gives a sample of so many bytes, which is known before: so a batch's
    /// block is lent as soon as it begins.
    private record Large(int bytes) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return TensorSpec.of(ElementType.UINT8, "", bytes);
        }

        @Override
        public SpecPattern promise(SpecPattern in) {
            return SpecPattern.exactly(TensorSpec.of(ElementType.UINT8, "", bytes));
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.uint8(0, (int) compute(in.int64(0)));
        }
    }

    /// Nine times as long as all else: 90 % of the time.
    private static Hog hog() {
        return new Hog(9);
    }

    /// Else the first test would take many times as long as classes take to load.
    @BeforeAll
    static void warmUp() {
        var own = new DearInOrder(new RunsOn.Thread("python"), new Hog(0));
        after(counter().node("last", own, "counter"), options(), 0);
    }

    private static Options options() {
        return Options.batchSize(BATCH).threads(2).prefetch(4);
    }

    /// What is said after some batches, for each of which the consumer works so many times as long
    /// as it waits.
    private static Bottleneck after(Sketch graph, Options options, int timesOfTraining) {
        try (var pipeline = graph.output("n", "last").build(options)) {
            pipeline.next();
            var training = new Hog(timesOfTraining);
            for (var batch : pipeline.take(BATCHES)) {
                if (timesOfTraining > 0) {
                    training.work(batch.iteration());
                }
            }
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
                        .node("numbers", new DearNumbers(hog()))
                        .node("last", new Copy(0), "numbers");
        assertSays(
                Kind.SOURCE,
                "% of worker time, and the one worker is busy: try faster storage",
                after(graph, options().threads(1), 0));
    }

    @Test
    void aSlowSourceThatIsReadInOrder() {
        var graph =
                Trial.graph()
                        .node("stream", new DearStream(hog()))
                        .node("last", new Copy(0), "stream");
        assertSays(
                Kind.SOURCE,
                "stream (DearStream) is read one batch after the other",
                after(graph, options(), 0));
    }

    @Test
    void aSlowOperator() {
        var graph = counter().node("dear", new Dear(hog()), "counter");
        assertSays(
                Kind.OPERATOR,
                "% of worker time, and the one worker is busy: make it cheaper",
                after(graph.node("last", new Copy(0), "dear"), options().threads(1), 0));
    }

    @Test
    void aSlowConsumer() {
        var graph = counter().node("last", new Large(8), "counter");
        assertSays(Kind.CONSUMER, "training is the slower side", after(graph, options(), 29));
    }

    @Test
    void anOperatorOnAThreadOfItsOwnAsPythonHas() {
        var python = new DearInOrder(new RunsOn.Thread("python"), hog());
        assertSays(
                Kind.SERIAL,
                "last (DearInOrder) runs on the one thread \"python\", which is busy ",
                after(counter().node("last", python, "counter"), options(), 0));
    }

    @Test
    void anOperatorThatWaitsInOrder() {
        var waiting = new DearInOrder(RunsOn.VIRTUAL, hog());
        assertSays(
                Kind.SERIAL,
                "last (DearInOrder) takes batches in order, and is at it ",
                after(counter().node("last", waiting, "counter"), options(), 0));
    }

    @Test
    void aBatchOperatorThatIsTheWholeChain() {
        var alone = new DearInOrder(RunsOn.WORKER, hog());
        assertSays(
                Kind.SERIAL,
                "last (DearInOrder) takes one batch after the other on one of 4 workers",
                after(counter().node("last", alone, "counter"), options().threads(4), 0));
    }

    @Test
    void memoryForOneBatchOnly() {
        var graph = counter().node("last", new Large(1 << 20), "counter");
        assertSays(
                Kind.MEMORY,
                "only the memory limit of 6.0 MiB kept the next batch",
                after(graph, options().memoryLimit(6 << 20), 1));
    }

    @Test
    void nothingMadeAhead() {
        var graph = counter().node("last", new Large(8), "counter");
        assertSays(
                Kind.PREFETCH,
                "since prefetch(1) makes nothing ahead",
                after(graph, options().prefetch(1), 1));
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
