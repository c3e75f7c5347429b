package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.Gate;
import dev.headrace.engine.run.Trial.Jitter;
import dev.headrace.engine.run.Trial.LessSmallest;
import dev.headrace.engine.run.Trial.Repeat;
import dev.headrace.engine.run.Trial.RunningSum;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Closing, interrupting and failing at any moment: nothing hangs, nothing leaks.
class CloseTest {
    /// Rounds in full: {@value}; a tenth of them without `-Dheadrace.test.long=true`.
    private static final int ROUNDS = 10_000;

    private static final Duration HANG = Duration.ofSeconds(60); // only a hang takes so long

    private static final Logger LOG = Logger.getLogger("dev.headrace.engine.run");

    @BeforeAll
    static void thatMemoryIsHeldIsNoNews() {
        LOG.setLevel(Level.SEVERE);
    }

    @AfterAll
    static void tellAgain() {
        LOG.setLevel(null);
    }

    /// The warnings that something logs, as text.
    static List<String> whatIsLogged(Runnable doing) {
        var told = new CopyOnWriteArrayList<String>();
        var ear =
                new Handler() {
                    @Override
                    public void publish(LogRecord spoken) {
                        if (spoken.getLevel() == Level.WARNING) {
                            told.add(new SimpleFormatter().formatMessage(spoken));
                        }
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        var before = LOG.getLevel();
        LOG.setLevel(Level.WARNING);
        LOG.addHandler(ear);
        LOG.setUseParentHandlers(false);
        try {
            doing.run();
        } finally {
            LOG.setUseParentHandlers(true);
            LOG.removeHandler(ear);
            LOG.setLevel(before);
        }
        return told;
    }

    private static void assertNothingLent(Pipeline pipeline) {
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    private static Sketch gated(Gate gate) {
        return Trial.graph()
                .node("counter", new Counter(1000, false))
                .node("gate", gate, "counter")
                .output("number", "gate");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void closesWhileAllWorkersAreBusyAndTheConsumerWaits(int threads) throws Exception {
        var gate = new Gate(new CountDownLatch(threads), new CountDownLatch(1));
        var pipeline = gated(gate).build(Options.batchSize(16).threads(threads).prefetch(4));
        var told = new AtomicReference<Throwable>();
        var consumer =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        pipeline.next();
                                    } catch (Throwable thrown) {
                                        told.set(thrown);
                                    }
                                });
        gate.arrived().await();
        assertTimeoutPreemptively(HANG, pipeline::close);
        consumer.join();
        assertEquals("pipeline trial was closed", told.get().getMessage());
        assertNothingLent(pipeline);
        assertEquals(
                "pipeline trial was closed",
                assertThrows(IllegalStateException.class, pipeline::next).getMessage());
        pipeline.close();
    }

    @Test
    void interruptingTheConsumerLosesNothing() throws Exception {
        var gate = new Gate(new CountDownLatch(1), new CountDownLatch(1));
        var pipeline = gated(gate).build(Options.batchSize(2).threads(1));
        var told = new AtomicReference<Throwable>();
        var flag = new AtomicInteger();
        var consumer =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        pipeline.next();
                                    } catch (CancellationException expected) {
                                        told.set(expected);
                                        flag.set(Thread.interrupted() ? 1 : 0);
                                    }
                                });
        gate.arrived().await();
        consumer.interrupt();
        consumer.join();
        assertEquals(
                "interrupted while waiting for iteration 0 of trial; the pipeline is intact, and"
                        + " asking again goes on",
                told.get().getMessage());
        assertEquals(1, flag.get(), "the interrupt flag is set");
        gate.letGo().countDown();
        assertEquals(List.of(0L, 1L), Trial.numbers(pipeline.next(), "number"));
        pipeline.close();
        assertNothingLent(pipeline);
    }

    @Test
    void anOperatorThatNeverReturnsDoesNotHoldUpClosing() throws Exception {
        var letGo = new CountDownLatch(1);
        var arrived = new CountDownLatch(1);
        var its = new AtomicReference<Thread>();
        record Deaf(AtomicReference<Thread> its, CountDownLatch arrived, CountDownLatch letGo)
                implements Transform {
            @Override
            public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
                return in;
            }

            @Override
            public void run(Tensor in, Tensor out, SampleContext context) {
                its.set(Thread.currentThread());
                arrived.countDown();
                while (letGo.getCount() > 0) {
                    Thread.onSpinWait();
                }
                out.copyFrom(in); // its memory must still be there
            }
        }
        var pipeline =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("deaf", new Deaf(its, arrived, letGo), "counter")
                        .output("number", "deaf")
                        .build(Options.batchSize(2).threads(1).closeWithin(Duration.ofMillis(1)));
        var consumer =
                Thread.ofPlatform().start(() -> assertThrows(Exception.class, pipeline::next));
        arrived.await();
        var told = whatIsLogged(() -> assertTimeoutPreemptively(HANG, pipeline::close));
        consumer.join();
        assertEquals(
                List.of(
                        "pipeline trial was closed while operators were still running on: trial"
                                + " worker 0, which runs deaf"),
                told);
        assertTrue(pipeline.report().lentBytes() > 0, "what it uses stays its own");
        letGo.countDown();
        assertTrue(its.get().join(HANG), "the thread ends with the call");
        assertNothingLent(pipeline);
    }

    @Test
    void aSourceThatWaitsForEverIsInterrupted() throws Exception {
        record Waiting(CountDownLatch arrived) implements SequentialSource<Integer> {
            @Override
            public Integer start() {
                return 0;
            }

            @Override
            public Integer read(Integer before, BatchOutputs out, BatchContext context)
                    throws Exception {
                arrived.countDown();
                new CountDownLatch(1).await();
                return before;
            }
        }
        var source = new Waiting(new CountDownLatch(1));
        var pipeline =
                Trial.graph()
                        .node("waiting", source)
                        .output("number", "waiting")
                        .build(Options.batchSize(2).threads(1).prefetch(3));
        var consumer =
                Thread.ofPlatform().start(() -> assertThrows(Exception.class, pipeline::next));
        source.arrived().await();
        assertTimeoutPreemptively(HANG, pipeline::close);
        consumer.join();
        assertNothingLent(pipeline);
    }

    /// A graph with something of everything, failing now and then.
    private static Sketch mixed(Random random) {
        int refused = 2 + random.nextInt(40);
        var graph = Trial.graph();
        if (random.nextBoolean()) {
            graph.node("source", new Counter(37, random.nextBoolean()));
        } else {
            graph.node("source", new Stream(37, 5));
        }
        return graph.node("fail", new FailOn(number -> number % refused == 1), "source")
                .node("jitter", new Jitter(), "fail")
                .node("less", new LessSmallest(), "jitter")
                .node("running", new RunningSum(new ArrayList<>()), "less")
                .node("ragged", new Repeat(), "fail")
                .node("copy", new Copy(0), "running")
                .output("copy", "copy")
                .output("ragged", "ragged");
    }

    private static void useAndClose(long seed) throws Exception {
        var random = new Random(seed);
        var options =
                Options.batchSize(1 + random.nextInt(9))
                        .threads(1 + random.nextInt(4))
                        .prefetch(1 + random.nextInt(4))
                        .seed(seed);
        if (random.nextInt(3) == 0) {
            options = options.badSamples(BadSamples.skip(1000));
        }
        if (random.nextInt(4) == 0) {
            options = options.memoryLimit(20_000);
        }
        var pipeline = mixed(random).build(options);
        int batches = random.nextInt(8);
        var retained = new ArrayList<Batch>();
        Thread breaker = null;
        switch (random.nextInt(3)) {
            case 0 -> breaker = Thread.ofPlatform().start(pipeline::close);
            case 1 -> {
                var consumer = Thread.currentThread();
                breaker = Thread.ofPlatform().start(consumer::interrupt);
            }
            default -> {}
        }
        for (int i = 0; i < batches; i++) {
            try {
                var batch = pipeline.next();
                if (random.nextInt(4) == 0) {
                    retained.add(batch.retain());
                }
            } catch (HeadraceException | NoSuchElementException | IllegalStateException expected) {
                Thread.interrupted();
            }
        }
        boolean before = random.nextBoolean();
        if (before) {
            retained.forEach(Batch::close);
        }
        if (breaker != null) {
            while (breaker.isAlive()) {
                try {
                    breaker.join();
                } catch (InterruptedException late) {
                    Thread.interrupted(); // the breaker's, come late
                }
            }
            Thread.interrupted();
        }
        pipeline.close();
        if (!before) {
            for (var batch : retained) {
                Trial.describe(batch);
                batch.close();
            }
        }
        assertNothingLent(pipeline);
        assertEquals(0, pipeline.report().keptBytes(), "memory kept after closing");
    }

    @Test
    void closesInterruptsAndFailsAtRandomMomentsWithoutALeak() {
        int rounds = Boolean.getBoolean("headrace.test.long") ? ROUNDS : ROUNDS / 10;
        for (int round = 0; round < rounds; round++) {
            long seed = round;
            try {
                assertTimeoutPreemptively(HANG, () -> useAndClose(seed));
            } catch (Throwable failure) {
                fail("seed " + seed, failure);
            }
        }
    }

    /// What it keeps dies with an error when it is closed.
    private record Brittle(int variant) implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            context.keep(
                    this,
                    () ->
                            (AutoCloseable)
                                    () -> {
                                        throw new Error("brittle");
                                    });
            out.make(0, in.get(0).spec()).copyFrom(in.get(0));
        }
    }

    @Test
    void whatDiesWhileItIsClosedKeepsNothingElseOpen() {
        var pipeline =
                Trial.graph()
                        .node("counter", new Counter(8, false))
                        .node("one", new Brittle(1), "counter")
                        .node("other", new Brittle(2), "one")
                        .output("number", "other")
                        .build(Options.batchSize(4).threads(2));
        pipeline.next();
        pipeline.close();
        assertNothingLent(pipeline);
    }

    /// A source whose state dies with an error when it is closed.
    private record BrittleStream() implements SequentialSource<AutoCloseable> {
        @Override
        public AutoCloseable start() {
            return () -> {
                throw new Error("brittle");
            };
        }

        @Override
        public AutoCloseable read(AutoCloseable state, BatchOutputs out, BatchContext context) {
            out.make(0, 0, Trial.NUMBER).int64(0, 7);
            context.end();
            return state;
        }
    }

    @Test
    void aStateThatDiesWhileItIsClosedDoesNotKeepTheEpochFromEnding() {
        var graph = Trial.graph().node("stream", new BrittleStream()).output("number", "stream");
        try (var pipeline = graph.build(Options.batchSize(1).threads(1))) {
            for (int epoch = 0; epoch < 3; epoch++) {
                assertEquals(epoch, pipeline.next().epoch());
            }
        }
    }
}
