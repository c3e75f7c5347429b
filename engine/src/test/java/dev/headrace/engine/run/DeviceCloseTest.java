package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Combine;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.OnDevice.Total;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.run.Trial.Stream;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.LastBatch;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.StreamPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Pipelines that are closed, fail and lose devices at random moments; a round is its seed.
@Timeout(value = 300, threadMode = SEPARATE_THREAD)
class DeviceCloseTest extends OnSimulation {
    private static final int ROUNDS = Boolean.getBoolean("headrace.test.long") ? 300 : 50;

    private static Sketch graph(boolean stream, boolean fails) {
        var graph = Trial.graph();
        if (stream) {
            graph.node("source", new Stream(37, 4));
        } else {
            graph.node("source", new Counter(37, true));
        }
        return graph.node("maybe", new FailOn(n -> fails && n % 5 == 2), "source")
                .node("spread", new Spread(true), "maybe")
                .node("one", plus(1), "spread")
                .on(Device.gpu(0))
                .node("two", new Combine(1, Argument.of(2), 0.5), "one", "spread")
                .on(Device.gpu(1))
                .node("total", new Total(true), "two")
                .on(Device.HOST)
                .node("three", plus(5), "two")
                .node("down", new Transfer(), "three")
                .on(Device.HOST)
                .output("down", "down")
                .output("there", "three")
                .output("total", "total");
    }

    private static Options options(SplittableRandom random, boolean fails) {
        var options =
                Options.batchSize(1 + random.nextInt(5))
                        .threads(1 + random.nextInt(3))
                        .seed(random.nextLong())
                        .prefetch(1 + random.nextInt(4))
                        .lastBatch(LastBatch.PARTIAL)
                        .streams(StreamPolicy.values()[random.nextInt(3)]);
        return fails && random.nextBoolean() ? options.badSamples(BadSamples.skip(50)) : options;
    }

    @Test
    void closesAtAnyMoment() throws Exception {
        for (int seed = 0; seed < ROUNDS; seed++) {
            var random = new SplittableRandom(7919L * seed);
            Simulation.reset();
            Simulation.devices(2);
            Simulation.delay(seed, 100);
            boolean stream = random.nextBoolean();
            boolean fails = random.nextBoolean();
            var pipeline = graph(stream, fails).build(options(random, fails));
            var kept = new ArrayList<Batch>();
            var loop =
                    new FutureTask<>(
                            () -> {
                                for (int i = 0; i < 100; i++) {
                                    try {
                                        var batch = pipeline.next();
                                        if (i % 3 == 0) {
                                            synchronized (kept) {
                                                kept.add(batch.retain());
                                            }
                                        }
                                    } catch (RuntimeException failed) {
                                        if (failed instanceof IllegalStateException) {
                                            return failed.getMessage();
                                        }
                                    }
                                }
                                return "";
                            });
            (seed % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual()).start(loop);
            int moment = random.nextInt(80);
            while (Simulation.calls("cuEventRecord") < moment && !loop.isDone()) {
                Thread.onSpinWait();
            }
            pipeline.close();
            loop.get();
            var threads = new ArrayList<Thread>();
            synchronized (kept) {
                for (var batch : kept) {
                    threads.add(
                            (seed % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform())
                                    .start(batch::close));
                }
            }
            for (var thread : threads) {
                thread.join();
            }
            assertNothingIsLeft(" seed " + seed);
            assertEquals(List.of(), Simulation.reports(), "seed " + seed);
        }
    }

    @Test
    void failsAndLosesAtAnyMoment() throws Exception {
        var functions =
                List.of(
                        "cuStreamWaitEvent",
                        "cuEventRecord",
                        "cuEventQuery",
                        "cuEventSynchronize",
                        "cuMemAlloc_v2",
                        "cuMemHostAlloc",
                        "cuMemcpyHtoDAsync_v2",
                        "cuMemcpyDtoHAsync_v2",
                        "cuMemcpyPeerAsync",
                        "cuLaunchKernel");
        for (int seed = 0; seed < ROUNDS; seed++) {
            var random = new SplittableRandom(104729L * seed);
            Simulation.reset();
            Simulation.devices(2);
            Simulation.delay(seed, 60);
            for (int i = random.nextInt(4); i > 0; i--) {
                Simulation.fail(
                        functions.get(random.nextInt(functions.size())),
                        1 + random.nextInt(40),
                        304);
            }
            boolean fails = random.nextBoolean();
            int lose = random.nextInt(60);
            try (var pipeline = graph(random.nextBoolean(), fails).build(options(random, fails))) {
                for (int i = 0; i < 30; i++) {
                    if (i == lose) {
                        Simulation.lose(random.nextInt(2), 719);
                    }
                    try {
                        pipeline.next();
                    } catch (RuntimeException failed) {
                        if (failed instanceof IllegalStateException) {
                            break;
                        }
                    }
                }
            }
            assertNothingIsLeft(" seed " + seed);
            if (lose >= 30) {
                assertEquals(List.of(), Simulation.reports(), "seed " + seed);
            }
        }
    }
}
