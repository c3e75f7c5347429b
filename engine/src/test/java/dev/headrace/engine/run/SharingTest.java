package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Outputs that lie somewhere already, blocks that are filled in one go, memory that operators ask
/// for or bring.
@Timeout(60)
class SharingTest {
    private static final int BATCH = 4;
    private static final long NUMBERS = BATCH * Trial.NUMBER.bytes();

    private interface Body {
        void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception;
    }

    /// Does what a test says; its outputs may be promised to be numbers.
    private record Giving(boolean promised, Body body) implements StatelessBatchOperator {
        @Override
        public Range<Integer> arity() {
            return Range.closed(1, 2);
        }

        @Override
        public List<String> outputs() {
            return List.of("one", "two");
        }

        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            var all = promised ? SpecPattern.exactly(Trial.NUMBER) : SpecPattern.OPEN;
            return List.of(all, all);
        }

        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception {
            body.run(in, out, context);
        }
    }

    private static Trial.Sketch giving(boolean promised, Body body) {
        return Trial.graph()
                .node("counter", new Counter(12, false))
                .node("giving", new Giving(promised, body), "counter")
                .output("one", "giving[0]");
    }

    private static Options options() {
        return Options.batchSize(BATCH).threads(1).prefetch(1);
    }

    private static void assertNothingLent(Pipeline pipeline) {
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anIdentityTakesNoMemoryAndCopiesNothing(boolean promised) {
        var graph =
                giving(
                                promised,
                                (in, out, context) -> {
                                    for (int sample = 0; sample < in.batchSize(); sample++) {
                                        out.share(0, sample, in.get(0).get(sample));
                                    }
                                })
                        .output("n", "counter");
        var pipeline = graph.build(options());
        Batch kept = null;
        for (int iteration = 0; iteration < 3; iteration++) {
            var batch = pipeline.next();
            long first = iteration * BATCH;
            assertTrue(batch.get("one").isDense());
            var dense = batch.get("one").dense();
            assertEquals(TensorSpec.of(ElementType.INT64, "", BATCH), dense.spec());
            assertEquals(batch.get("n").dense().address(), dense.address());
            assertEquals(
                    List.of(first, first + 1, first + 2, first + 3), Trial.numbers(batch, "one"));
            assertEquals(ImmutableMap.of("counter", 64L, "ids", 96L), pipeline.report().holders());
            kept = iteration == 0 ? batch.retain() : kept;
            if (iteration == 0) {
                pipeline.next();
                iteration++;
                assertEquals(3, kept.get("one").dense().int64(3));
                kept.close();
            }
        }
        assertEquals(0, pipeline.report().packedBytes());
        pipeline.close();
        assertNothingLent(pipeline);
    }

    @Test
    void theMemoryOfAnInputLivesAsLongAsWhatIsSharedOfIt() {
        var graph =
                giving(
                        true,
                        (in, out, context) -> {
                            for (int sample = 0; sample < in.batchSize(); sample++) {
                                out.share(0, sample, in.get(0).get(sample));
                            }
                        });
        var pipeline = graph.build(options().withChecks());
        var batch = pipeline.next(); // nobody else reads the counter's any more
        assertEquals(List.of(0L, 1L, 2L, 3L), Trial.numbers(batch, "one"));
        batch.close();
        pipeline.close();
        assertNothingLent(pipeline);
    }

    @Test
    void samplesInAnotherOrderAreNotDense() {
        var graph =
                giving(
                        true,
                        (in, out, context) -> {
                            for (int sample = 0; sample < in.batchSize(); sample++) {
                                out.share(0, sample, in.get(0).get(in.batchSize() - 1 - sample));
                            }
                        });
        try (var pipeline = graph.build(options())) {
            var list = pipeline.next().get("one");
            assertFalse(list.isDense());
            assertEquals(3, list.dense().int64(0));
            assertEquals(0, list.dense().int64(3));
            assertEquals(NUMBERS, pipeline.report().packedBytes());
        }
    }

    @Test
    void aConstantIsPackedWhereSomebodyWantsItDense() {
        var graph =
                Trial.graph()
                        .node("counter", new Counter(12, false))
                        .node(
                                "giving",
                                new Giving(
                                        false,
                                        (in, out, context) -> {
                                            for (int i = 0; i < in.batchSize(); i++) {
                                                out.share(0, i, in.get(1).get(i));
                                            }
                                        }),
                                "counter",
                                "#2.5")
                        .output("one", "giving[0]");
        try (var pipeline = graph.build(options())) {
            var list = pipeline.next().get("one");
            assertFalse(list.isDense());
            assertEquals(list.get(0).address(), list.get(3).address());
            assertEquals(2.5, list.dense().number(3));
            assertEquals(BATCH * list.spec(0).bytes(), pipeline.report().packedBytes());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lentMemoryIsSharedByManySamples(boolean promised) {
        var graph =
                giving(
                        promised,
                        (in, out, context) -> {
                            try (var buffer = out.lend(NUMBERS)) {
                                for (int sample = 0; sample < in.batchSize(); sample++) {
                                    var slot = buffer.tensor(Trial.NUMBER, 8L * sample, true);
                                    slot.int64(0, 7 * sample);
                                    out.share(0, sample, slot);
                                    slot.int64(0, 7 * sample + 1); // a view of the operator's own
                                }
                            }
                        });
        var pipeline = graph.build(options());
        var batch = pipeline.next();
        assertEquals(List.of(1L, 8L, 15L, 22L), Trial.numbers(batch, "one"));
        assertEquals(15, batch.get("one").dense().int64(2));
        assertFalse(batch.get("one").get(0).isWritable());
        assertEquals(0, pipeline.report().packedBytes());
        assertEquals(ImmutableMap.of("giving", 64L, "ids", 96L), pipeline.report().holders());
        batch.close();
        assertFalse(pipeline.report().holders().containsKey("giving"));
        pipeline.close();
        assertNothingLent(pipeline);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBlockThatIsForeseenIsFilledInOneGo(boolean checked) {
        var seen = new ArrayList<String>();
        var graph =
                giving(
                        false,
                        (in, out, context) -> {
                            var block = out.block(0);
                            seen.add(
                                    block.map(tensor -> tensor.spec().toString()).orElse("none")
                                            + ", unwanted "
                                            + out.block(1).isPresent());
                            for (int sample = 0; sample < in.batchSize(); sample++) {
                                long number = in.get(0).get(sample).int64(0);
                                block.ifPresent(at -> at.int64(number % BATCH, 5 * number));
                            }
                            for (int sample = 0; sample < in.batchSize(); sample++) {
                                var made = out.make(0, sample, Trial.NUMBER);
                                if (block.isEmpty()) {
                                    made.int64(0, 5 * in.get(0).get(sample).int64(0));
                                } else {
                                    assertEquals(
                                            block.get().address() + 8L * sample, made.address());
                                }
                            }
                        });
        try (var pipeline = graph.build(checked ? options().withChecks() : options())) {
            assertEquals(List.of(0L, 5L, 10L, 15L), Trial.numbers(pipeline.next(), "one"));
            var batch = pipeline.next();
            assertEquals(List.of(20L, 25L, 30L, 35L), Trial.numbers(batch, "one"));
            assertTrue(batch.get("one").isDense());
            assertEquals(List.of("none, unwanted false", "INT64 4, unwanted false"), seen);
        }
    }

    @Test
    void samplesOfTheHighestRankHaveNoBlock() {
        var extents = new long[Shape.MAX_RANK];
        Arrays.fill(extents, 1);
        var highest = TensorSpec.of(ElementType.INT64, "", extents);
        var graph =
                giving(
                        false,
                        (in, out, context) -> {
                            assertEquals(Optional.empty(), out.block(0));
                            for (int sample = 0; sample < in.batchSize(); sample++) {
                                var number = in.get(0).get(sample).int64(0);
                                out.make(0, sample, highest).int64(0, number);
                            }
                        });
        try (var pipeline = graph.build(options())) {
            for (long first = 0; first < 12; first += BATCH) {
                var list = pipeline.next().get("one");
                assertEquals(highest, list.spec(3));
                assertEquals(first + 3, list.get(3).int64(0));
                assertFalse(list.isDense());
                assertEquals(
                        "giving.one has samples of rank 64, the highest; they make no dense tensor",
                        assertThrows(BadBatch.class, list::dense).getMessage());
            }
        }
    }

    @Test
    void aSlotOfTheBlockMayBeSharedAsWell() {
        var graph =
                giving(
                        true,
                        (in, out, context) -> {
                            var block = out.block(0).orElseThrow();
                            for (int sample = 0; sample < in.batchSize(); sample++) {
                                block.int64(sample, 5 + sample);
                                var slot = block.storage();
                                out.share(
                                        0,
                                        sample,
                                        new Tensor(
                                                Trial.NUMBER,
                                                block.address() + 8L * sample,
                                                slot,
                                                true));
                            }
                        });
        try (var pipeline = graph.build(options())) {
            var batch = pipeline.next();
            assertEquals(List.of(5L, 6L, 7L, 8L), Trial.numbers(batch, "one"));
            assertTrue(batch.get("one").isDense());
            assertEquals(0, pipeline.report().packedBytes());
        }
    }

    @Test
    void whatIsSharedOfABlockThatWasAGuessCountsForItsIteration() {
        var row = TensorSpec.of(ElementType.UINT8, "", 4096);
        var graph =
                giving(
                        false,
                        (in, out, context) -> {
                            var block = out.block(0).orElse(null);
                            for (int sample = 0; sample < in.batchSize(); sample++) {
                                if (block == null) {
                                    out.make(0, sample, row);
                                } else {
                                    long address = block.address() + 4096L * sample;
                                    var slot = new Tensor(row, address, block.storage(), true);
                                    out.share(0, sample, slot);
                                }
                            }
                            if (block != null) {
                                out.lend(1 << 20).close();
                            }
                        });
        try (var pipeline = graph.build(options().memoryLimit(1 << 20))) {
            pipeline.next().close();
            assertEquals(
                    "no room for giving: iteration 1 needs 1065024 bytes, the limit is 1048576;"
                            + " lent: 16384 bytes to giving.one, 96 bytes to ids, 64 bytes to"
                            + " counter",
                    assertThrows(NoRoom.class, pipeline::next).what());
        }
    }

    @Test
    void whatNobodyWantsIsDropped() {
        var graph =
                giving(
                        false,
                        (in, out, context) -> {
                            try (var buffer = out.lend(8)) {
                                for (int sample = 0; sample < in.batchSize(); sample++) {
                                    out.share(0, sample, in.get(0).get(sample));
                                    out.share(1, sample, buffer.tensor(Trial.NUMBER, 0, false));
                                }
                            }
                        });
        try (var pipeline = graph.build(options())) {
            pipeline.next();
            assertFalse(pipeline.report().holders().containsKey("giving"));
        }
    }

    @Test
    void lentMemoryCountsForItsIteration() {
        Body lends =
                (in, out, context) -> {
                    try (var buffer = out.lend(1 << 20)) {
                        for (int sample = 0; sample < in.batchSize(); sample++) {
                            out.share(0, sample, buffer.tensor(Trial.NUMBER, 0, false));
                        }
                    }
                };
        try (var pipeline = giving(false, lends).build(options().memoryLimit(1 << 20))) {
            var failure = assertThrows(NoRoom.class, pipeline::next);
            assertEquals(
                    "no room for giving: iteration 0 needs 1048640 bytes, the limit is 1048576;"
                            + " lent: 96 bytes to ids, 64 bytes to counter",
                    failure.what());
        }
    }

    private static Body adopting(
            List<MemorySegment> memory, AtomicInteger released, List<Runnable> freed) {
        return (in, out, context) -> {
            for (int sample = 0; sample < in.batchSize(); sample++) {
                var own = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_LONG, 70 + sample);
                memory.add(own);
                try (var buffer =
                        out.adopt(
                                own,
                                whenFreed -> {
                                    released.incrementAndGet();
                                    freed.add(whenFreed);
                                })) {
                    out.share(0, sample, buffer.tensor(Trial.NUMBER, 0, false));
                }
            }
        };
    }

    @Test
    void memoryOfAnOperatorsOwnIsHandedOnWithoutACopyAndReleasedOnce() {
        var released = new AtomicInteger();
        var memory = new ArrayList<MemorySegment>();
        var freed = new ArrayList<Runnable>();
        var pipeline = giving(false, adopting(memory, released, freed)).build(options());
        var batch = pipeline.next();
        assertEquals(List.of(70L, 71L, 72L, 73L), Trial.numbers(batch, "one"));
        for (int sample = 0; sample < BATCH; sample++) {
            assertEquals(memory.get(sample).address(), batch.get("one").get(sample).address());
        }
        assertEquals(SampleId.of(0, 3), batch.get("one").id(3));
        assertEquals(72, batch.get("one").dense().int64(2));
        assertEquals(NUMBERS, pipeline.report().holders().get("giving"));
        assertEquals(0, released.get());
        var kept = batch.retain();
        batch.close();
        assertEquals(0, released.get());
        kept.close();
        assertEquals(4, released.get());
        assertEquals(NUMBERS, pipeline.report().holders().get("giving"), "not free yet");
        freed.getFirst().run();
        freed.getFirst().run();
        assertEquals(NUMBERS - 8, pipeline.report().holders().get("giving"));
        pipeline.close();
        assertEquals(4, released.get());
        assertEquals(ImmutableMap.of("giving", NUMBERS - 8), pipeline.report().holders());
        freed.forEach(Runnable::run);
        assertNothingLent(pipeline);
        assertEquals(0, pipeline.report().lentBytes());
    }

    @Test
    void checkedModeLeavesForeignMemoryAsItIs() {
        var memory = new ArrayList<MemorySegment>();
        var graph = giving(false, adopting(memory, new AtomicInteger(), new ArrayList<>()));
        try (var pipeline = graph.build(options().withChecks())) {
            pipeline.next().close();
        }
        assertEquals(72, memory.get(2).get(ValueLayout.JAVA_LONG, 0));
    }

    @Test
    void adoptedMemoryCountsForItsIteration() {
        var released = new AtomicInteger();
        Body body =
                (in, out, context) ->
                        out.adopt(
                                MemorySegment.ofAddress(4096).reinterpret(1 << 20), // never read
                                freed -> {
                                    released.incrementAndGet();
                                    freed.run();
                                });
        try (var pipeline = giving(false, body).build(options().memoryLimit(1 << 20))) {
            assertEquals(
                    "no room for giving: iteration 0 needs 1048640 bytes, the limit is 1048576;"
                            + " lent: 96 bytes to ids, 64 bytes to counter",
                    assertThrows(NoRoom.class, pipeline::next).what());
            assertEquals(1, released.get());
        }
    }

    @Test
    void memoryThatIsRefusedIsReleasedToo() {
        var released = new AtomicInteger();
        var bodies =
                ImmutableMap.of(
                        "Giving failed: IndexOutOfBoundsException: sample 4 of a batch of 4",
                        new Refused(4, Arena.ofAuto().allocate(8)),
                        "Giving failed: IndexOutOfBoundsException: INT64 scalar at 0 does not fit 4"
                                + " bytes of giving",
                        new Refused(0, Arena.ofAuto().allocate(4)),
                        "the memory given for adoption lies on the heap",
                        new Refused(0, MemorySegment.ofArray(new byte[16])));
        bodies.forEach(
                (what, refused) -> {
                    released.set(0);
                    try (var pipeline = giving(false, refused.body(released)).build(options())) {
                        assertEquals(what, assertThrows(BadBatch.class, pipeline::next).what());
                    }
                    assertEquals(1, released.get(), what);
                });
    }

    private record Refused(int sample, MemorySegment memory) {
        Body body(AtomicInteger released) {
            return (in, out, context) -> {
                try (var buffer =
                        out.adopt(
                                memory,
                                freed -> {
                                    released.incrementAndGet();
                                    freed.run();
                                })) {
                    out.share(0, sample, buffer.tensor(Trial.NUMBER, 0, false));
                }
            };
        }
    }

    @Test
    void aReleaseThatFailsLeavesNothingInTheBooks() {
        Body body =
                (in, out, context) -> {
                    var buffer =
                            out.adopt(
                                    Arena.ofAuto().allocate(8),
                                    freed -> {
                                        throw new IllegalStateException("cannot let go");
                                    });
                    buffer.close();
                };
        try (var pipeline = giving(false, body).build(options())) {
            assertEquals(
                    "Giving failed: IllegalStateException: cannot let go",
                    assertThrows(BadBatch.class, pipeline::next).what());
            assertFalse(pipeline.report().holders().containsKey("giving"));
        }
    }

    @Test
    void aTensorOfABatchThatSomeLoopWasGivenIsRefused() {
        var other = Trial.graph().node("counter", new Counter(12, false)).output("n", "counter");
        try (var inner = other.build(options())) {
            var batch = inner.next();
            Body body = (in, out, context) -> out.share(0, 0, batch.get("n").get(0));
            try (var pipeline = giving(false, body).build(options())) {
                assertEquals(
                        "Giving failed: IllegalArgumentException: a tensor of batch 0 was shared as"
                                + " giving.one; copy it",
                        assertThrows(BadBatch.class, pipeline::next).what());
            }
        }
    }
}
