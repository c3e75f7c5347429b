package dev.headrace.engine.run;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Jitter;
import dev.headrace.engine.run.Trial.LessSmallest;
import dev.headrace.engine.run.Trial.Noise;
import dev.headrace.engine.run.Trial.Repeat;
import dev.headrace.engine.run.Trial.Reverse;
import dev.headrace.engine.run.Trial.RunningSum;
import dev.headrace.engine.run.Trial.Split;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.run.Trial.Sum;
import dev.headrace.engine.spec.Options;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Checked mode finds operators that do not keep what they promise, and names their nodes.
class CheckedModeTest {
    private static final TensorSpec FOUR_BYTES = TensorSpec.of(ElementType.UINT8, "", 4);

    /// What is done to one sample, by either kind of operator.
    private interface Work {
        void on(Tensor in, Tensor out);
    }

    /// A sample operator of four bytes.
    private record EachSample(TensorSpec made, SpecPattern promised, Effect effect, Work work)
            implements SampleOperator {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(promised);
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            work.on(in.get(0), out.make(0, made));
        }
    }

    /// The same as a batch operator, by the workers' loop.
    private record WholeBatch(TensorSpec made, SpecPattern promised, Effect effect, Work work)
            implements StatelessBatchOperator {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(promised);
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception {
            var list = in.get(0);
            context.forEach(
                    list.size(),
                    (sample, own) -> work.on(list.get(sample), out.make(0, sample, made)));
        }
    }

    /// The same with a state.
    private record WithState(TensorSpec made, SpecPattern promised, Work work)
            implements BatchOperator<Integer> {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(promised);
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer run(Integer before, BatchInputs in, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < in.batchSize(); sample++) {
                work.on(in.get(0).get(sample), out.make(0, sample, made));
            }
            return before + 1;
        }
    }

    private static void scribble(Tensor in, Tensor out) {
        var memory = MemorySegment.ofAddress(in.address()).reinterpret(8);
        memory.set(JAVA_BYTE, 3, (byte) (memory.get(JAVA_BYTE, 3) + 1));
        fill(in, out);
    }

    private static void fill(Tensor in, Tensor out) {
        out.segment().fill(in.int8(0));
    }

    private static Work moody() {
        var calls = new AtomicInteger();
        return (in, out) -> {
            fill(in, out);
            out.uint8(1, calls.getAndIncrement());
        };
    }

    private static void leaveOut(Tensor in, Tensor out) {
        out.uint8(0, 1);
        out.uint8(1, 2);
    }

    private static final SpecPattern REAL = SpecPattern.exactly(Trial.REAL);

    /// @param operator breaks a promise
    /// @param what says so
    private record Breach(String name, Operator operator, String what) {
        static Breach of(String name, Operator operator, String what) {
            return new Breach(
                    name + " in " + operator.kind(), operator, what.formatted(operator.kind()));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Breach> breaches() {
        var breaches = new ArrayList<Breach>();
        var writes = "%s changed its input 0";
        var differs =
                "%s says that it has no effect, but run twice it made different bytes of output"
                        + " out, first at byte ";
        var lies = "%s promised FLOAT64 scalar and made UINT8 4";
        for (var effect : new Effect[] {Effect.NONE, Effect.PRIVATE}) {
            breaches.add(
                    Breach.of(
                            "writing an input",
                            new EachSample(
                                    FOUR_BYTES,
                                    SpecPattern.OPEN,
                                    effect,
                                    CheckedModeTest::scribble),
                            writes));
            breaches.add(
                    Breach.of(
                            "another spec",
                            new EachSample(FOUR_BYTES, REAL, effect, CheckedModeTest::fill),
                            lies));
        }
        breaches.add(
                Breach.of(
                        "writing an input",
                        new WholeBatch(
                                FOUR_BYTES,
                                SpecPattern.OPEN,
                                Effect.NONE,
                                CheckedModeTest::scribble),
                        writes));
        breaches.add(
                Breach.of(
                        "writing an input",
                        new WithState(FOUR_BYTES, SpecPattern.OPEN, CheckedModeTest::scribble),
                        writes));
        breaches.add(
                Breach.of(
                        "another spec",
                        new WholeBatch(FOUR_BYTES, REAL, Effect.NONE, CheckedModeTest::fill),
                        lies));
        breaches.add(
                Breach.of(
                        "another spec",
                        new WithState(FOUR_BYTES, REAL, CheckedModeTest::fill),
                        lies));
        for (var made : List.of(SpecPattern.OPEN, SpecPattern.exactly(FOUR_BYTES))) {
            breaches.add(
                    Breach.of(
                            "other bytes each time",
                            new EachSample(FOUR_BYTES, made, Effect.NONE, moody()),
                            differs + 1));
            breaches.add(
                    Breach.of(
                            "other bytes each time",
                            new WholeBatch(FOUR_BYTES, made, Effect.NONE, moody()),
                            differs + 1));
            breaches.add(
                    Breach.of(
                            "bytes left out",
                            new EachSample(
                                    FOUR_BYTES, made, Effect.NONE, CheckedModeTest::leaveOut),
                            differs + 2));
            breaches.add(
                    Breach.of(
                            "bytes left out",
                            new WholeBatch(
                                    FOUR_BYTES, made, Effect.NONE, CheckedModeTest::leaveOut),
                            differs + 2));
        }
        return breaches;
    }

    private static Trial.Sketch around(Operator operator) {
        return Trial.graph()
                .node("counter", new Counter(8, false))
                .node("copy", new Copy(0), "counter")
                .node("culprit", operator, "copy")
                .node("after", new Copy(1), "culprit")
                .output("out", "after");
    }

    @ParameterizedTest
    @MethodSource("breaches")
    void aPromiseThatIsBrokenIsToldWithTheNode(Breach breach) {
        var graph = around(breach.operator());
        try (var pipeline = graph.build(Options.batchSize(4).threads(2).withChecks())) {
            for (int iteration = 0; iteration < 2; iteration++) {
                var failure = assertThrows(BadBatch.class, pipeline::next);
                var sample = ", sample %d [number %<d]".formatted(4 * iteration);
                assertEquals(
                        breach.what()
                                + "\n  at culprit (%s), added at Trial.java:3, iteration %d%s"
                                        .formatted(
                                                breach.operator().kind(),
                                                iteration,
                                                breach.operator() instanceof SampleOperator
                                                        ? sample
                                                        : ""),
                        failure.getMessage());
            }
            assertEquals(2, pipeline.report().failures());
        }
    }

    @ParameterizedTest
    @MethodSource("breaches")
    void withoutChecksNobodyLooks(Breach breach) {
        try (var pipeline = around(breach.operator()).build(Options.batchSize(4).threads(2))) {
            assertEquals(4, pipeline.next().size());
        }
    }

    @Test
    void anOperatorThatKeepsToItselfMayDifferEachTime() {
        var eachSample = new EachSample(FOUR_BYTES, SpecPattern.OPEN, Effect.PRIVATE, moody());
        var wholeBatch = new WholeBatch(FOUR_BYTES, SpecPattern.OPEN, Effect.PRIVATE, moody());
        for (var operator : List.of(eachSample, wholeBatch)) {
            try (var pipeline =
                    around(operator).build(Options.batchSize(4).threads(1).withChecks())) {
                assertEquals(2, pipeline.next().get("out").get(2).uint8(1), "ran once a sample");
            }
        }
    }

    /// Another number of samples each time.
    private record Unsure(AtomicInteger calls) implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var ids = new ArrayList<>(List.of(in.get(0).id(0)));
            if (calls.getAndIncrement() % 2 == 1) {
                ids.add(in.get(0).id(1));
            }
            out.samples(ids);
            for (int sample = 0; sample < ids.size(); sample++) {
                out.make(0, sample, Trial.NUMBER).int64(0, 5);
            }
        }
    }

    @Test
    void anotherNumberOfSamplesEachTimeIsADifferenceToo() {
        var options = Options.batchSize(4).prefetch(1).withChecks(); // both runs of one batch
        try (var pipeline = around(new Unsure(new AtomicInteger())).build(options)) {
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals(
                    "Unsure says that it has no effect, but run twice it made different bytes of"
                            + " output out, first at byte 0\n"
                            + "  at culprit (Unsure), added at Trial.java:3, iteration 0",
                    failure.getMessage());
        }
    }

    @Test
    void releasedMemoryIsPoisoned() {
        try (var pipeline =
                Trial.graph()
                        .node("counter", new Counter(8, false))
                        .output("n", "counter")
                        .build(Options.batchSize(4).prefetch(1).withChecks())) {
            var batch = pipeline.next();
            var kept = batch.retain();
            var raw = batch.get("n").dense().segment();
            assertEquals(1, raw.get(JAVA_BYTE, 8));
            batch.close();
            assertEquals(1, raw.get(JAVA_BYTE, 8), "somebody holds it");
            kept.close();
            for (long at = 0; at < raw.byteSize(); at++) {
                assertEquals((byte) 0xA5, raw.get(JAVA_BYTE, at), "byte " + at);
            }
        }
    }

    @Test
    void graphsThatKeepTheirPromisesPass() {
        for (boolean stream : new boolean[] {false, true}) {
            var graph =
                    Trial.graph()
                            .node("source", stream ? new Stream(20, 4) : new Counter(20, true))
                            .node("split", new Split(3), "source")
                            .node("ragged", new Repeat(), "source")
                            .node("jitter", new Jitter(), "split[1]")
                            .node("noise", new Noise(0))
                            .node("sum", new Sum(), "jitter", "noise", "#7")
                            .node("less", new LessSmallest(), "sum")
                            .node("reverse", new Reverse(), "less")
                            .node("running", new RunningSum(new ArrayList<>()), "reverse")
                            .node("later", new Jitter(), "running")
                            .output("ragged", "ragged")
                            .output("later", "later")
                            .output("quotient", "split")
                            .output("fixed", "#3");
            var lines = new ArrayList<List<String>>();
            for (var options :
                    List.of(
                            Options.batchSize(4).threads(1),
                            Options.batchSize(4).threads(1).withChecks(),
                            Options.batchSize(4).threads(3).prefetch(3).withChecks())) {
                var own = new ArrayList<String>();
                try (var pipeline = graph.build(options)) {
                    pipeline.epochs(2).forEach(batch -> own.addAll(Trial.describe(batch)));
                }
                lines.add(own);
                assertEquals(40, own.size());
                assertEquals(lines.getFirst(), own);
            }
        }
    }
}
