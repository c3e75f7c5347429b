package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Copy;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Where batch operators run: on workers, on virtual threads, on a thread of their own.
@Timeout(60)
class RunsOnTest {
    private static final RunsOn OWN = new RunsOn.Thread("python");
    private static final Duration HANG = Duration.ofSeconds(60); // only a hang takes so long

    @BeforeAll
    static void thatMemoryIsHeldIsNoNews() {
        CloseTest.thatMemoryIsHeldIsNoNews();
    }

    @AfterAll
    static void tellAgain() {
        CloseTest.tellAgain();
    }

    /// Notes on which thread each of its calls comes.
    private record Noting(String name, RunsOn runsOn, List<String> calls, Set<Thread> threads)
            implements BatchOperator<AutoCloseable> {
        private void note(String call) {
            calls.add(name + " " + call + " on " + Thread.currentThread().getName());
            threads.add(Thread.currentThread());
        }

        @Override
        public AutoCloseable start() {
            note("starts");
            return () -> note("ends");
        }

        @Override
        public AutoCloseable run(
                AutoCloseable before, BatchInputs in, BatchOutputs out, BatchContext context) {
            note("runs");
            context.keep(name, () -> (AutoCloseable) () -> note("lets go"));
            for (int sample = 0; sample < in.batchSize(); sample++) {
                out.share(0, sample, in.get(0).get(sample));
            }
            return before;
        }
    }

    private static Options options() {
        return Options.batchSize(2).threads(1).prefetch(1);
    }

    @Test
    void allThatNameAThreadShareItFromStartToEnd() {
        var calls = new CopyOnWriteArrayList<String>();
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        var graph =
                Trial.graph()
                        .node("counter", new Counter(4, false))
                        .node("one", new Noting("one", OWN, calls, threads), "counter")
                        .node("copy", new Copy(0), "one")
                        .node("two", new Noting("two", OWN, calls, threads), "copy")
                        .output("n", "two");
        try (var pipeline = graph.build(options())) {
            assertEquals(
                    List.of("one starts on trial python", "two starts on trial python"), calls);
            calls.clear();
            for (var batch : pipeline.epoch()) {
                assertEquals(2, batch.size());
            }
            assertEquals(
                    List.of(
                            "one runs on trial python",
                            "two runs on trial python",
                            "one runs on trial python",
                            "two runs on trial python"),
                    calls);
            calls.clear();
        }
        assertEquals(List.of("one ends", "two ends"), firstWords(calls.subList(0, 2)));
        assertEquals(
                Set.of("one lets go", "two lets go"), Set.copyOf(firstWords(calls.subList(2, 4))));
        assertEquals(1, threads.size(), "it is one thread from start to end");
        var thread = threads.iterator().next();
        assertFalse(thread.isVirtual());
        assertTrue(thread.isDaemon());
        assertFalse(thread.isAlive());
    }

    private static List<String> firstWords(List<String> calls) {
        return calls.stream().map(call -> call.replace(" on trial python", "")).toList();
    }

