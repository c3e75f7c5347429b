package dev.headrace.engine.run;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.LessSmallest;
import dev.headrace.engine.run.Trial.Repeat;
import dev.headrace.engine.run.Trial.Split;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What Java Flight Recorder gets to know of a run, and that it costs nothing where nobody records.
@Timeout(60)
class EventsTest {
    private static Map<String, Long> count(List<RecordedEvent> events, String field) {
        return events.stream().collect(groupingBy(event -> event.getString(field), counting()));
    }

    private static List<Long> numbers(List<RecordedEvent> events, String field) {
        return events.stream().map(event -> event.getLong(field)).sorted().toList();
    }

    private static List<Long> upTo(long end) {
        return LongStream.range(0, end).boxed().toList();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 4", "2, 1", "2, 4"})
    void eachSampleCallBatchAndIterationIsAnEvent(int threads, int prefetch) {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(10, false))
                        .node("copy", new Copy(0), "counter")
                        .output("n", "copy");
        var recorded =
                Recorded.of(
                        () -> {
                            var options = Options.batchSize(4).threads(threads).prefetch(prefetch);
                            try (var pipeline = graph.build(options)) {
                                pipeline.epoch().forEach(batch -> {});
                            }
                        });
        assertEquals(upTo(10), numbers(recorded.all("Sample"), "sample"));
        var calls = recorded.all("OperatorCall");
        assertEquals(Map.of("counter", 10L, "copy", 10L), count(calls, "node"));
        assertEquals(Map.of("Counter", 10L, "Copy", 10L), count(calls, "operator"));
        assertEquals(Map.of("Trial.java:1", 10L, "Trial.java:2", 10L), count(calls, "line"));
        assertEquals(upTo(3), numbers(recorded.all("Batch"), "iteration"));
        assertEquals(List.of(2L, 4L, 4L), numbers(recorded.all("Batch"), "samples"));
        assertEquals(upTo(3), numbers(recorded.all("Iteration"), "iteration"));
        assertEquals(Map.of("delivered", 3L), count(recorded.all("Iteration"), "outcome"));
        var waits = recorded.all("Wait");
        var forBatches =
                waits.stream()
                        .filter(event -> event.getString("reason").equals(WaitEvent.FOR_A_BATCH))
                        .toList();
        assertEquals(List.of(-1L, 0L, 1L, 2L), numbers(forBatches, "iteration"));
        var workers = IntStream.range(0, threads).mapToObj(i -> "worker " + i).collect(toSet());
        assertTrue(workers.containsAll(count(calls, "lane").keySet()));
        assertEquals(1, count(recorded.events(), "pipeline").size());
        for (var queue : recorded.all("Queue")) {
            assertTrue(queue.getInt("ready") <= queue.getInt("inFlight"));
            assertTrue(queue.getInt("inFlight") <= prefetch);
        }
        var last = recorded.all("Queue").stream().filter(e -> e.getInt("inFlight") == 0).findAny();
        assertTrue(last.isPresent(), "the queue is seen empty");
    }

