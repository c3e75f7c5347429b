package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Counting;
import dev.headrace.engine.run.Trial.Jitter;
import dev.headrace.engine.run.Trial.LessSmallest;
import dev.headrace.engine.run.Trial.Noise;
import dev.headrace.engine.run.Trial.Reverse;
import dev.headrace.engine.run.Trial.RunningSum;
import dev.headrace.engine.run.Trial.Sink;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.run.Trial.Split;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.run.Trial.Sum;
import dev.headrace.engine.run.Trial.Widen;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Graphs of any shape.
@Timeout(60)
class GraphShapesTest {
    private static final int BATCH = 4;

    /// Every second sample.
    private record Half() implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var list = in.get(0);
            var ids = new ArrayList<SampleId>();
            for (int sample = 0; sample < list.size(); sample += 2) {
                ids.add(list.id(sample));
            }
            out.samples(ids);
            for (int sample = 0; sample < ids.size(); sample++) {
                out.make(0, sample, Trial.NUMBER).int64(0, list.get(2 * sample).int64(0));
            }
        }
    }

    /// Adds up its inputs, sample by sample.
    private record SumBatch() implements StatelessBatchOperator {
        @Override
        public Range<Integer> arity() {
            return Range.atLeast(1);
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < in.batchSize(); sample++) {
                double sum = 0;
                for (int input = 0; input < in.count(); input++) {
                    sum += in.get(input).get(sample).number(0);
                }
                out.make(0, sample, Trial.REAL).float64(0, sum);
            }
        }
    }

    /// A number, twice it, and their sum, which it computes from the two outputs before.
    private record Threefold() implements SampleOperator {
        @Override
        public List<String> outputs() {
            return List.of("once", "twice", "thrice");
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            var once = out.make(0, Trial.NUMBER);
            once.int64(0, in.get(0).int64(0));
            var twice = out.make(1, Trial.NUMBER);
            twice.int64(0, 2 * once.int64(0));
            out.make(2, Trial.NUMBER).int64(0, once.int64(0) + twice.int64(0));
        }
    }

    /// A source that no test may open.
    private record Unopened() implements IndexedSource<Counting> {
        @Override
        public Counting open() {
            throw new IllegalStateException("opened");
        }

        @Override
        public void read(Counting dataset, long index, Outputs out, SampleContext context) {
            throw new IllegalStateException("read");
        }
    }

    /// A graph over the numbers from 0 to 9, with what each output has in the batches of an epoch.
    private record Shape(
            String name, Sketch graph, ImmutableMap<String, List<List<Long>>> outputs) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final List<List<Long>> ALL =
            List.of(List.of(0L, 1L, 2L, 3L), List.of(4L, 5L, 6L, 7L), List.of(8L, 9L));

    private static Sketch counter() {
        return Trial.graph().node("c", new Counter(10, false));
    }

    private interface OfNumber {
        long of(long number);
    }

    private static List<List<Long>> each(OfNumber function) {
        return ALL.stream().map(batch -> batch.stream().map(function::of).toList()).toList();
    }

    private static List<List<Long>> fixed(long number) {
        return each(any -> number);
    }

    static List<Shape> shapes() {
        return List.of(
                new Shape(
                        "two outputs of one node, one of them twice",
                        counter()
                                .node("s", new Split(3), "c")
                                .output("q", "s")
                                .output("r", "s[1]")
                                .output("again", "s[1]"),
                        ImmutableMap.of(
                                "q", each(n -> n / 3),
                                "r", each(n -> n % 3),
                                "again", each(n -> n % 3))),
                new Shape(
                        "a source as the only node",
                        counter().output("n", "c").output("m", "c"),
                        ImmutableMap.of("n", ALL, "m", ALL)),
                new Shape(
                        "a diamond of sample operators",
                        counter()
                                .node("s", new Split(3), "c")
                                .node("left", new Copy(0), "s")
                                .node("right", new Widen(), "s[1]")
                                .node("sum", new Sum(), "left", "right", "c")
                                .output("sum", "sum"),
                        ImmutableMap.of("sum", each(n -> n + n / 3 + n % 3))),
                new Shape(
                        "a diamond around a batch operator",
                        counter()
                                .node("least", new LessSmallest(), "c")
                                .node("wide", new Widen(), "c")
                                .node("sum", new Sum(), "wide", "least", "c")
                                .node("all", new SumBatch(), "sum", "wide")
                                .output("all", "all")
                                .output("wide", "wide"),
                        ImmutableMap.of("all", each(n -> 3 * n + n % 4), "wide", ALL)),
                new Shape(
                        "one of three outputs, made from the two that nobody needs",
                        counter().node("t", new Threefold(), "c").output("t", "t[2]"),
                        ImmutableMap.of("t", each(n -> 3 * n))),
                new Shape(
                        "branches without outputs, one of a source of its own",
                        counter()
                                .node("unused", new Unopened())
                                .node("sum", new Sum(), "unused", "c")
                                .output("n", "c"),
                        ImmutableMap.of("n", ALL)),
                new Shape(
                        "constants as outputs, and as inputs of both kinds",
                        counter()
                                .node("sum", new Sum(), "c", "#100")
                                .node("batch", new SumBatch(), "#1000", "sum", "#1000")
                                .node("three", new Sum(), "#1", "#2")
                                .node("later", new Sum(), "three", "batch")
                                .output("fixed", "#42")
                                .output("batch", "batch")
                                .output("later", "later")
                                .output("three", "three"),
                        ImmutableMap.of(
                                "fixed", fixed(42),
                                "batch", each(n -> n + 2100),
                                "later", each(n -> n + 2103),
                                "three", fixed(3))),
                new Shape(
                        "another order",
                        counter()
                                .node("back", new Reverse(), "c")
                                .node("copy", new Copy(0), "back")
                                .output("back", "copy")
                                .output("n", "c"),
                        ImmutableMap.of(
                                "back", ALL.stream().map(List::reversed).toList(), "n", ALL)),
                new Shape(
                        "another number",
                        counter()
                                .node("half", new Half(), "c")
                                .node("copy", new Copy(0), "half")
                                .node("again", new Half(), "copy")
                                .output("half", "copy")
                                .output("quarter", "again")
                                .output("n", "c"),
                        ImmutableMap.of(
                                "half", List.of(List.of(0L, 2L), List.of(4L, 6L), List.of(8L)),
                                "quarter", List.of(List.of(0L), List.of(4L), List.of(8L)),
                                "n", ALL)),
                new Shape(
                        "a stream in place of the source",
                        Trial.graph()
                                .node("c", new Stream(10, BATCH))
                                .node("sum", new Sum(), "c", "#1")
                                .node("three", new Sum(), "#1", "#2")
                                .output("sum", "sum")
                                .output("three", "three")
                                .output("fixed", "#42"),
                        ImmutableMap.of(
                                "sum", each(n -> n + 1), "three", fixed(3), "fixed", fixed(42))));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void deliversWhatTheGraphSays(Shape shape) {
        for (int threads : new int[] {1, 2, 7}) {
            for (int prefetch : new int[] {1, 4}) {
                var options = Options.batchSize(BATCH).threads(threads).prefetch(prefetch);
                assertDelivers(shape, options);
                assertDelivers(shape, options.withChecks());
            }
        }
    }

    private static void assertDelivers(Shape shape, Options options) {
        Pipeline used;
        try (var pipeline = shape.graph().build(options)) {
            used = pipeline;
            for (int epoch = 0; epoch < 2; epoch++) {
                int iteration = 0;
                for (var batch : pipeline.epoch()) {
                    assertEquals(shape.outputs().keySet(), batch.names());
                    for (var name : batch.names()) {
                        assertEquals(
                                shape.outputs().get(name).get(iteration),
                                Trial.numbers(batch, name),
                                name + ", " + options);
                    }
                    iteration++;
                }
                assertEquals(3, iteration);
            }
        }
        assertEquals(ImmutableMap.of(), used.report().holders());
    }

    @Test
    void drawsGoByTheIdsThatABatchOperatorStates() {
        var graph =
                counter()
                        .node("half", new Half(), "c")
                        .node("back", new Reverse(), "half")
                        .named("jitter", new Jitter(), "back")
                        .output("j", "jitter");
        var whole = counter().named("jitter", new Jitter(), "c").output("j", "jitter");
        try (var half = graph.build(Options.batchSize(10));
                var all = whole.build(Options.batchSize(BATCH))) {
            var values = new ArrayList<Double>();
            for (var batch : all.epoch()) {
                for (int sample = 0; sample < batch.size(); sample += 2) {
                    values.add(batch.get("j").get(sample).float64(0));
                }
            }
            var list = half.next().get("j");
            for (int sample = 0; sample < 5; sample++) {
                assertEquals(SampleId.of(0, 8 - 2 * sample), list.id(sample));
                assertEquals(values.get(4 - sample), list.get(sample).float64(0));
            }
        }
    }

    @Test
    void inputsOfDifferentBatchSizesAreRefusedByBothKinds() {
        for (var operator : List.of(new Sum(), new SumBatch())) {
            var graph =
                    counter()
                            .node("half", new Half(), "c")
                            .node("sum", operator, "half", "c")
                            .output("sum", "sum");
            try (var pipeline = graph.build(Options.batchSize(BATCH))) {
                for (int iteration = 0; iteration < 3; iteration++) {
                    var failure = assertThrows(BadBatch.class, pipeline::next);
                    int count = iteration < 2 ? 4 : 2;
                    assertEquals(
                            "inputs have different batch sizes: %d at input 0, %d at input 1\n"
                                            .formatted(count / 2, count)
                                    + "  at sum (%s), added at Trial.java:3, iteration %d"
                                            .formatted(operator.kind(), iteration),
                            failure.getMessage());
                }
            }
        }
    }

    @Test
    void inASegmentOfSeveralNodesTheyAreNamed() {
        var graph =
                counter()
                        .node("half", new Half(), "c")
                        .node("copy", new Copy(0), "half")
                        .node("sum", new Sum(), "copy", "c")
                        .output("sum", "sum");
        try (var pipeline = graph.build(Options.batchSize(BATCH))) {
            assertEquals(
                    "inputs have different batch sizes: 2 at input 0 of copy, 4 at input 1 of sum",
                    assertThrows(BadBatch.class, pipeline::next).what());
        }
    }

    @Test
    void sinksSeeEveryBatchInOrderWithOrWithoutOutputs() {
        for (boolean output : new boolean[] {true, false}) {
            var noted = new ArrayList<Long>();
            var graph = counter().node("sink", new Sink(noted), "c");
            if (output) {
                graph.output("n", "c");
            }
            var sizes = new ArrayList<Integer>();
            try (var pipeline = graph.build(Options.batchSize(BATCH).threads(2).prefetch(3))) {
                pipeline.epochs(2).forEach(batch -> sizes.add(batch.size()));
            }
            assertEquals(List.of(0L, 4L, 8L, 0L, 4L, 8L), noted);
            assertEquals(List.of(4, 4, 2, 4, 4, 2), sizes);
        }
    }

    @Test
    void aStreamWithASinkAloneTellsTheSizeOfEachBatch() {
        var noted = new ArrayList<Long>();
        var graph =
                Trial.graph().node("c", new Stream(10, BATCH)).node("sink", new Sink(noted), "c");
        var sizes = new ArrayList<Integer>();
        try (var pipeline = graph.build(Options.batchSize(BATCH))) {
            pipeline.epoch().forEach(batch -> sizes.add(batch.size()));
            assertEquals(10, pipeline.report().samples());
        }
        assertEquals(List.of(4, 4, 2), sizes);
    }

    @Test
    void aGraphWithoutASourceIsAskedForANumberOfBatches() {
        var noise = Trial.graph().node("noise", new Noise(0)).output("x", "noise");
        var constant = Trial.graph().output("x", "#7");
        for (var graph : List.of(noise, constant)) {
            try (var pipeline = graph.build(Options.batchSize(BATCH).prefetch(3))) {
                var values = new HashSet<Double>();
                int batches = 0;
                for (var batch : pipeline.take(3)) {
                    assertEquals(batches * BATCH, batch.get("x").id(0).position());
                    assertEquals(0, batch.epoch());
                    for (int sample = 0; sample < BATCH; sample++) {
                        values.add(batch.get("x").get(sample).float64(0));
                    }
                    batches++;
                }
                assertEquals(3, batches);
                assertEquals(graph == noise ? 12 : 1, values.size());
                assertEquals(3, pipeline.endless().iterator().next().iteration());
                assertEquals(4, pipeline.next().iteration());
                for (Runnable epoch :
                        List.<Runnable>of(pipeline::epoch, () -> pipeline.epochs(2))) {
                    var failure = assertThrows(IllegalStateException.class, epoch::run);
                    assertEquals(
                            "trial has no source, so its epoch has no end; use take(n) or endless()",
                            failure.getMessage());
                }
            }
        }
    }

    @Test
    void ofOutputsThatAreNotWantedNothingRuns() {
        var sums = new ArrayList<Double>();
        var graph =
                counter()
                        .node("other", new Unopened())
                        .node("both", new Sum(), "c", "other")
                        .node("running", new RunningSum(sums), "both")
                        .output("running", "running")
                        .output("n", "c")
                        .output("fixed", "#1");
        try (var pipeline = graph.build(Options.batchSize(BATCH).outputs("n"))) {
            var batch = pipeline.next();
            assertEquals(List.of("n"), batch.names().asList());
            assertEquals(ALL.getFirst(), Trial.numbers(batch, "n"));
            assertEquals(
                    List.of("c"),
                    pipeline.report().nodes().stream().map(Report.NodeRow::name).toList());
        }
        try (var pipeline = graph.build(Options.batchSize(BATCH).outputs("fixed"))) {
            assertEquals(List.of(1L, 1L, 1L, 1L), Trial.numbers(pipeline.next(), "fixed"));
        }
        assertEquals(List.of(), sums);
        assertThrows(BadGraph.class, () -> graph.build(Options.batchSize(BATCH)));
    }

    @Test
    void manyIterationsThatAreCompleteAtOnceTakeNoStack() {
        var options = Options.batchSize(1).threads(1).prefetch(20_000);
        try (var pipeline = Trial.graph().output("one", "#1").build(options)) {
            assertEquals(0, pipeline.next().iteration());
        }
    }
}
