package dev.headrace.operators.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.run.Batch;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FeedTest implements OperatorContract {
    @Override
    public List<Case> cases() {
        var feed = Feed.of();
        for (int run = 0; run < 2; run++) { // the contract reads it twice
            feed.put(numbers(1, 2));
            feed.put(numbers(3));
            feed.end();
        }
        return List.of(
                Case.of("gives what was put", feed)
                        .expect(TensorValue.of(1))
                        .expect(TensorValue.of(2))
                        .expect(TensorValue.of(3)));
    }

    @Override
    public boolean goesToJson() {
        return false;
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "outputs of one name",
                        () -> Feed.of("a", "b", "a"),
                        "outputs of one name: [a, b, a]"));
    }

    private static List<TensorValue> numbers(double... numbers) {
        return Arrays.stream(numbers).mapToObj(TensorValue::of).toList();
    }

    private static List<Double> numbers(Batch batch) {
        var list = batch.get("number");
        return IntStream.range(0, list.size()).mapToObj(i -> list.get(i).number(0)).toList();
    }

    @Test
    void takesTurnsWithTheLoopWhateverTheBatchSize() {
        var feed = Feed.of("number");
        var graph = Graph.named("fed");
        graph.output("number", graph.read(feed));
        try (var pipeline = graph.build(Options.batchSize(4).threads(2).prefetch(3))) {
            for (int size = 1; size < 10; size++) {
                var sent = IntStream.range(0, size).mapToDouble(i -> i).toArray();
                feed.put(numbers(sent));
                assertEquals(Arrays.stream(sent).boxed().toList(), numbers(pipeline.next()));
            }
        }
    }

    @Test
    void endsEpochs() {
        var feed = Feed.of("number");
        var graph = Graph.named("fed");
        graph.output("number", graph.read(feed));
        try (var pipeline = graph.build(Options.batchSize(2).threads(2).prefetch(3))) {
            feed.put(numbers(1));
            feed.put(numbers(2, 3));
            feed.end();
            feed.end();
            feed.put(numbers(4));
            assertEquals(List.of(List.of(1.0), List.of(2.0, 3.0)), epoch(pipeline.epoch()));
            feed.end();
            assertEquals(List.of(List.of(4.0)), epoch(pipeline.epoch()));
            feed.put(numbers(5));
            assertEquals(2, pipeline.next().epoch());
            feed.end(); // behind a batch that was read already
            assertFalse(pipeline.epoch().iterator().hasNext());
            feed.put(numbers(6));
            feed.end();
            assertEquals(List.of(List.of(6.0)), epoch(pipeline.epoch()));
            feed.end(); // again, though what it ended was read
            feed.put(numbers(7));
            feed.end();
            assertEquals(List.of(List.of(7.0)), epoch(pipeline.epoch()));
        }
    }

    @Test
    void closingReleasesWhatWasLentAndNeverRead() {
        var released = new AtomicInteger();
        var one = TensorValue.of(1);
        var feed = Feed.of("number");
        var graph = Graph.named("fed");
        graph.output("number", graph.read(feed));
        try (feed;
                var pipeline = graph.build(Options.batchSize(1))) {
            for (int i = 0; i < 3; i++) {
                var memory = Arena.ofAuto().allocate(one.spec().bytes());
                feed.put(List.of(new Lent(one.spec(), memory, released::incrementAndGet)));
            }
            feed.end();
            pipeline.next().close();
        }
        assertEquals(3, released.get());
        var refused = assertThrows(IllegalStateException.class, () -> feed.put(numbers(1)));
        assertEquals("a batch was put into a feed that was closed", refused.getMessage());
        feed.close();
        assertEquals(3, released.get());
    }

    private static List<List<Double>> epoch(Iterable<Batch> batches) {
        var epoch = new ArrayList<List<Double>>();
        batches.forEach(batch -> epoch.add(numbers(batch)));
        return epoch;
    }

    @Test
    void saysThatNothingWasPut() {
        var feed = Feed.of("number");
        var graph = Graph.named("fed");
        graph.output("number", graph.read(feed));
        try (var pipeline = graph.build(Options.batchSize(2))) {
            var refused = assertThrows(IllegalStateException.class, pipeline::next);
            assertEquals(
                    "nothing was fed to feed (Feed) for the next batch",
                    refused.getMessage().replaceFirst(", added at FeedTest.java:\\d+", ""));
            feed.put(numbers(7));
            assertEquals(List.of(7.0), numbers(pipeline.next()));
        }
    }

    @Test
    void refusesWhatIsNoSampleOnTheUsersOwnLine() {
        var feed = Feed.of("image", "label");
        var sample = List.of(TensorValue.of(1), TensorValue.of(2));
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> feed.put(List.of(sample, TensorValue.of(1))));
        assertEquals(
                "sample 1 put into Feed is a dev.headrace.engine.data.TensorValue; a sample is a"
                        + " list with a TensorValue or a Lent for each of image, label",
                refused.getMessage());
        refused = assertThrows(IllegalArgumentException.class, () -> feed.put(List.of()));
        assertEquals("a batch of no samples was put", refused.getMessage());
        assertFalse(feed.ready(0));
    }
}