    @Test
    void aThreadThatNobodyNamesIsNotStarted() {
        var graph = Trial.graph().node("counter", new Counter(4, false)).output("n", "counter");
        try (var pipeline = graph.build(options())) {
            pipeline.next();
            assertTrue(
                    Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().equals("trial python")));
        }
    }

    private interface Body {
        void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception;
    }

    /// Does what a test says, and gives its input.
    private record Doing(RunsOn runsOn, Body body) implements StatelessBatchOperator {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception {
            body.run(in, out, context);
            for (int sample = 0; sample < in.batchSize(); sample++) {
                out.share(0, sample, in.get(0).get(sample));
            }
        }
    }

    private static Trial.Sketch doing(RunsOn runsOn, Body body) {
        return Trial.graph()
                .node("counter", new Counter(400, false))
                .node("doing", new Doing(runsOn, body), "counter")
                .output("n", "doing");
    }

    private static int depth(int left) {
        return left == 0 ? 0 : 1 + depth(left - 1);
    }

    @Test
    void aThreadOfItsOwnHasALargeStack() {
        int deep = 150_000; // too much for the stack of any other thread
        var graph = doing(OWN, (in, out, context) -> assertEquals(deep, depth(deep)));
        try (var pipeline = graph.build(options())) {
            pipeline.next();
        }
    }

    /// The thread is busy with iteration 0 until the others have come, iteration 1 last.
    @Test
    void aThreadOfItsOwnTakesTheOldestIterationFirst() throws Exception {
        var order = new CopyOnWriteArrayList<Long>();
        var before = new ConcurrentHashMap<Long, Thread>();
        var seen = new CountDownLatch(4);
        var busy = new CountDownLatch(1);
        var letSecondCome = new CountDownLatch(1);
        var letGo = new CountDownLatch(1);
        Body passes =
                (in, out, context) -> {
                    before.put(context.iteration(), Thread.currentThread());
                    seen.countDown();
                    if (context.iteration() == 1) {
                        letSecondCome.await();
                    } else if (context.iteration() > 1) {
                        busy.await(); // else the thread would have nothing older to take
                    }
                };
        Body runs =
                (in, out, context) -> {
                    order.add(context.iteration());
                    if (context.iteration() == 0) {
                        busy.countDown();
                        letGo.await();
                    }
                };
        var graph =
                Trial.graph()
                        .node("counter", new Counter(8, false))
                        .node("passes", new Doing(RunsOn.VIRTUAL, passes), "counter")
                        .node("runs", new Doing(OWN, runs), "passes")
                        .output("n", "runs");
        try (var pipeline = graph.build(options().prefetch(4))) {
            var consumer = Thread.ofPlatform().start(pipeline::next);
            seen.await();
            busy.await();
            before.get(2L).join(); // it has handed its iteration over
            before.get(3L).join();
            letSecondCome.countDown();
            before.get(1L).join();
            letGo.countDown();
            consumer.join();
            pipeline.take(3).forEach(batch -> assertEquals(2, batch.size()));
        }
        assertEquals(List.of(0L, 1L, 2L, 3L), order);
    }

    @Test
    void whatWaitsHoldsNoWorker() {
        var together = new CyclicBarrier(3);
        var threads = new CopyOnWriteArrayList<Thread>();
        var graph =
                doing(
                        RunsOn.VIRTUAL,
                        (in, out, context) -> {
                            threads.add(Thread.currentThread());
                            together.await();
                        });
        try (var pipeline = graph.build(options().prefetch(3))) {
            for (var batch : pipeline.take(3)) {
                assertEquals(
                        List.of(2 * batch.iteration(), 2 * batch.iteration() + 1),
                        Trial.numbers(batch, "n"));
            }
        }
        assertTrue(threads.stream().allMatch(Thread::isVirtual));
        assertEquals("trial doing", threads.getFirst().getName());
    }

    @Test
    void aLoopOfAnOperatorElsewhereIsHelpedByTheWorkers() {
        var names = ConcurrentHashMap.<String>newKeySet();
        for (var runsOn : List.of(OWN, RunsOn.VIRTUAL)) {
            names.clear();
            var both = new CyclicBarrier(2);
            var graph =
                    doing(
                            runsOn,
                            (in, out, context) ->
                                    context.forEach(
                                            2,
                                            (sample, own) -> {
                                                names.add(Thread.currentThread().getName());
                                                both.await();
                                            }));
            try (var pipeline = graph.build(options())) {
                pipeline.next();
            }
            var caller = runsOn == OWN ? "trial python" : "trial doing";
            assertEquals(Set.of(caller, "trial worker 0"), names);
        }
    }

    /// Numbers, read on a thread of its own.
    private record Own(List<String> names) implements SequentialSource<Long> {
        @Override
        public RunsOn runsOn() {
            return OWN;
        }

        @Override
        public Long start() {
            names.add("start " + Thread.currentThread().getName());
            return 0L;
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            names.add("read " + Thread.currentThread().getName());
            out.make(0, 0, Trial.NUMBER).int64(0, before);
            if (before == 1) {
                context.end();
            }
            return before + 1;
        }
    }

    @Test
    void aSourceMayBeReadOnAThreadOfItsOwn() {
        var names = new CopyOnWriteArrayList<String>();
        var graph = Trial.graph().node("source", new Own(names)).output("n", "source");
        try (var pipeline = graph.build(Options.batchSize(1).threads(1).prefetch(1))) {
            assertEquals(List.of(), names, "a source starts with each epoch");
            for (var batch : pipeline.epochs(2)) {
                assertEquals(List.of(batch.iteration() % 2), Trial.numbers(batch, "n"));
            }
        }
        var epoch = List.of("start trial python", "read trial python", "read trial python");
        assertEquals(epoch, names.subList(0, 3));
        assertEquals(epoch, names.subList(3, 6));
    }

    @Test
    void aFailureThereFailsTheIterationOnly() {
        for (var runsOn : List.of(RunsOn.WORKER, RunsOn.VIRTUAL, OWN)) {
            var graph =
                    doing(
                            runsOn,
                            (in, out, context) -> {
                                if (context.iteration() == 0) {
                                    throw new IllegalStateException("not today");
                                }
                            });
            try (var pipeline = graph.build(options())) {
                assertEquals(
                        "Doing failed: IllegalStateException: not today\n"
                                + "  at doing (Doing), added at Trial.java:2, iteration 0",
                        assertThrows(HeadraceException.class, pipeline::next).getMessage());
                assertEquals(List.of(2L, 3L), Trial.numbers(pipeline.next(), "n"));
            }
        }
    }

    @Test
    void aCallThatDoesNotReturnIsNamedAndEndsItsThreadWhenItDoes() throws Exception {
        var arrived = new CountDownLatch(1);
        var letGo = new CountDownLatch(1);
        var thread = new AtomicReference<Thread>();
        var closed = new CopyOnWriteArrayList<String>();
        var graph =
                doing(
                        OWN,
                        (in, out, context) -> {
                            thread.set(Thread.currentThread());
                            context.keep(
                                    "kept",
                                    () ->
                                            (AutoCloseable)
                                                    () ->
                                                            closed.add(
                                                                    Thread.currentThread()
                                                                            .getName()));
                            arrived.countDown();
                            while (letGo.getCount() > 0) {
                                Thread.onSpinWait();
                            }
                        });
        var pipeline = graph.build(options().closeWithin(Duration.ofMillis(1)));
        var consumer =
                Thread.ofPlatform().start(() -> assertThrows(Exception.class, pipeline::next));
        arrived.await();
        var told = CloseTest.whatIsLogged(() -> assertTimeoutPreemptively(HANG, pipeline::close));
        assertEquals(1, told.size());
        var said = told.getFirst(); // the worker, which has nothing to do, may be late too
        var begins = "pipeline trial was closed while operators were still running on: trial ";
        assertTrue(said.startsWith(begins), said);
        assertTrue(said.endsWith("trial python, which runs doing"), said);
        consumer.join();
        assertEquals(List.of(), closed);
        assertTrue(pipeline.report().holders().containsKey("counter"), "what it uses stays");
        letGo.countDown();
        assertTrue(thread.get().join(HANG));
        assertEquals(List.of("trial python"), closed);
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
    }

    @Test
    void closingInterruptsWhatWaits() throws Exception {
        for (var runsOn : List.of(RunsOn.WORKER, RunsOn.VIRTUAL, OWN)) {
            var arrived = new CountDownLatch(1);
            var interrupted = new CountDownLatch(1);
            var graph =
                    doing(
                            runsOn,
                            (in, out, context) -> {
                                arrived.countDown();
                                try {
                                    new CyclicBarrier(2).await();
                                } catch (InterruptedException | BrokenBarrierException expected) {
                                    interrupted.countDown();
                                }
                            });
            var pipeline = graph.build(options());
            var consumer =
                    Thread.ofPlatform().start(() -> assertThrows(Exception.class, pipeline::next));
            arrived.await();
            assertTimeoutPreemptively(HANG, pipeline::close);
            assertEquals(0, interrupted.getCount());
            consumer.join();
            assertEquals(ImmutableMap.of(), pipeline.report().holders());
        }
    }
}
