package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.memory.Release;
import dev.headrace.engine.memory.SharedMemory;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.LessSmallest;
import dev.headrace.engine.run.Trial.Repeat;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.run.Trial.Widen;
import dev.headrace.engine.spec.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What an operator that shares memory reads and makes lies where another process can read it.
@Timeout(60)
class SharedValuesTest {
    /// The sum of the first elements of its inputs, which it reads as another process would.
    private record SumElsewhere(int outputCount, boolean sharesMemory)
            implements StatelessBatchOperator {
        @Override
        public Range<Integer> arity() {
            return Range.atLeast(1);
        }

        @Override
        public List<String> outputs() {
            var names = new ArrayList<String>();
            for (int i = 0; i < outputCount; i++) {
                names.add("out" + i);
            }
            return names;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var memory = context.sharedMemory();
            for (int sample = 0; sample < in.batchSize(); sample++) {
                double sum = 0;
                for (int input = 0; input < in.count(); input++) {
                    sum += readElsewhere(memory, in.get(input).get(sample));
                }
                for (int output = 0; output < outputCount; output++) {
                    var made = out.make(output, sample, Trial.REAL);
                    assertTrue(memory.contains(made.address()));
                    made.float64(0, sum + output);
                    assertEquals(sum + output, readElsewhere(memory, made));
                }
            }
            for (int input = 0; input < in.count(); input++) {
                if (in.get(input).uniformSpec().isPresent()) {
                    var dense = in.get(input).dense();
                    assertTrue(memory.contains(dense.address()));
                }
            }
        }
    }

