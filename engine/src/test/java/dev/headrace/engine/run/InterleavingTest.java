package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Hold;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.Jitter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.run.Trial.Widen;
import dev.headrace.engine.spec.Options;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Random graphs of operators on all kinds of threads, with rests, failures, views and foreign
/// memory: the same whatever the threads, and nothing is lent once they are closed.
class InterleavingTest {
    /// Rounds in full: {@value}; a tenth of them without `-Dheadrace.test.long=true`.
    private static final int ROUNDS = 4_000;

    private static final Duration HANG = Duration.ofSeconds(60); // only a hang takes so long

    @BeforeAll
    static void thatMemoryIsHeldIsNoNews() {
        CloseTest.thatMemoryIsHeldIsNoNews();
    }

    @AfterAll
    static void tellAgain() {
        CloseTest.tellAgain();
    }

    private enum Gives {
        SHARED,
        MADE,
        BLOCK,
        LENT,
        ADOPTED
    }

    /// What operators leave behind them: views, and foreign memory that is not free yet.
    private record World(Queue<Hold> views, Queue<Runnable> releases) {
        World() {
            this(new ConcurrentLinkedQueue<>(), new ConcurrentLinkedQueue<>());
        }

        void cleanUp() {
            for (var view = views.poll(); view != null; view = views.poll()) {
                view.close();
            }
            for (var freed = releases.poll(); freed != null; freed = releases.poll()) {
                freed.run();
            }
        }
    }

    /// How a batch operator goes about its work.
    ///
    /// @param number added to each sample, and another for each operator
    /// @param failing in which iterations it fails: those that leave this modulo eleven
    private record Way(
            World world, RunsOn runsOn, Gives gives, boolean rest, int number, int failing) {
        static Way any(World world, Random random, int number) {
            var places =
                    List.of(
                            RunsOn.WORKER,
                            RunsOn.VIRTUAL,
                            new RunsOn.Thread("one"),
                            new RunsOn.Thread("two"));
            return new Way(
                    world,
                    places.get(random.nextInt(places.size())),
                    Gives.values()[random.nextInt(Gives.values().length)],
                    random.nextBoolean(),
                    number,
                    random.nextInt(25));
        }

        void run(long add, BatchInputs in, BatchOutputs out, BatchContext context) {
            if ((context.iteration() + number) % 3 == 0) {
                var view = in.hold(0);
                if (context.iteration() % 2 == 0) {
                    view.outlive();
                }
                world.views.add(view);
            }
            if (context.iteration() % 5 == 4) {
                world.cleanUp();
            }
            if (rest) {
                context.finish(() -> give(add, in, out, context));
            } else {
                give(add, in, out, context);
            }
        }

        private void give(long add, BatchInputs in, BatchOutputs out, BatchContext context) {
            var list = in.get(0);
            int count = in.batchSize();
            switch (gives) {
                case SHARED -> {
                    for (int sample = 0; sample < count; sample++) {
                        out.share(0, sample, list.get(sample));
                    }
                }
                case MADE, BLOCK -> {
                    var block = gives == Gives.BLOCK ? out.block(0) : null;
                    for (int sample = 0; sample < count; sample++) {
                        double value = list.get(sample).number(0) + add;
                        if (block != null && block.isPresent()) {
                            block.get().number(sample, value);
                            out.make(0, sample, Trial.REAL);
                        } else {
                            out.make(0, sample, Trial.REAL).float64(0, value);
                        }
                    }
                }
                case LENT -> {
                    try (var buffer = out.lend(8L * count)) {
                        for (int sample = 0; sample < count; sample++) {
                            var slot = buffer.tensor(Trial.REAL, 8L * sample, true);
                            slot.float64(0, list.get(sample).number(0) + add);
                            out.share(0, sample, slot);
                        }
                    }
                }
                case ADOPTED -> {
                    var memory = Arena.ofAuto().allocate(8L * Math.max(1, count));
                    try (var buffer = out.adopt(memory, world.releases::add)) {
                        for (int sample = 0; sample < count; sample++) {
                            double value = list.get(sample).number(0) + add;
                            memory.setAtIndex(ValueLayout.JAVA_DOUBLE, sample, value);
                            out.share(0, sample, buffer.tensor(Trial.REAL, 8L * sample, false));
                        }
                    }
                }
            }
            if ((context.iteration() + number) % 11 == failing) {
                throw new BadBatch("operator " + number + " fails");
            }
        }
    }

