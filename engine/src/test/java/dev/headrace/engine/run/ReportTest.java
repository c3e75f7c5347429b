package dev.headrace.engine.run;

import static java.util.stream.Collectors.toMap;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.sun.management.ThreadMXBean;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Report.BadSampleRow;
import dev.headrace.engine.run.Report.Calls;
import dev.headrace.engine.run.Report.NodeRow;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.Gate;
import dev.headrace.engine.run.Trial.Reverse;
import dev.headrace.engine.run.Trial.Sink;
import dev.headrace.engine.run.Trial.Split;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the report counts, how it prints, and what a run costs once it is warm.
@Timeout(60)
class ReportTest {
    private static final int BATCH = 4;

    private static Map<String, Long> samples(Report report) {
        return report.nodes().stream().collect(toMap(NodeRow::name, NodeRow::samples));
    }

    private static Map<String, Long> bytes(Report report) {
        return report.nodes().stream().collect(toMap(NodeRow::name, NodeRow::bytes));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 4", "2, 1", "2, 4", "7, 1", "7, 4"})
    void countsSamplesBytesAndIterations(int threads, int prefetch) {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(10, false))
                        .node("unused", new Copy(7), "counter")
                        .node("split", new Split(3), "counter")
                        .node("reverse", new Reverse(), "split")
                        .node("copy", new Copy(0), "reverse")
                        .node("sink", new Sink(new ArrayList<>()), "copy")
                        .output("copy", "copy");
        var pipeline = graph.build(Options.batchSize(BATCH).threads(threads).prefetch(prefetch));
        pipeline.epochs(2).forEach(batch -> {});
        var report = pipeline.report();
        pipeline.close();
        assertEquals("trial", report.pipeline());
        assertEquals(6, report.iterations());
        assertEquals(20, report.samples());
        assertEquals(0, report.failures());
        assertEquals(
                Map.of("counter", 20L, "split", 20L, "reverse", 20L, "copy", 20L, "sink", 20L),
                samples(report));
        assertEquals(
                Map.of("counter", 160L, "split", 160L, "reverse", 160L, "copy", 160L, "sink", 0L),
                bytes(report));
    }

    @Test
    void countsWhatAStreamGave() {
        var graph = Trial.graph().node("s", new Stream(10, 3)).output("n", "s");
        try (var pipeline = graph.build(Options.batchSize(BATCH).prefetch(4))) {
            pipeline.epochs(2).forEach(batch -> {});
            assertEquals(8, pipeline.report().iterations());
            assertEquals(20, pipeline.report().samples());
            assertEquals(Map.of("s", 20L), samples(pipeline.report()));
            assertEquals(Map.of("s", 160L), bytes(pipeline.report()));
        }
    }

