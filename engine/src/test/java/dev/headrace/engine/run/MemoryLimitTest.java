package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who is refused for want of memory, and that it is the same for any threads and prefetch.
class MemoryLimitTest {
    /// Of one size in the first batch of four, of twice the size in the next, and so on.
    private record Growing(long bytes) implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long times = 1 + in.get(0).int64(0) / 4;
            out.make(0, TensorSpec.of(ElementType.UINT8, "", times * bytes)).uint8(0, 1);
        }
    }

    private static List<String> outcomes(long limit, int threads, int prefetch) {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(16, false))
                        .node("growing", new Growing(100_000), "counter")
                        .output("x", "growing");
        var outcomes = new ArrayList<String>();
        var options = Options.batchSize(4).threads(threads).prefetch(prefetch).memoryLimit(limit);
        try (var pipeline = graph.build(options)) {
            for (int i = 0; i < 4; i++) {
                try {
                    outcomes.add("delivered " + pipeline.next().iteration());
                } catch (NoRoom refused) {
                    outcomes.add("no room");
                }
            }
        }
        return outcomes;
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,4", "2,1", "2,4", "7,4"})
    void aGuessedBlockIsNoReasonToRefuse(int threads, int prefetch) {
        assertEquals(
                List.of("delivered 0", "delivered 1", "no room", "no room"),
                outcomes(1_100_000, threads, prefetch));
        assertEquals(
                List.of("delivered 0", "delivered 1", "delivered 2", "no room"),
                outcomes(1_500_000, threads, prefetch));
    }

    /// Needs much memory for sample 0 and little for the others: in between, and for a value that
    /// stays in the worker.
    private record HugeOnce() implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long bytes = in.get(0).int64(0) == 0 ? 2 * Bench.LARGE_BYTES : 8;
            context.scratch(bytes);
            out.make(0, TensorSpec.of(ElementType.UINT8, "", bytes)).uint8(0, 1);
        }
    }

    /// How large its input is.
    private record Size() implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            out.make(0, Trial.NUMBER).int64(0, in.get(0).spec().bytes());
        }
    }

    @Test
    void aWorkerGivesTheMemoryOfAHugeSampleBackOnceOthersNeedLess() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(2, false))
                        .node("huge", new HugeOnce(), "counter")
                        .node("size", new Size(), "huge")
                        .output("x", "size");
        try (var pipeline = graph.build(Options.batchSize(1).threads(1).prefetch(1))) {
            pipeline.next();
            assertTrue(
                    pipeline.report().lentBytes() >= 4 * Bench.LARGE_BYTES,
                    pipeline.report()::toString);
            pipeline.next();
            assertTrue(pipeline.report().lentBytes() < 10_000, pipeline.report()::toString);
        }
    }

    @Test
    void idsThatPassTheLimitAreRefusedAtOnce() {
        var graph = Trial.graph().node("counter", new Counter(9, false)).output("x", "counter");
        var options = Options.batchSize(Integer.MAX_VALUE).memoryLimit(1 << 20);
        assertEquals(
                "the ids of 2147483647 samples need more than the memory limit of 1048576 bytes",
                assertThrows(BadGraph.class, () -> graph.build(options)).getMessage());
    }

    /// Gives memory that it has freed.
    private record Late() implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var arena = Arena.ofShared();
            var memory = arena.allocate(8);
            arena.close();
            out.adopt(memory, Runnable::run);
        }
    }

    @Test
    void memoryThatWasFreedBeforeIsNotAdopted() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(1, false))
                        .node("late", new Late(), "counter")
                        .output("x", "late");
        try (var pipeline = graph.build(Options.batchSize(1))) {
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals("the memory given for adoption was freed before", failure.what());
        }
    }

    /// As large as it is told.
    private record Large(long bytes) implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long number = in.get(0).int64(0);
            out.make(0, TensorSpec.of(ElementType.UINT8, "", number == 5 ? bytes : 8))
                    .uint8(0, (int) number);
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,1", "2,4", "7,4"})
    void anIterationThatNeedsMoreThanTheLimitIsToldAndThePipelineGoesOn(int threads, int prefetch) {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(12, false))
                        .node("large", new Large(1 << 20), "counter")
                        .output("number", "large");
        var pipeline =
                graph.build(
                        Options.batchSize(4)
                                .threads(threads)
                                .prefetch(prefetch)
                                .memoryLimit(100_000));
        try (pipeline) {
            pipeline.next();
            var failure = assertThrows(NoRoom.class, pipeline::next);
            assertTrue(
                    failure.what().startsWith("no room for large: iteration 1 needs "),
                    failure.what());
            assertTrue(failure.getMessage().contains("at large (Large), added at Trial.java:2"));
            assertEquals(List.of(8L, 9L, 10L, 11L), Trial.numbers(pipeline.next(), "number"));
        }
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }
}