    private record Stateful(Way way) implements BatchOperator<Long> {
        @Override
        public RunsOn runsOn() {
            return way.runsOn;
        }

        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long run(Long before, BatchInputs in, BatchOutputs out, BatchContext context) {
            way.run(1000 * before + way.number, in, out, context);
            return before + 1;
        }
    }

    private record Stateless(Way way) implements StatelessBatchOperator {
        @Override
        public RunsOn runsOn() {
            return way.runsOn;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            way.run(way.number, in, out, context);
        }
    }

    /// A graph of up to eight operators, each on a random one before it; the last ones are outputs.
    private static Sketch graph(World world, long seed) {
        var random = new Random(seed);
        var graph = Trial.graph();
        if (random.nextBoolean()) {
            graph.node("source", new Counter(37, random.nextBoolean()));
        } else {
            graph.node("source", new Stream(37, 5));
        }
        int refused = 2 + random.nextInt(60);
        graph.node("fail", new FailOn(number -> number % refused == 1), "source");
        var names = new ArrayList<>(List.of("source", "fail"));
        int count = 1 + random.nextInt(8);
        for (int number = 0; number < count; number++) {
            var from = names.get(random.nextInt(names.size()));
            var name = "node" + number;
            switch (random.nextInt(4)) {
                case 0 -> graph.node(name, new Stateful(Way.any(world, random, number)), from);
                case 1 -> graph.node(name, new Stateless(Way.any(world, random, number)), from);
                case 2 -> graph.node(name, new Jitter(), from);
                default -> graph.node(name, new Widen(), from);
            }
            names.add(name);
        }
        graph.output("last", names.getLast());
        graph.output("other", names.get(random.nextInt(names.size())));
        return graph;
    }

    /// What comes of it, batch by batch.
    private static List<String> outcomes(long seed, Options options) {
        var world = new World();
        var all = new ArrayList<String>();
        var pipeline = graph(world, seed).build(options);
        for (int i = 0; i < 12; i++) {
            try {
                var batch = pipeline.next();
                all.addAll(Trial.describe(batch));
                batch.get("last").dense();
            } catch (HeadraceException failure) {
                all.add(failure.getMessage());
            }
        }
        pipeline.close();
        assertNothingLeft(world, pipeline);
        return all;
    }

    private static void assertNothingLeft(World world, Pipeline pipeline) {
        world.cleanUp();
        assertEquals(ImmutableMap.of(), pipeline.report().holders());
        assertEquals(0, pipeline.report().lentBytes());
        assertEquals(0, pipeline.report().keptBytes(), "memory kept after closing");
    }

    private interface Round {
        void run(long seed) throws Exception;
    }

    private static void rounds(int count, Round round) {
        int rounds = Boolean.getBoolean("headrace.test.long") ? count : count / 10;
        for (int number = 0; number < rounds; number++) {
            long seed = number;
            try {
                assertTimeoutPreemptively(HANG, () -> round.run(seed));
            } catch (Throwable failure) {
                fail("seed " + seed, failure);
            }
        }
    }

    @Test
    void theSameWhateverTheThreads() {
        rounds(
                ROUNDS / 2,
                seed -> {
                    var options = Options.batchSize(1 + (int) (seed % 7)).seed(seed);
                    var expected = outcomes(seed, options.threads(1).prefetch(1));
                    var checked = seed % 4 == 0 ? options.withChecks() : options;
                    assertEquals(expected, outcomes(seed, checked.threads(4).prefetch(4)));
                });
    }

    @Test
    void closesInterruptsAndFailsAtRandomMomentsWithoutALeak() {
        rounds(ROUNDS, InterleavingTest::useAndClose);
    }

    private static void useAndClose(long seed) throws Exception {
        var random = new Random(seed);
        var options =
                Options.batchSize(1 + random.nextInt(9))
                        .threads(1 + random.nextInt(4))
                        .prefetch(1 + random.nextInt(4))
                        .seed(seed);
        if (random.nextInt(4) == 0) {
            options = options.memoryLimit(20_000);
        }
        if (random.nextInt(4) == 0) {
            options = options.withChecks();
        }
        var world = new World();
        var pipeline = graph(world, seed).build(options);
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
        for (var batch : retained) {
            Trial.describe(batch);
            batch.close();
        }
        assertNothingLeft(world, pipeline);
    }
}
