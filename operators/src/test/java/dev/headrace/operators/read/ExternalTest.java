package dev.headrace.operators.read;

import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.testkit.Trial;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ExternalTest {
    private static final TensorSpec NUMBER = TensorSpec.scalar(ElementType.FLOAT64);

    private static List<Double> epoch(Pipeline pipeline) {
        var numbers = new ArrayList<Double>();
        for (var batch : pipeline.epoch()) {
            var list = batch.get("number");
            for (int sample = 0; sample < list.size(); sample++) {
                numbers.add(list.get(sample).number(0));
            }
        }
        return numbers;
    }

    private static Graph graph(External.Walk source) {
        var graph = Graph.named("external");
        graph.output("number", graph.read(source));
        return graph;
    }

    private static List<TensorValue> numbers(double... numbers) {
        return Arrays.stream(numbers).mapToObj(TensorValue::of).toList();
    }

    @Test
    void walksAnIterableAnewEachEpoch() {
        var source = External.iterable(numbers(3, 1, 4, 1, 5));
        for (int batchSize : new int[] {1, 2, 5, 7}) {
            try (var pipeline = graph(source).build(Options.batchSize(batchSize).threads(2))) {
                assertEquals(List.of(3.0, 1.0, 4.0, 1.0, 5.0), epoch(pipeline), "" + batchSize);
                assertEquals(List.of(3.0, 1.0, 4.0, 1.0, 5.0), epoch(pipeline), "" + batchSize);
            }
        }
    }

    @Test
    void takesSeveralOutputsOfAnyExtents() {
        var samples =
                List.of(
                        List.of(float32("", shape(2), 1, 2), scalar(ElementType.INT8, 3)),
                        List.of(float32("", shape(1), 4), scalar(ElementType.INT8, 5)));
        var source = External.iterable(samples, "values", "label");
        var results = Trial.of(source, List.of()).run(Options.batchSize(2).withChecks());
        assertEquals(
                List.of(float32("", shape(2), 1, 2), float32("", shape(1), 4)), results.get(0));
        assertEquals(
                List.of(scalar(ElementType.INT8, 3), scalar(ElementType.INT8, 5)), results.get(1));
    }

    @Test
    void readsLentMemoryInPlaceAndReleasesItOnce() {
        var released = new AtomicInteger();
        try (var arena = Arena.ofShared()) {
            var memory = arena.allocate(16, 8);
            memory.set(ValueLayout.JAVA_DOUBLE, 0, 2.5);
            var lent = new Lent(NUMBER, memory, released::incrementAndGet);
            try (var pipeline =
                    graph(External.iterable(List.of(lent))).build(Options.batchSize(1))) {
                var tensor = pipeline.next().get("number").get(0);
                assertEquals(memory.address(), tensor.address());
                assertEquals(2.5, tensor.number(0));
                assertEquals(0, released.get());
            }
        }
        assertEquals(1, released.get());
    }

    @Test
    void releasesLentMemoryOfSamplesThatFail() {
        var released = new AtomicInteger();
        try (var arena = Arena.ofShared()) {
            var lent = new Lent(NUMBER, arena.allocate(8, 8), released::incrementAndGet);
            var source = External.iterable(List.of(lent, lent, "garbage"));
            try (var pipeline = graph(source).build(Options.batchSize(3))) {
                assertThrows(BadBatch.class, pipeline::next);
            }
            assertEquals(2, released.get());
            released.set(0);
            var indexed =
                    External.indexed(1, index -> Arrays.asList(lent, null), "number", "other");
            var graph = Graph.named("indexed");
            graph.output("number", graph.read(indexed).get("number"));
            try (var pipeline = graph.build(Options.batchSize(1))) {
                assertThrows(BadSample.class, pipeline::next);
            }
            assertEquals(1, released.get());
        }
    }

    @Test
    void asksASupplierWithoutEnd() {
        var next = new AtomicInteger();
        var source = External.supplier(() -> TensorValue.of(next.getAndIncrement()));
        try (var pipeline = graph(source).build(Options.batchSize(2).threads(1).prefetch(1))) {
            assertEquals(0, pipeline.next().get("number").get(0).number(0));
            var batch = pipeline.next();
            assertEquals(2, batch.get("number").get(0).number(0));
            assertEquals(3, batch.get("number").get(1).number(0));
        }
    }

    @Test
    void asksAFunctionByNumberInAnyOrder() {
        var source = External.indexed(50, index -> TensorValue.of(index * index)).shuffled();
        var graph = Graph.named("indexed");
        graph.output("number", graph.read(source));
        try (var pipeline = graph.build(Options.batchSize(7).threads(3))) {
            var squares =
                    LongStream.range(0, 50).mapToObj(index -> (double) index * index).toList();
            var given = epoch(pipeline);
            assertEquals(squares, given.stream().sorted().toList());
        }
    }

    @Test
    void saysWhatTheUsersIteratorDid() {
        Iterator<TensorValue> failing =
                new Iterator<>() {
                    private int given;

                    @Override
                    public boolean hasNext() {
                        return given < 4;
                    }

                    @Override
                    public TensorValue next() {
                        if (given++ == 1) {
                            throw new IllegalStateException("the disk is full");
                        }
                        return given == 3 ? null : TensorValue.of(given);
                    }
                };
        try (var pipeline = graph(External.iterable(() -> failing)).build(Options.batchSize(1))) {
            assertEquals(1, pipeline.next().get("number").get(0).number(0));
            assertEquals(
                    """
                    the code given to External threw java.lang.IllegalStateException: the disk is full
                      at external (External), iteration 1\
                    """,
                    refusal(pipeline));
            assertEquals(
                    """
                    the code given to External returned null; a sample is a TensorValue or a Lent
                      at external (External), iteration 2\
                    """,
                    refusal(pipeline));
            assertEquals(4, pipeline.next().get("number").get(0).number(0));
        }
    }

    private static String refusal(Pipeline pipeline) {
        var refused = assertThrows(BadBatch.class, pipeline::next);
        return refused.getMessage().replaceFirst(", added at ExternalTest.java:\\d+", "");
    }

    @Test
    void saysThatThereIsNoIterator() {
        try (var pipeline = graph(External.iterable(() -> null)).build(Options.batchSize(1))) {
            assertEquals(
                    """
                    the iterable given to External has a null iterator
                      at external (External), iteration 0\
                    """,
                    refusal(pipeline));
        }
    }

    @Test
    void saysWhatTheUsersFunctionDid() {
        var source =
                External.indexed(
                        4,
                        index ->
                                switch ((int) index) {
                                    case 0 -> throw new StackOverflowError();
                                    case 1 -> List.of(TensorValue.of(1));
                                    case 2 -> Arrays.asList(TensorValue.of(1), "two");
                                    default -> List.of(TensorValue.of(1), TensorValue.of(2));
                                },
                        "first",
                        "second");
        var graph = Graph.named("indexed");
        graph.output("second", graph.read(source).get("second"));
        try (var pipeline = graph.build(Options.batchSize(1).threads(1))) {
            var wanted =
                    "; a sample is a list with a TensorValue or a Lent for each of first, second";
            assertEquals(
                    List.of(
                            "the code given to External threw java.lang.StackOverflowError",
                            "the code given to External returned a list of [a"
                                    + " dev.headrace.engine.data.TensorValue]"
                                    + wanted,
                            "the code given to External returned a list of [a"
                                    + " dev.headrace.engine.data.TensorValue, a java.lang.String]"
                                    + wanted),
                    List.of(what(pipeline), what(pipeline), what(pipeline)));
            assertEquals(2, pipeline.next().get("second").get(0).number(0));
        }
    }

    private static String what(Pipeline pipeline) {
        return assertThrows(BadSample.class, pipeline::next).what();
    }

    @Test
    void refusesNamesThatAreNotDistinct() {
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> External.iterable(List.of(), "a", "a"));
        assertEquals("outputs of one name: [a, a]", refused.getMessage());
    }

    @Test
    void lentMemoryIsOffHeapAndLargeEnough() {
        var heap = MemorySegment.ofArray(new byte[8]);
        var refused = assertThrows(IllegalArgumentException.class, () -> Lent.of(NUMBER, heap));
        assertEquals("memory on the heap cannot be lent", refused.getMessage());
        var small = Arena.ofAuto().allocate(7);
        refused = assertThrows(IllegalArgumentException.class, () -> Lent.of(NUMBER, small));
        assertEquals("FLOAT64 scalar needs 8 bytes, got 7", refused.getMessage());
    }
}