    @Test
    void countsIterationsThatFailed() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(10, false))
                        .node("fail", new FailOn(number -> number == 5), "counter")
                        .output("n", "fail");
        try (var pipeline = graph.build(Options.batchSize(BATCH))) {
            assertEquals(4, pipeline.next().size());
            assertThrows(BadSample.class, pipeline::next);
            assertEquals(2, pipeline.next().size());
            assertEquals(3, pipeline.report().iterations());
            assertEquals(1, pipeline.report().failures());
            assertEquals(6, pipeline.report().samples());
        }
    }

    @Test
    void listsTheFirstHundredBadSamples() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(600, false))
                        .node("fail", new FailOn(number -> number % 4 == 1), "counter")
                        .output("n", "fail");
        var options = Options.batchSize(200).threads(2).badSamples(BadSamples.skip(10_000));
        try (var pipeline = graph.build(options)) {
            pipeline.epoch().forEach(batch -> {});
            var report = pipeline.report();
            assertEquals(Report.MOST_LISTED, report.badSamples().size());
            assertTrue(report.badSampleCount() >= 150, report.badSampleCount() + " bad samples");
            assertEquals(
                    new BadSampleRow(
                            SampleId.of(0, 1),
                            "FailOn refuses 1\n"
                                    + "  at fail (FailOn), added at Trial.java:2, iteration 0,"
                                    + " sample 1 [number 1]",
                            Optional.of("number 280")),
                    report.badSamples().getFirst());
            assertEquals(600 + report.badSampleCount(), samples(report).get("counter"));
            assertEquals(600, samples(report).get("fail"));
        }
    }

    @Test
    void theConsumerStandsStillForAShareOfTheTimeThatHasPassed() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(100, false))
                        .node("copy", new Copy(0), "counter")
                        .output("n", "copy");
        var pipeline = graph.build(Options.batchSize(BATCH).threads(2));
        assertEquals(Duration.ZERO, pipeline.report().wall());
        assertEquals(0, pipeline.report().exposedShare());
        for (int i = 0; i < 50; i++) {
            pipeline.next();
            var report = pipeline.report();
            assertTrue(report.exposedShare() > 0, report.exposed() + " of " + report.wall());
            assertTrue(report.exposedShare() <= 1, report.exposed() + " of " + report.wall());
        }
        pipeline.close();
        var closed = pipeline.report();
        assertTrue(closed.exposed().compareTo(closed.wall()) <= 0);
        assertEquals(closed.wall(), pipeline.report().wall(), "the clock has stopped");
        assertEquals(50, closed.iterations());
    }

    @Test
    void printsATableThatAPersonCanRead() {
        var run = new Reports();
        run.iterations = 1235;
        run.failures = 1;
        run.waited = 500;
        run.worked = 19_500;
        run.idle = 12_320;
        run.memoryWait = 1_500;
        run.badSamples =
                List.of(
                        new BadSampleRow(
                                SampleId.of(0, 7),
                                "not a JPEG\n  at image [a.jpg]",
                                Optional.of("b.jpg")),
                        new BadSampleRow(SampleId.of(0, 9), "not one either", Optional.empty()));
        run.nodes =
                List.of(
                        new NodeRow(
                                "image",
                                "DecodeImage",
                                Duration.ofMillis(30_000),
                                Duration.ZERO,
                                79_040,
                                30L << 30,
                                Duration.ofNanos(380_500),
                                Duration.ofMillis(2),
                                NodeRow.WORKER,
                                Calls.BY_SAMPLE,
                                false,
                                ""),
                        new NodeRow(
                                "flip",
                                "CoinFlip",
                                Duration.ofMillis(10_000),
                                Duration.ZERO,
                                0,
                                1000,
                                Duration.ZERO,
                                Duration.ZERO,
                                "python",
                                Calls.BY_BATCH_IN_ORDER,
                                false,
                                ""));
        var report = run.build();
        var text = new ByteArrayOutputStream();
        report.print(new PrintStream(text, true, StandardCharsets.UTF_8));
        assertEquals(
                """
                train: 1,234 batches, 79,040 samples in 20.0 s (3,952 samples/s)
                  training stood still for data   2.5 % of the time
                  training is the slower side, with little to gain: a faster pipeline saves at most 3 % of the time (first batch and pauses left out)
                  workers (2) were idle 30.8 % of the time; batches lay ready 0.0 µs in sum
                  now 2 iterations in flight, 1 of them ready
                  memory: 96 B lent, 1,500 B kept, limit 100.0 MiB, asked from the system 21 times; 3.0 MiB copied to pack
                  only the memory limit kept an iteration from beginning for 1.50 s
                  iterations that failed: 1
                  node                      time  share      samples    µs/sample        p50        p99        bytes thread
                  image (DecodeImage)    30.00 s  75.0%       79,040       379.55   380.5 µs     2.0 ms     30.0 GiB worker
                  flip (CoinFlip)        10.00 s  25.0%            0         0.00     0.0 µs     0.0 µs      1,000 B python, by batch
                  bad samples: 2
                    not a JPEG
                      at image [a.jpg]
                      in its place: b.jpg
                    not one either
                """,
                text.toString(StandardCharsets.UTF_8));
        assertEquals(0.025, report.exposedShare());
    }

    @Test
    void listsTheDearestNodeFirst() {
        var rows =
                ImmutableList.of(
                        Reports.operator("b", 1),
                        Reports.operator("a", 3),
                        Reports.operator("c", 2));
        assertEquals(
                ImmutableList.of(rows.get(1), rows.get(2), rows.get(0)), Report.dearestFirst(rows));
    }

    /// The report as soon as it says what is waited for.
    private static Report once(Pipeline pipeline, Predicate<Report> said) {
        var report = pipeline.report();
        while (!said.test(report)) {
            assertFalse(Thread.interrupted(), "time is up; the last report was\n" + report);
            Thread.onSpinWait();
            report = pipeline.report();
        }
        return report;
    }

    @Test
    void saysWhatIsUnderWayAndWhatIsReady() throws Exception {
        var gate = new Gate(new CountDownLatch(1), new CountDownLatch(1));
        var graph =
                Trial.graph()
                        .node("counter", new Counter(100, false))
                        .node("gate", gate, "counter")
                        .output("n", "gate");
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(2).prefetch(3))) {
            assertEquals(2, pipeline.report().workers());
            assertEquals(0, pipeline.report().iterationsInFlight());
            var consumer = Thread.ofPlatform().start(pipeline::next);
            gate.arrived().await();
            var waiting = once(pipeline, report -> report.iterationsInFlight() == 3);
            assertEquals(0, waiting.batchesReady());
            assertTrue(waiting.exposed().isPositive(), "the wait that goes on counts");
            gate.letGo().countDown();
            consumer.join();
            var made = once(pipeline, report -> report.batchesReady() == 2);
            assertEquals(2, made.iterationsInFlight());
            assertEquals(Duration.ZERO, made.memoryWait());
        }
    }

    @Test
    void workersAreIdleFromWhenTheyHaveNothingToDo() {
        var graph = Trial.graph().node("counter", new Counter(100, false)).output("n", "counter");
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(2).prefetch(1))) {
            for (int i = 0; i < 100; i++) { // while they wait for the first to be asked for
                assertEquals(Duration.ZERO, pipeline.report().idle());
            }
            pipeline.next();
            var first = pipeline.report();
            assertTrue(
                    first.idle().compareTo(first.wall().multipliedBy(2)) <= 0,
                    first.idle() + " of two times " + first.wall());
            var idle = once(pipeline, report -> report.idle().isPositive()).idle();
            once(pipeline, report -> report.idle().compareTo(idle) > 0); // they go on being idle
        }
    }

    @Test
    void saysWhereAndHowOftenAtATimeANodeRuns() {
        var graph =
                Trial.graph()
                        .node("stream", new Stream(8, 4))
                        .node("sum", new Trial.RunningSum(new ArrayList<>()), "stream")
                        .node("own", new OnOwnThread(), "sum")
                        .node("less", new Trial.LessSmallest(), "own")
                        .node("copy", new Copy(0), "less")
                        .output("n", "copy");
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(1))) {
            pipeline.epoch().forEach(batch -> {});
            var rows = new HashMap<String, String>();
            for (var row : pipeline.report().nodes()) {
                rows.put(
                        row.name(),
                        row.thread() + " " + row.calls() + (row.source() ? " source" : ""));
                assertTrue(row.median().isPositive(), row.name());
                assertTrue(row.p99().compareTo(row.median()) >= 0, row.name());
            }
            assertEquals(
                    Map.of(
                            "stream", "virtual BY_BATCH_IN_ORDER source",
                            "sum", "worker BY_BATCH_IN_ORDER",
                            "own", "python BY_BATCH_IN_ORDER",
                            "less", "worker BY_BATCH",
                            "copy", "worker BY_SAMPLE"),
                    rows);
        }
    }

    /// Gives its input, on a thread of its own.
    private record OnOwnThread() implements BatchOperator<Integer> {
        @Override
        public RunsOn runsOn() {
            return new RunsOn.Thread("python");
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer run(Integer before, BatchInputs in, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < in.batchSize(); sample++) {
                out.share(0, sample, in.get(0).get(sample));
            }
            return before;
        }
    }

    @Test
    void theTimeBetweenEpochsIsAPause() {
        var graph = Trial.graph().node("counter", new Counter(8, false)).output("n", "counter");
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(1))) {
            pipeline.epoch().forEach(batch -> {});
            var after = once(pipeline, report -> report.consumer().paused().isPositive());
            pipeline.epoch().forEach(batch -> {});
            var consumer = pipeline.report().consumer();
            assertTrue(consumer.paused().compareTo(after.consumer().paused()) >= 0);
            assertEquals(12, consumer.samples(), "without the first batch");
            assertTrue(consumer.restarted().isPositive(), "the second epoch's first batch");
            assertTrue(consumer.restarted().compareTo(consumer.waited()) <= 0);
            assertTrue(consumer.waited().compareTo(pipeline.report().exposed()) < 0);
        }
    }

    @Test
    void afterAnIterationThatFailedNothingStartsAgain() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(40, false))
                        .node("fail", new FailOn(number -> number >= BATCH), "counter")
                        .output("n", "fail");
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(1))) {
            pipeline.next();
            for (int i = 0; i < 5; i++) {
                assertThrows(BadSample.class, pipeline::next);
            }
            var consumer = pipeline.report().consumer();
            assertTrue(consumer.waited().isPositive());
            assertEquals(Duration.ZERO, consumer.restarted());
        }
    }

    @Test
    void whileABatchIsWorkedOnThereIsNoPause() {
        var graph = Trial.graph().node("counter", new Counter(8, false)).output("n", "counter");
        try (var pipeline = graph.build(Options.batchSize(2).threads(1))) {
            for (var batch : pipeline.take(2)) {
                assertEquals(Duration.ZERO, pipeline.report().consumer().paused());
                if (batch.iteration() == 1) {
                    once(pipeline, report -> report.consumer().worked().isPositive());
                }
            }
        }
    }

    /// Has two workers at it at once, and counts the time of the one that helps.
    private record Shared(CyclicBarrier both, AtomicLong helpedNanos)
            implements BatchOperator<Void> {
        @Override
        public Void start() {
            return null;
        }

        @Override
        public Void run(Void before, BatchInputs in, BatchOutputs out, BatchContext context)
                throws Exception {
            var caller = Thread.currentThread();
            context.forEach(
                    in.batchSize(),
                    (sample, own) -> {
                        long start = System.nanoTime();
                        both.await();
                        out.share(0, sample, in.get(0).get(sample));
                        if (Thread.currentThread() != caller) {
                            helpedNanos.addAndGet(System.nanoTime() - start);
                        }
                    });
            return before;
        }
    }

    @Test
    void theTimeOfWorkersThatHelpWithALoopCountsToo() {
        var shared = new Shared(new CyclicBarrier(2), new AtomicLong());
        var graph =
                Trial.graph()
                        .node("counter", new Counter(40, false))
                        .node("shared", shared, "counter")
                        .node("copy", new Copy(0), "shared")
                        .output("n", "copy");
        try (var pipeline = graph.build(Options.batchSize(2).threads(2).prefetch(1))) {
            pipeline.epoch().forEach(batch -> {});
            for (var row : pipeline.report().nodes()) {
                long helped = row.helped().toNanos();
                if (row.name().equals("shared")) {
                    assertTrue(helped >= shared.helpedNanos.get(), "20 units of " + row);
                    assertTrue(row.time().toNanos() > helped, "and the caller's own: " + row);
                } else {
                    assertEquals(0, helped, row.name());
                }
            }
            assertTrue(shared.helpedNanos.get() > 0);
        }
    }

    /// A row of numbers; its length may be known before.
    private record Row(boolean promised) implements Transform {
        private static final TensorSpec SPEC = TensorSpec.of(ElementType.FLOAT32, "", 64);

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return SPEC;
        }

        @Override
        public SpecPattern promise(SpecPattern in) {
            return promised ? SpecPattern.exactly(SPEC) : SpecPattern.OPEN;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            for (int i = 0; i < 64; i++) {
                out.float32(i, (float) in.int64(0));
            }
        }
    }

    private static Pipeline steady(boolean promised, Options options) {
        return Trial.graph()
                .node("counter", new Counter(64 * 50, false))
                .node("copy", new Copy(0), "counter")
                .node("row", new Row(promised), "copy")
                .output("row", "row")
                .build(options);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void onceWarmNoMemoryIsAskedFromTheSystem(boolean promised) {
        for (int prefetch : new int[] {1, 4}) {
            var options = Options.batchSize(64).threads(1).prefetch(prefetch);
            try (var pipeline = steady(promised, options)) {
                pipeline.take(10).forEach(batch -> batch.get("row").dense());
                long misses = pipeline.report().poolMisses();
                pipeline.take(300).forEach(batch -> batch.get("row").dense());
                assertEquals(misses, pipeline.report().poolMisses(), "prefetch " + prefetch);
            }
        }
    }

    /// What an iteration may cost its worker in heap: for each sample the object by which its slot
    /// is seen, 48 bytes, and as much again for all else.
    private static final long HEAP_BYTES_OF_A_BATCH = 64 * 48 * 2;

    @Test
    void onceWarmABatchCostsTheWorkersLittleHeap() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        var others = Thread.getAllStackTraces().keySet();
        try (var pipeline = steady(true, Options.batchSize(64).threads(1).prefetch(2))) {
            pipeline.take(300).forEach(batch -> {});
            long[] workers =
                    Thread.getAllStackTraces().keySet().stream()
                            .filter(thread -> thread.getName().startsWith("trial worker"))
                            .filter(thread -> !others.contains(thread))
                            .mapToLong(Thread::threadId)
                            .toArray();
            assertEquals(1, workers.length);
            long before = sum(threads.getThreadAllocatedBytes(workers));
            pipeline.take(500).forEach(batch -> {});
            long each = (sum(threads.getThreadAllocatedBytes(workers)) - before) / 500;
            assertTrue(each <= HEAP_BYTES_OF_A_BATCH, each + " bytes of heap for a batch");
        }
    }

    private static long sum(long[] numbers) {
        return Arrays.stream(numbers).sum();
    }
}
