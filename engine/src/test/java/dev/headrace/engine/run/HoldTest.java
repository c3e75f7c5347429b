package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.Hold;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Inputs that something outside goes on reading after the operator has returned.
@Timeout(60)
class HoldTest {
    private static final int BATCH = 4;

    @BeforeAll
    static void thatMemoryIsHeldIsNoNews() {
        CloseTest.thatMemoryIsHeldIsNoNews();
    }

    @AfterAll
    static void tellAgain() {
        CloseTest.tellAgain();
    }

    private record View(Hold hold, long address, long bytes) {
        long number(int place) {
            return MemorySegment.ofAddress(address)
                    .reinterpret(bytes)
                    .getAtIndex(ValueLayout.JAVA_LONG, place);
        }
    }

    /// Keeps its last input, and gives numbers of its own.
    private record Keeping(List<View> views, boolean outlive) implements StatelessBatchOperator {
        @Override
        public Range<Integer> arity() {
            return Range.closed(1, 2);
        }

        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(SpecPattern.exactly(Trial.NUMBER));
        }

        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            int last = in.count() - 1;
            var first = in.get(last).get(0);
            var hold = in.hold(last);
            if (outlive) {
                hold.outlive();
                hold.outlive();
            }
            views.add(new View(hold, first.address(), BATCH * first.spec().bytes()));
            for (int sample = 0; sample < in.batchSize(); sample++) {
                out.make(0, sample, Trial.NUMBER).int64(0, sample);
            }
        }
    }

    private static Trial.Sketch keeping(List<View> views, boolean outlive) {
        return Trial.graph()
                .node("counter", new Counter(400, false))
                .node("keeping", new Keeping(views, outlive), "counter")
                .output("n", "keeping");
    }

    private static Options options() {
        return Options.batchSize(BATCH).threads(1).prefetch(1);
    }

    @Test
    void memoryIsNotUsedAgainWhileItIsHeld() {
        var views = new ArrayList<View>();
        var pipeline = keeping(views, false).build(options().withChecks());
        for (int iteration = 0; iteration < 3; iteration++) {
            pipeline.next();
        }
        pipeline.close();
        assertEquals(ImmutableMap.of("counter", 192L), pipeline.report().holders());
        for (int iteration = 0; iteration < 3; iteration++) {
            for (int sample = 0; sample < BATCH; sample++) {
                assertEquals(BATCH * iteration + sample, views.get(iteration).number(sample));
            }
        }
        for (var view : views) {
            view.hold().close();
            view.hold().close();
        }
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @Test
    void whatOutlivesItsIterationCountsForTheOthersUntilItIsClosed() {
        var views = new ArrayList<View>();
        long each = 64 + 64; // counter and keeping
        try (var pipeline = keeping(views, true).build(options().memoryLimit(2 * each))) {
            pipeline.next();
            pipeline.next();
            pipeline.next();
            var failure = assertThrows(NoRoom.class, pipeline::next);
            assertEquals(
                    "no room for keeping: iteration 3 needs 128 bytes, views of iterations 0, 1, 2 hold"
                            + " 192, the limit is 256; lent: 256 bytes to counter, 96 bytes to ids",
                    failure.what());
            views.forEach(view -> view.hold().close());
            pipeline.next();
            views.getLast().hold().close();
        }
    }

    @Test
    void aViewOfARetainedBatchDoesNotCountTwice() {
        var views = new ArrayList<View>();
        var graph = keeping(views, true).output("counter", "counter");
        long each = 64 + 64;
        var pipeline = graph.build(options().memoryLimit(2 * each));
        var kept = pipeline.next().retain();
        pipeline.next();
        views.getLast().hold().close();
        kept.close();
        pipeline.next().close();
        views.getLast().hold().close();
        assertEquals(64, pipeline.report().lentBytes(), "of the first view");
        pipeline.close();
        assertEquals(0, views.getFirst().number(0));
        views.getFirst().hold().close();
        assertEquals(0, pipeline.report().lentBytes());
    }

    @Test
    void aConstantLivesAsLongAsAViewOfIt() {
        var views = new ArrayList<View>();
        Trial.graph()
                .node("counter", new Counter(4, false))
                .node("keeping", new Keeping(views, true), "counter", "#7")
                .output("n", "keeping")
                .build(options())
                .take(1)
                .forEach(Batch::close);
        System.gc();
        var view = views.getFirst();
        assertEquals(Double.doubleToLongBits(7), view.number(0));
        view.hold().close();
        assertFalse(views.isEmpty());
    }
}
