package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Trial.Repeat;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.spec.LastBatch;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Two streams side by side, one of which ends the epoch of both, in every order of events: latches
/// make one run ahead of the other.
@Timeout(60)
class TwoStreamsTest {
    private static final int BATCH = 4;

    /// What happens before a portion is read.
    private interface Before {
        /// @param epoch how often the stream was started before
        /// @param call how often it was read since
        void read(int epoch, int call) throws Exception;
    }

    private record Steered(long samples, Before before, AtomicInteger starts)
            implements SequentialSource<Steered.At> {
        record At(int epoch, int call, long given) {}

        static Steered of(long samples, Before before) {
            return new Steered(samples, before, new AtomicInteger());
        }

        @Override
        public At start() {
            return new At(starts.getAndIncrement(), 0, 0);
        }

        @Override
        public At read(At at, BatchOutputs out, BatchContext context) throws Exception {
            before.read(at.epoch(), at.call());
            long given = new Stream(samples, BATCH).read(at.given(), out, context);
            return new At(at.epoch(), at.call() + 1, given);
        }
    }

    private static Trial.Sketch over(Steered one, Steered other) {
        return Trial.graph().node("a", one).node("b", other).output("a", "a").output("b", "b");
    }

    private static List<String> twoEpochs(Trial.Sketch graph, int threads, int prefetch) {
        var all = new ArrayList<String>();
        try (var pipeline =
                graph.build(Options.batchSize(BATCH).threads(threads).prefetch(prefetch))) {
            for (var batch : pipeline.epochs(2)) {
                all.add(
                        batch.epoch()
                                + ": "
                                + Trial.numbers(batch, "a")
                                + Trial.numbers(batch, "b"));
            }
        }
        return all;
    }

    private static final List<String> SHORTER_ENDS =
            List.of(
                    "0: [0, 1, 2, 3][0, 1, 2, 3]",
                    "0: [4, 5, 6, 7][4, 5, 6, 7]",
                    "1: [0, 1, 2, 3][0, 1, 2, 3]",
                    "1: [4, 5, 6, 7][4, 5, 6, 7]");

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void theShorterOneEndsTheEpoch(int threads) {
        for (int prefetch = 1; prefetch <= 5; prefetch++) {
            var one = Steered.of(8, (epoch, call) -> {});
            var other = Steered.of(12, (epoch, call) -> {});
            assertEquals(SHORTER_ENDS, twoEpochs(over(one, other), threads, prefetch));
            one = Steered.of(12, (epoch, call) -> {});
            other = Steered.of(8, (epoch, call) -> {});
            assertEquals(SHORTER_ENDS, twoEpochs(over(one, other), threads, prefetch));
        }
    }

    @Test
    void theLongerOneMayHaveEndedAndBegunItsNextEpochBefore() {
        var ahead = new CountDownLatch(1);
        var shorter =
                Steered.of(
                        8,
                        (epoch, call) -> {
                            if (epoch == 0 && call == 1) {
                                ahead.await();
                            }
                        });
        var longer =
                Steered.of(
                        12,
                        (epoch, call) -> {
                            if (epoch == 1 && call == 1) {
                                ahead.countDown();
                            }
                        });
        assertEquals(SHORTER_ENDS, twoEpochs(over(shorter, longer), 2, 6));
    }

    @Test
    void theLongerOneMayEndWithinWhatIsVoidAlready() {
        var next = new CountDownLatch(1);
        var shorter =
                Steered.of(
                        8,
                        (epoch, call) -> {
                            if (epoch == 1) {
                                next.countDown();
                            }
                        });
        var longer =
                Steered.of(
                        12,
                        (epoch, call) -> {
                            if (epoch == 0 && call == 2) {
                                next.await();
                            }
                        });
        assertEquals(SHORTER_ENDS, twoEpochs(over(shorter, longer), 2, 4));
    }

    /// Waits at one number, the first time.
    private record HoldAt(long number, CountDownLatch arrived, CountDownLatch letGo)
            implements Transform {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) throws Exception {
            if (in.int64(0) == number) {
                arrived.countDown();
                letGo.await();
            }
            out.copyFrom(in);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void samplesUnderWayInWhatIsVoidAreGivenUp(int threads) {
        var hold = new HoldAt(8, new CountDownLatch(1), new CountDownLatch(1));
        var shorter =
                Steered.of(
                        8,
                        (epoch, call) -> {
                            if (epoch == 0 && call == 1) {
                                hold.arrived().await();
                            }
                        });
        var graph =
                over(shorter, Steered.of(12, (epoch, call) -> {}))
                        .node("hold", hold, "b")
                        .node("ragged", new Repeat(), "hold")
                        .output("ragged", "ragged");
        var options = Options.batchSize(BATCH).threads(threads).prefetch(3);
        try (var pipeline = graph.build(options)) {
            for (int iteration = 0; iteration < 6; iteration++) {
                if (iteration == 2) {
                    hold.letGo().countDown();
                }
                var batch = pipeline.next();
                assertEquals(iteration / 2, batch.epoch());
                long first = iteration % 2 == 0 ? 0 : 4;
                assertEquals(first, Trial.numbers(batch, "b").getFirst());
                assertEquals((first + 1) % 5, batch.get("ragged").get(1).shape().volume());
            }
        }
    }

    @Test
    void aFailureOfOneDoesNotKeepTheOtherFromBeingRead() {
        var reads = new AtomicInteger();
        var third = new CountDownLatch(1);
        var failing =
                Steered.of(
                        12,
                        (epoch, call) -> {
                            switch (reads.getAndIncrement()) {
                                case 1 -> throw new IllegalArgumentException("not now");
                                case 2 -> third.countDown();
                                default -> {}
                            }
                        });
        var late = Steered.of(16, (epoch, call) -> third.await());
        var options = Options.batchSize(BATCH).threads(2).prefetch(4);
        try (var pipeline = over(failing, late).build(options)) {
            assertEquals(List.of(0L, 1L, 2L, 3L), Trial.numbers(pipeline.next(), "b"));
            var failure = assertThrows(BadBatch.class, pipeline::next);
            assertEquals(
                    "Steered failed: IllegalArgumentException: not now\n"
                            + "  at a (Steered), added at Trial.java:1, iteration 1",
                    failure.getMessage());
            var batch = pipeline.next();
            assertEquals(List.of(4L, 5L, 6L, 7L), Trial.numbers(batch, "a"));
            assertEquals(List.of(8L, 9L, 10L, 11L), Trial.numbers(batch, "b"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void paddingIsThatOfTheSourceWithTheFewest(boolean shorterFirst) {
        var read = new CountDownLatch(1);
        var first = Steered.of(shorterFirst ? 1 : 3, (epoch, call) -> {});
        var last = Steered.of(shorterFirst ? 3 : 1, (epoch, call) -> read.await());
        var graph = over(first, last).node("told", new Told(read), "a").output("told", "told");
        var options = Options.batchSize(BATCH).threads(2).lastBatch(LastBatch.PAD);
        try (var pipeline = graph.build(options)) {
            assertEquals(3, pipeline.next().padding());
        }
    }

    /// Tells that its input was made.
    private record Told(CountDownLatch latch) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            latch.countDown();
            out.copyFrom(in);
        }
    }
}