    private static double readElsewhere(SharedMemory memory, Tensor tensor) {
        assertTrue(memory.contains(tensor.address()));
        if (tensor.shape().volume() == 0) {
            return 0;
        }
        var file = Path.of("/proc/self/fd/" + memory.descriptor());
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var bytes = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
            channel.read(bytes, tensor.address() - memory.address());
            return switch (tensor.spec().type()) {
                case INT64 -> bytes.getLong(0);
                case FLOAT64 -> bytes.getDouble(0);
                default -> throw new AssertionError(tensor);
            };
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Numbers in memory of its own, given without a copy.
    private record Adopting() implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < in.batchSize(); sample++) {
                var arena = Arena.ofShared();
                var memory = arena.allocate(8);
                memory.set(ValueLayout.JAVA_LONG, 0, in.get(0).get(sample).int64(0));
                var release =
                        (Release)
                                freed -> {
                                    arena.close();
                                    freed.run();
                                };
                try (var buffer = out.adopt(memory, release)) {
                    out.share(0, sample, buffer.tensor(Trial.NUMBER, 0, false));
                }
            }
        }
    }

    private static List<Double> numbers(Batch batch, String output) {
        var list = batch.get(output);
        var numbers = new ArrayList<Double>();
        for (int sample = 0; sample < list.size(); sample++) {
            numbers.add(list.get(sample).number(0));
        }
        return numbers;
    }

    @Test
    void inputsFromSegmentsBatchOperatorsAdoptedMemoryAndConstantsAreReadElsewhere() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(10, false))
                        .node("wide", new Widen(), "counter")
                        .node("repeat", new Repeat(), "counter")
                        .node("less", new LessSmallest(), "counter")
                        .node("adopting", new Adopting(), "counter")
                        .node(
                                "sum",
                                new SumElsewhere(2, true),
                                "counter",
                                "wide",
                                "repeat",
                                "less",
                                "adopting",
                                "#1000")
                        .output("x", "sum[0]");
        for (boolean checked : new boolean[] {false, true}) {
            var options = Options.batchSize(5).threads(2);
            var pipeline = graph.build(checked ? options.withChecks() : options);
            try (pipeline) {
                for (int batch = 0; batch < 4; batch++) {
                    var expected = new ArrayList<Double>();
                    for (int i = 0; i < 5; i++) {
                        int n = batch % 2 * 5 + i;
                        expected.add(3.0 * n + (n % 5 == 0 ? 0 : n) + i + 1000);
                    }
                    assertEquals(expected, numbers(pipeline.next(), "x"));
                }
                assertTrue(pipeline.report().packedBytes() > 0);
            }
            assertEquals(ImmutableMap.of(), pipeline.report().holders());
        }
    }

    /// Notes where its inputs lie, one place where samples lie in the same.
    private record Places(Set<List<Long>> noted) implements StatelessBatchOperator {
        @Override
        public Range<Integer> arity() {
            return Range.atLeast(1);
        }

        @Override
        public boolean sharesMemory() {
            return true;
        }

        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            for (int sample = 0; sample < in.batchSize(); sample++) {
                for (int input = 0; input < in.count(); input++) {
                    noted.add(
                            List.of(
                                    context.iteration(),
                                    (long) input,
                                    in.get(input).get(sample).address()));
                }
                out.make(0, sample, Trial.REAL);
            }
        }
    }

    @Test
    void aConstantIsCopiedOnceABatch() {
        var noted = ConcurrentHashMap.<List<Long>>newKeySet();
        var graph =
                Trial.graph()
                        .node("counter", new Counter(8, false))
                        .node("places", new Places(noted), "counter", "#5")
                        .output("x", "places");
        try (var pipeline = graph.build(Options.batchSize(4))) {
            pipeline.next();
            pipeline.next();
        }
        for (long batch = 0; batch < 2; batch++) {
            long iteration = batch;
            var places = noted.stream().filter(place -> place.getFirst() == iteration).toList();
            assertEquals(4, places.stream().filter(place -> place.get(1) == 0).count());
            assertEquals(1, places.stream().filter(place -> place.get(1) == 1).count());
        }
    }

    @Test
    void aSampleIsBookedAsAPageWhetherItsBlockWasForeseenOrNot() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(80, false))
                        .node("places", new Places(ConcurrentHashMap.newKeySet()), "counter")
                        .output("x", "places");
        var options = Options.batchSize(8).prefetch(1);
        try (var pipeline = graph.build(options.memoryLimit(9 * 4096))) {
            for (int batch = 0; batch < 4; batch++) {
                pipeline.next();
            }
        }
        try (var pipeline = graph.build(options.memoryLimit(9 * 4096 - 1))) {
            for (int batch = 0; batch < 4; batch++) {
                var what = assertThrows(NoRoom.class, pipeline::next).what();
                assertTrue(what.contains("no room for places: iteration " + batch), what);
                assertTrue(what.contains(" needs 36864 bytes, the limit is 36863; "), what);
            }
        }
    }

    @Test
    void whatNobodyReadsIsSharedToo() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(8, false))
                        .node("sum", new SumElsewhere(3, true), "counter")
                        .output("x", "sum[1]");
        try (var pipeline = graph.build(Options.batchSize(2))) {
            assertEquals(List.of(1.0, 2.0), numbers(pipeline.next(), "x"));
        }
    }

    @Test
    void streamsAndEmptyBatchesAreShared() {
        var graph =
                Trial.graph()
                        .node("stream", new Stream(7, 3))
                        .node("sum", new SumElsewhere(1, true), "stream", "#1")
                        .output("x", "sum");
        try (var pipeline = graph.build(Options.batchSize(4))) {
            assertEquals(List.of(1.0, 2.0, 3.0), numbers(pipeline.next(), "x"));
            assertEquals(List.of(4.0, 5.0, 6.0), numbers(pipeline.next(), "x"));
            assertEquals(List.of(7.0), numbers(pipeline.next(), "x"));
        }
    }

    @Test
    void anOperatorThatDoesNotSayThatItSharesIsToldSo() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("sum", new SumElsewhere(1, false), "counter")
                        .output("x", "sum");
        try (var pipeline = graph.build(Options.batchSize(4))) {
            assertEquals(
                    "SumElsewhere failed: IllegalStateException: SumElsewhere does not say that it"
                            + " shares memory",
                    assertThrows(BadBatch.class, pipeline::next).what());
        }
    }

    /// Random graphs: each operator that shares memory finds its inputs and outputs there.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyGraphGivesTheSameWithAndWithoutThreads(long seed) {
        assertEquals(outcome(seed, 1, 1), outcome(seed, 4, 3), "seed " + seed);
    }

    private static List<List<Double>> outcome(long seed, int threads, int prefetch) {
        var random = new Random(seed);
        var graph = Trial.graph().node("n0", new Counter(11, false));
        int nodes = 3 + random.nextInt(8);
        for (int node = 1; node <= nodes; node++) {
            add(graph, random, node);
        }
        graph.output("last", "n" + nodes).output("middle", "n" + nodes / 2);
        var batches = new ArrayList<List<Double>>();
        var pipeline = graph.build(Options.batchSize(3).threads(threads).prefetch(prefetch));
        try (pipeline) {
            for (int batch = 0; batch < 6; batch++) {
                var next = pipeline.next();
                batches.add(numbers(next, "last"));
                batches.add(numbers(next, "middle"));
            }
        }
        assertEquals(ImmutableMap.of(), pipeline.report().holders(), "seed " + seed);
        return batches;
    }

    private static void add(Sketch graph, Random random, int node) {
        var input = "n" + random.nextInt(node);
        var other = random.nextBoolean() ? "n" + random.nextInt(node) : "#" + random.nextInt(9);
        switch (random.nextInt(4)) {
            case 0 -> graph.node("n" + node, new Copy(node), input);
            case 1 -> graph.node("n" + node, new LessSmallest(), input);
            default -> graph.node("n" + node, new SumElsewhere(1, true), input, other);
        }
    }
}
