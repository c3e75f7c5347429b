package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Noise;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.run.Trial.Sum;
import dev.headrace.engine.spec.LastBatch;
import dev.headrace.engine.spec.Options;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sources that are read in order and say themselves when the epoch ends.
@Timeout(60)
class SequentialTest {
    private static final int BATCH = 4;

    /// Numbers in portions; the last one ends the epoch, or, if late, a call after it that gives
    /// nothing.
    record Portions(List<Integer> counts, boolean stated, boolean late)
            implements SequentialSource<Portions.At> {
        record At(int call, long given) {}

        @Override
        public At start() {
            return new At(0, 0);
        }

        @Override
        public At read(At before, BatchOutputs out, BatchContext context) {
            int call = before.call();
            int count = call < counts.size() ? counts.get(call) : 0;
            if (stated) {
                out.samples(count);
            }
            for (int sample = 0; sample < count; sample++) {
                out.make(0, sample, Trial.NUMBER).int64(0, before.given() + sample);
            }
            if (call + 1 >= counts.size() + (late ? 1 : 0)) {
                context.end();
            }
            return new At(call + 1, before.given() + count);
        }

        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(SpecPattern.exactly(Trial.NUMBER));
        }
    }

    /// What was delivered: as text, so that a difference is easy to read.
    private static String text(Batch batch) {
        var list = batch.get("n");
        var positions = new ArrayList<Long>();
        for (int sample = 0; sample < list.size(); sample++) {
            assertEquals(batch.epoch(), list.id(sample).epoch());
            positions.add(list.id(sample).position());
        }
        return "%d: %s at %s, %d added"
                .formatted(batch.epoch(), Trial.numbers(batch, "n"), positions, batch.padding());
    }

    private static List<String> texts(Iterable<Batch> batches) {
        var all = new ArrayList<String>();
        batches.forEach(batch -> all.add(text(batch)));
        return all;
    }

    /// The same, for numbers in order, by cutting a list.
    private static List<String> model(int samples, LastBatch last, int epochs) {
        var all = new ArrayList<String>();
        for (int epoch = 0; epoch < epochs; epoch++) {
            for (long from = 0; from < samples; from += BATCH) {
                long to = Math.min(from + BATCH, samples);
                var numbers = new ArrayList<>(LongStream.range(from, to).boxed().toList());
                int missing = BATCH - numbers.size();
                if (missing > 0 && last == LastBatch.DROP) {
                    continue;
                }
                int added = last == LastBatch.PAD ? missing : 0;
                for (int i = 0; i < added; i++) {
                    numbers.add(to - 1);
                }
                all.add("%d: %s at %s, %d added".formatted(epoch, numbers, numbers, added));
            }
        }
        return all;
    }

    private static Trial.Sketch over(SequentialSource<?> source) {
        return Trial.graph()
                .node("source", source)
                .node("copy", new Copy(0), "source")
                .output("n", "copy");
    }

    private interface Use {
        void of(Pipeline pipeline, String where);
    }

    private static void withAnyThreads(SequentialSource<?> source, LastBatch last, Use use) {
        for (int threads : new int[] {1, 2, 7}) {
            for (int prefetch : new int[] {1, 4}) {
                var options = Options.batchSize(BATCH).threads(threads).prefetch(prefetch);
                try (var pipeline = over(source).build(options.lastBatch(last))) {
                    use.of(pipeline, threads + " threads, prefetch " + prefetch);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "8, PARTIAL", "8, PAD", "8, DROP", "10, PARTIAL", "10, PAD", "10, DROP", "3, PARTIAL",
        "3, PAD", "3, DROP", "1, PAD", "0, PARTIAL", "0, PAD", "0, DROP", "41, PAD"
    })
    void endsAnEpochAsAskedForWholeAndShortLastBatches(int samples, LastBatch last) {
        var expected = model(samples, last, 3);
        withAnyThreads(
                new Stream(samples, BATCH),
                last,
                (pipeline, where) -> assertEquals(expected, texts(pipeline.epochs(3)), where));
    }

    @ParameterizedTest
    @CsvSource({"PARTIAL, false", "PARTIAL, true", "PAD, false", "PAD, true", "DROP, true"})
    void takesPortionsOfAnySize(LastBatch last, boolean stated) {
        var expected = new ArrayList<String>();
        for (int epoch = 0; epoch < 2; epoch++) {
            expected.add(epoch + ": [0, 1, 2] at [0, 1, 2], 0 added");
            expected.add(epoch + ": [3, 4, 5, 6, 7, 8, 9] at [3, 4, 5, 6, 7, 8, 9], 0 added");
            expected.add(epoch + ": [] at [], 0 added");
            if (last == LastBatch.PARTIAL) {
                expected.add(epoch + ": [10, 11] at [10, 11], 0 added");
            } else if (last == LastBatch.PAD) {
                expected.add(epoch + ": [10, 11, 11, 11] at [10, 11, 11, 11], 2 added");
            }
        }
        withAnyThreads(
                new Portions(List.of(3, 7, 0, 2), stated, false),
                last,
                (pipeline, where) -> assertEquals(expected, texts(pipeline.epochs(2)), where));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEndThatIsFoundLateAddsNoBatch(boolean stated) {
        withAnyThreads(
                new Portions(List.of(4, 4), stated, true),
                LastBatch.PAD,
                (pipeline, where) ->
                        assertEquals(model(8, LastBatch.PAD, 3), texts(pipeline.epochs(3)), where));
    }

    @Test
    void everyWayOfAskingGoesThroughTheSameBatches() {
        var expected = model(10, LastBatch.PARTIAL, 4);
        withAnyThreads(
                new Stream(10, BATCH),
                LastBatch.PARTIAL,
                (pipeline, where) -> {
                    var all = new ArrayList<String>();
                    for (var batch : pipeline.epoch()) {
                        all.add(text(batch)); // and leave
                        break;
                    }
                    all.addAll(texts(pipeline.epoch()));
                    assertEquals(expected.subList(0, 3), all, where);
                    for (var batch : pipeline.endless()) {
                        all.add(text(batch));
                        if (all.size() == 8) {
                            break;
                        }
                    }
                    assertEquals(2, pipeline.next().epoch(), where);
                    all.add(expected.get(8));
                    all.addAll(texts(pipeline.take(1)));
                    all.add(text(pipeline.next()));
                    all.addAll(texts(pipeline.epoch()));
                    assertEquals(expected, all, where);
                });
    }

    @Test
    void anEpochWithoutSamplesIsToldWhereABatchMustCome() {
        withAnyThreads(
                new Stream(0, BATCH),
                LastBatch.PARTIAL,
                (pipeline, where) -> {
                    assertEquals(List.of(), texts(pipeline.epoch()), where);
                    assertEquals(List.of(), texts(pipeline.epochs(3)), where);
                    var failure = assertThrows(NoSuchElementException.class, pipeline::next);
                    assertEquals("epoch 5 of trial has no samples", failure.getMessage(), where);
                    var endless = pipeline.endless().iterator();
                    failure = assertThrows(NoSuchElementException.class, endless::hasNext);
                    assertEquals("epoch 6 of trial has no samples", failure.getMessage(), where);
                });
    }

    private interface Start {
        /// The first of the numbers up to 8.
        ///
        /// @param start how often it was started before
        long at(int start) throws Exception;
    }

    private record Restarted(Start first, AtomicInteger starts) implements SequentialSource<Long> {
        static Restarted at(Start start) {
            return new Restarted(start, new AtomicInteger());
        }

        @Override
        public Long start() throws Exception {
            return first.at(starts.getAndIncrement());
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            return new Stream(8, BATCH).read(before, out, context);
        }
    }

    @Test
    void aStreamThatGivesNothingInItsSecondEpochIsStartedTwiceOnly() {
        for (int prefetch : new int[] {1, 2, 4}) {
            var once = Restarted.at(start -> start == 0 ? 0 : 8);
            try (var pipeline =
                    over(once).build(Options.batchSize(BATCH).threads(2).prefetch(prefetch))) {
                var endless = pipeline.endless().iterator();
                assertEquals(0, endless.next().epoch());
                assertEquals(0, endless.next().epoch());
                var failure = assertThrows(NoSuchElementException.class, endless::hasNext);
                assertEquals("epoch 1 of trial has no samples", failure.getMessage());
                assertEquals(2, once.starts().get(), "prefetch " + prefetch);
            }
        }
    }

    @Test
    void anEmptyEpochThatWasPassedIsForgotten() {
        try (var pipeline =
                over(Restarted.at(start -> start == 0 ? 8 : 0))
                        .build(Options.batchSize(BATCH).threads(1).prefetch(1))) {
            assertEquals(1, pipeline.epochs(3).iterator().next().epoch());
            var endless = pipeline.endless().iterator();
            assertEquals("1: [4, 5, 6, 7] at [4, 5, 6, 7], 0 added", text(endless.next()));
            assertEquals(2, endless.next().epoch());
        }
    }

    @Test
    void aRandomNodeWithoutInputsHasAsManySamplesAndTheSameValuesForAnyBatchSize() {
        var values = new ArrayList<List<Double>>();
        for (int batchSize : new int[] {1, 3, 4, 100}) {
            var graph =
                    over(new Stream(10, 100))
                            .node("noise", new Noise(0))
                            .node("sum", new Sum(), "noise", "copy")
                            .output("noise", "noise")
                            .output("sum", "sum");
            var noise = new ArrayList<Double>();
            try (var pipeline = graph.build(Options.batchSize(batchSize).threads(2))) {
                for (var batch : pipeline.epochs(2)) {
                    assertEquals(batch.get("n").size(), batch.get("noise").size());
                    assertEquals(batch.get("n").size(), batch.get("sum").size());
                    for (int sample = 0; sample < batch.size(); sample++) {
                        assertEquals(batch.get("n").id(sample), batch.get("noise").id(sample));
                        noise.add(batch.get("noise").get(sample).float64(0));
                    }
                }
            }
            values.add(noise);
            assertEquals(20, noise.size());
            assertEquals(values.getFirst(), noise, "batches of " + batchSize);
        }
    }

    private record Closeable(long given, AtomicInteger closed) implements AutoCloseable {
        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    private record Handle(AtomicInteger opened, AtomicInteger closed)
            implements SequentialSource<Closeable> {
        @Override
        public Closeable start() {
            assertEquals(opened.getAndIncrement(), closed.get(), "closed before the next start");
            return new Closeable(0, closed);
        }

        @Override
        public Closeable read(Closeable before, BatchOutputs out, BatchContext context) {
            return new Closeable(new Stream(8, BATCH).read(before.given(), out, context), closed);
        }
    }

    @Test
    void theStateIsClosedAtTheEpochsEndAndWithThePipeline() {
        for (int prefetch : new int[] {1, 4}) {
            var handle = new Handle(new AtomicInteger(), new AtomicInteger());
            try (var pipeline =
                    over(handle).build(Options.batchSize(BATCH).threads(2).prefetch(prefetch))) {
                for (int epoch = 0; epoch < 3; epoch++) {
                    assertEquals(2, texts(pipeline.epoch()).size());
                    assertEquals(epoch + 1, handle.closed().get(), "closed at the epoch's end");
                }
                pipeline.next();
            }
            assertEquals(4, handle.opened().get());
            assertEquals(4, handle.closed().get(), "closed with the pipeline");
        }
    }

    @Test
    void aStartThatFailsFailsItsIterationAndIsTriedAgain() {
        var late =
                Restarted.at(
                        start -> {
                            if (start < 2) {
                                throw new IOException("no connection");
                            }
                            return 0;
                        });
        try (var pipeline = over(late).build(Options.batchSize(BATCH))) {
            for (int iteration = 0; iteration < 2; iteration++) {
                var failure = assertThrows(BadBatch.class, pipeline::next);
                assertEquals(
                        "Restarted failed: IOException: no connection\n"
                                + "  at source (Restarted), added at Trial.java:1, iteration "
                                + iteration,
                        failure.getMessage());
            }
            assertEquals(model(8, LastBatch.PARTIAL, 1), texts(pipeline.epoch()));
        }
    }

    /// Waits within its second batch.
    private record Slow(CountDownLatch arrived, CountDownLatch letGo)
            implements SequentialSource<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context)
                throws InterruptedException {
            if (before == BATCH) {
                arrived.countDown();
                letGo.await();
            }
            return new Stream(8, BATCH).read(before, out, context);
        }
    }

    @Test
    void aSourceThatWaitsHoldsNoWorker() throws InterruptedException {
        var slow = new Slow(new CountDownLatch(1), new CountDownLatch(1));
        var graph = over(slow).node("again", new Copy(1), "copy").output("again", "again");
        try (var pipeline = graph.build(Options.batchSize(BATCH).threads(1).prefetch(2))) {
            var batches = pipeline.epoch().iterator();
            var first = batches.next().retain();
            slow.arrived().await();
            assertEquals(List.of(0L, 1L, 2L, 3L), Trial.numbers(first, "again"));
            slow.letGo().countDown();
            assertEquals(List.of(4L, 5L, 6L, 7L), Trial.numbers(batches.next(), "again"));
            assertFalse(batches.hasNext());
            first.close();
        }
    }

    /// What its user feeds, batch by batch; it ends with an empty one.
    private record Fed(ConcurrentLinkedQueue<List<Long>> queue) implements SequentialSource<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public boolean ready(int iterations) {
            return queue.size() > iterations;
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            var numbers = queue.remove();
            for (int sample = 0; sample < numbers.size(); sample++) {
                out.make(0, sample, Trial.NUMBER).int64(0, numbers.get(sample));
            }
            if (numbers.isEmpty()) {
                context.end();
            }
            return before + 1;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void aSourceThatIsFedTakesWhatThereIsAndSaysWhereNothingIs(int prefetch) {
        var fed = new Fed(new ConcurrentLinkedQueue<>());
        try (var pipeline =
                over(fed).build(Options.batchSize(BATCH).threads(2).prefetch(prefetch))) {
            for (int round = 0; round < 3; round++) {
                var failure = assertThrows(IllegalStateException.class, pipeline::next);
                assertEquals(
                        "nothing was fed to source (Fed), added at Trial.java:1 for the next"
                                + " batch",
                        failure.getMessage());
                fed.queue().add(List.of(7L, 8L));
                fed.queue().add(List.of(9L));
                assertEquals(List.of(7L, 8L), Trial.numbers(pipeline.next(), "n"));
                assertEquals(List.of(9L), Trial.numbers(pipeline.next(), "n"));
            }
            assertEquals(6, pipeline.report().iterations());
            fed.queue().add(List.of());
            fed.queue().add(List.of(1L));
            assertEquals(1, pipeline.next().epoch());
            assertTrue(fed.queue().isEmpty());
        }
    }
}