    @Test
    void callsLieWithinTheirSampleAndTheirBatchCall() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(8, false))
                        .node("less", new LessSmallest(), "counter")
                        .output("n", "less");
        var recorded =
                Recorded.of(
                        () -> {
                            try (var pipeline = graph.build(Options.batchSize(4).threads(2))) {
                                pipeline.epoch().forEach(batch -> {});
                            }
                        });
        var calls = recorded.all("OperatorCall");
        var whole = calls.stream().filter(call -> call.getLong("sample") < 0).toList();
        assertEquals(Map.of("less", 2L), count(whole, "node"));
        assertEquals(List.of(4L, 4L), numbers(whole, "samples"));
        for (var call : calls) {
            if (call.getLong("sample") >= 0) {
                boolean ofSegment = call.getString("node").equals("counter");
                var outer = ofSegment ? recorded.all("Sample") : whole;
                assertTrue(
                        outer.stream()
                                .filter(
                                        each ->
                                                each.getLong("iteration")
                                                        == call.getLong("iteration"))
                                .filter(each -> !ofSegment || same(each, call, "sample"))
                                .anyMatch(each -> contains(each, call)),
                        () -> "within: " + call);
            }
        }
    }

    private static boolean same(RecordedEvent one, RecordedEvent other, String field) {
        return one.getLong(field) == other.getLong(field);
    }

    private static boolean contains(RecordedEvent outer, RecordedEvent inner) {
        return !outer.getStartTime().isAfter(inner.getStartTime())
                && !outer.getEndTime().isBefore(inner.getEndTime());
    }

    @Test
    void whatFailsIsMarked() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(8, false))
                        .node("fail", new FailOn(number -> number == 5), "counter")
                        .node("after", new Copy(0), "fail")
                        .output("n", "after");
        var recorded =
                Recorded.of(
                        () -> {
                            try (var pipeline = graph.build(Options.batchSize(4).threads(1))) {
                                pipeline.next();
                                assertThrows(BadSample.class, pipeline::next);
                            }
                        });
        var failed =
                recorded.all("OperatorCall").stream()
                        .filter(call -> call.getBoolean("failed"))
                        .toList();
        assertEquals(Map.of("fail", 1L), count(failed, "node"));
        assertEquals(List.of(5L), numbers(failed, "sample"));
        var iteration =
                recorded.all("Iteration").stream()
                        .filter(each -> each.getLong("iteration") == 1)
                        .findFirst()
                        .orElseThrow();
        assertEquals("failed", iteration.getString("outcome"));
        assertEquals("FailOn refuses 5", iteration.getString("failure"));
        assertEquals(upTo(6), numbers(recorded.all("Sample"), "sample"), "5 is the last to run");
        assertEquals(List.of(0L), numbers(recorded.all("Batch"), "iteration"));
    }

    @Test
    void aSampleThatIsTakenAgainIsOneEventWithAllItsCalls() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(600, false))
                        .node("fail", new FailOn(number -> number % 4 == 1), "counter")
                        .output("n", "fail");
        var attempts = new long[1];
        var recorded =
                Recorded.of(
                        () -> {
                            var options =
                                    Options.batchSize(200).badSamples(BadSamples.skip(10_000));
                            try (var pipeline = graph.build(options)) {
                                pipeline.epoch().forEach(batch -> {});
                                attempts[0] = 600 + pipeline.report().badSampleCount();
                            }
                        });
        assertEquals(upTo(600), numbers(recorded.all("Sample"), "sample"));
        assertTrue(attempts[0] >= 750, attempts[0] + " attempts");
        assertEquals(
                Map.of("counter", attempts[0], "fail", attempts[0]),
                count(recorded.all("OperatorCall"), "node"));
    }

    @Test
    void whatLiesBeyondTheEndOfAnEpochIsGivenUp() {
        var graph = Trial.graph().node("s", new Stream(10, 3)).output("n", "s");
        var recorded =
                Recorded.of(
                        () -> {
                            try (var pipeline = graph.build(Options.batchSize(4).prefetch(8))) {
                                pipeline.epoch().forEach(batch -> {});
                            }
                        });
        var outcomes = count(recorded.all("Iteration"), "outcome");
        assertEquals(4, outcomes.get("delivered"));
        assertTrue(outcomes.get("given up") >= 4, outcomes::toString); // 8 began at once
        assertEquals(
                Set.of("s"),
                count(recorded.all("OperatorCall"), "lane").keySet(),
                "a step on virtual threads is one lane while its runs take turns");
    }

    @Test
    void whatIsOnOneLaneIsOneAfterTheOtherOrOneWithinTheOther() {
        var graph =
                Trial.graph()
                        .node("s", new Stream(40, 3))
                        .node("copy", new Copy(0), "s")
                        .node("less", new LessSmallest(), "copy")
                        .output("n", "less");
        var recorded =
                Recorded.of(
                        () -> {
                            var options = Options.batchSize(4).threads(2).prefetch(3);
                            try (var pipeline = graph.build(options)) {
                                pipeline.epochs(3).forEach(batch -> {});
                            }
                        });
        var lanes =
                recorded.events().stream()
                        .filter(event -> !event.getEventType().getName().endsWith(".Queue"))
                        .collect(groupingBy(event -> event.getString("lane")));
        assertTrue(
                lanes.keySet()
                        .containsAll(
                                Set.of(
                                        "consumer",
                                        "s",
                                        "in flight 0",
                                        "in flight 1",
                                        "in flight 2")),
                lanes.keySet().toString());
        lanes.forEach(
                (lane, events) -> {
                    for (var one : events) {
                        for (var other : events) {
                            assertTrue(
                                    contains(one, other)
                                            || contains(other, one)
                                            || !one.getEndTime().isAfter(other.getStartTime())
                                            || !other.getEndTime().isAfter(one.getStartTime()),
                                    () -> "on " + lane + ": " + one + other);
                        }
                    }
                });
    }

    @Test
    void aCopyToMakeADenseTensorIsToldWithItsBytes() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(8, false))
                        .node("copy", new Copy(0), "counter")
                        .output("n", "copy");
        var recorded =
                Recorded.of(
                        () -> {
                            try (var pipeline = graph.build(Options.batchSize(4).prefetch(1))) {
                                pipeline.next().get("n").dense(); // its spec was not foreseen
                                pipeline.next().get("n").dense(); // it was
                            }
                        });
        var copies = recorded.all("Copy");
        assertEquals(1, copies.size());
        var copy = copies.getFirst();
        assertEquals("copy", copy.getString("value"));
        assertEquals(4 * 8, copy.getLong("bytes"));
        assertEquals(CopyEvent.TO_PACK, copy.getString("why"));
        assertEquals(0, copy.getLong("iteration"));
        assertEquals("consumer", copy.getString("lane"));
    }

    @Test
    void twoPipelinesOfOneNameAreToldApart() {
        var graph = Trial.graph().node("counter", new Counter(8, false)).output("n", "counter");
        var recorded =
                Recorded.of(
                        () -> {
                            try (var one = graph.build(Options.batchSize(4));
                                    var other = graph.build(Options.batchSize(8))) {
                                one.epoch().forEach(batch -> {});
                                other.epoch().forEach(batch -> {});
                            }
                        });
        var batches = count(recorded.all("Batch"), "pipeline");
        assertEquals(Set.of(1L, 2L), Set.copyOf(batches.values()));
        assertTrue(batches.keySet().stream().allMatch(name -> name.startsWith("trial")));
    }

    @Test
    void anIterationThatWaitsForMemoryIsSeen() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(1000, false))
                        .node("copy", new Copy(0), "counter")
                        .output("n", "copy");
        // a batch and its ids take 4,096 bytes each: one iteration fits, a second beside it not
        var options = Options.batchSize(128).prefetch(4).memoryLimit(12_000);
        var recorded =
                Recorded.of(
                        () -> {
                            try (var pipeline = graph.build(options)) {
                                pipeline.epoch().forEach(batch -> {});
                            }
                        });
        assertTrue(
                count(recorded.all("Wait"), "reason").containsKey(WaitEvent.FOR_MEMORY),
                () -> count(recorded.all("Wait"), "reason").toString());
    }

    @Test
    void byDefaultShortCallsAreLeftOut() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4000, false))
                        .node("split", new Split(3), "counter")
                        .output("n", "split");
        var recorded =
                Recorded.byDefault(
                        () -> {
                            try (var pipeline = graph.build(Options.batchSize(4))) {
                                pipeline.epoch().forEach(batch -> {});
                            }
                        });
        long calls = recorded.all("OperatorCall").size() + recorded.all("Sample").size();
        assertTrue(calls < 400, calls + " of 12,000 are long"); // a machine may stall now and then
        assertFalse(recorded.all("Batch").isEmpty());
        assertTrue(recorded.all("Batch").size() < 1000, "no flood of batches");
    }

    @Test
    void whereNobodyRecordsNoEventBegins() {
        Recorded.of(() -> {});
        assertNull(SampleEvent.start());
        assertNull(OperatorCallEvent.start());
        assertNull(WaitEvent.start());
        assertNull(CopyEvent.start());
        assertNull(BatchEvent.start());
        assertNull(IterationEvent.start());
    }

    /// A little more than in ReportTest, since the compiler has less time here; the events of each
    /// sample, one for it and one for each of its two calls, would take twice as much.
    private static final long HEAP_BYTES_OF_A_BATCH = 64 * 48 * 3;

    @Test
    void whereNobodyRecordsNoEventCostsHeap() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(64 * 50, false))
                        .node("copy", new Copy(0), "counter")
                        .output("n", "copy");
        try (var pipeline = graph.build(Options.batchSize(64).threads(1).prefetch(2))) {
            Recorded.of(() -> pipeline.take(300).forEach(batch -> {})); // from now on they are real
            pipeline.take(300).forEach(batch -> {});
            var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long worker =
                    Thread.getAllStackTraces().keySet().stream()
                            .filter(thread -> thread.getName().equals("trial worker 0"))
                            .mapToLong(Thread::threadId)
                            .max() // the youngest
                            .orElseThrow();
            long least = Long.MAX_VALUE; // the compiler takes its time
            for (int round = 0; round < 100 && least > HEAP_BYTES_OF_A_BATCH; round++) {
                long before = threads.getThreadAllocatedBytes(worker);
                pipeline.take(200).forEach(batch -> {});
                least = Math.min(least, (threads.getThreadAllocatedBytes(worker) - before) / 200);
            }
            assertTrue(least <= HEAP_BYTES_OF_A_BATCH, least + " bytes of heap for a batch");
        }
    }

    @Test
    void aRecordingThatBeginsOrEndsInTheMiddleHarmsNothing() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(100_000, false))
                        .node("repeat", new Repeat(), "counter")
                        .output("n", "repeat");
        try (var pipeline = graph.build(Options.batchSize(16).threads(2).prefetch(4))) {
            var sums = new ArrayList<Integer>();
            for (int round = 0; round < 3; round++) {
                pipeline.take(20).forEach(batch -> sums.add(batch.size()));
                var recorded =
                        Recorded.of(() -> pipeline.take(20).forEach(b -> sums.add(b.size())));
                assertTrue(recorded.all("Batch").size() >= 19);
                assertTrue(recorded.all("Iteration").size() <= 20);
            }
            assertEquals(120, sums.size());
            assertEquals(Set.of(16), Set.copyOf(sums));
        }
    }
}
