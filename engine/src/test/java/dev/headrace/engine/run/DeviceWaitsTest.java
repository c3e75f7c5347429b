package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Combine;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.OnDevice.Total;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.StreamPolicy;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a device is asked for, call by call, and what happens where a wait is left out.
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeviceWaitsTest extends OnSimulation {
    private static final List<String> WAITS = List.of("cuStreamWaitEvent", "cuEventSynchronize");

    /// Two branches on two devices that join, and a reader on the host.
    private static Sketch graph() {
        return Trial.graph()
                .node("source", new Counter(40, true))
                .node("spread", new Spread(false), "source")
                .node("up", new Transfer(), "spread")
                .on(Device.gpu(0))
                .node("left", plus(1), "up")
                .node("right", plus(2), "up")
                .node("both", new Combine(3, Argument.of(4), 0), "left", "right")
                .node("far", plus(5), "both")
                .on(Device.gpu(1))
                .node("total", new Total(true), "far")
                .on(Device.HOST)
                .output("total", "total");
    }

    private static void oneBatch(StreamPolicy policy) {
        Simulation.devices(2);
        Simulation.delay(1, 8000); // so that nothing is over by itself before it is waited for
        try (var pipeline = graph().build(Options.batchSize(4).prefetch(1).streams(policy))) {
            pipeline.next();
        }
    }

    /// The memory of a first batch was never used before, so nothing else orders its accesses.
    @ParameterizedTest
    @EnumSource
    void noWaitOfAFirstBatchCanBeLeftOut(StreamPolicy policy) {
        oneBatch(policy);
        assertEquals(List.of(), Simulation.reports());
        var counts = new TreeMap<String, Long>();
        WAITS.forEach(function -> counts.put(function, Simulation.calls(function)));
        assertTrue(counts.get("cuStreamWaitEvent") >= 1, counts.toString());
        assertEquals(1, counts.get("cuEventSynchronize"));
        counts.forEach(
                (function, count) -> {
                    for (long call = 1; call <= count; call++) {
                        Simulation.reset();
                        Simulation.ignore(function, call);
                        oneBatch(policy);
                        assertFalse(
                                Simulation.reports().isEmpty(),
                                "%s without call %s of %s".formatted(policy, call, function));
                    }
                });
    }

    /// Later batches use the memory of earlier ones: each wait that is left out is a race, or the
    /// others order the accesses too.
    @Test
    void eachWaitOfLaterBatchesIsNeededOrImplied() {
        var options = Options.batchSize(4).prefetch(1).seed(3).streams(StreamPolicy.PER_NODE);
        Simulation.devices(2);
        var expected = epochs(graph(), options);
        long waits = Simulation.calls("cuStreamWaitEvent");
        int found = 0;
        for (long call = 1; call <= waits; call++) {
            Simulation.reset();
            Simulation.devices(2);
            Simulation.ignore("cuStreamWaitEvent", call);
            var lines = epochs(graph(), options);
            if (Simulation.reports().isEmpty()) {
                assertEquals(expected, lines, "without wait " + call);
            } else {
                found++;
            }
        }
        assertTrue(found > waits / 2, found + " races of " + waits + " waits");
    }

    private static Sketch chain() {
        return Trial.graph()
                .node("source", new Counter(200, true))
                .node("spread", new Spread(false), "source")
                .node("one", plus(1), "spread")
                .on(Device.gpu(0))
                .node("two", plus(10), "one")
                .node("total", new Total(true), "two")
                .on(Device.HOST)
                .output("total", "total");
    }

    /// Calls by batch, once warm. How often a thread of somebody else sets its context and sets it
    /// back is not among them: that depends on who finds memory busy.
    private static Map<String, Double> calls(Sketch graph, Options options) {
        var functions =
                List.of(
                        "cuLaunchKernel",
                        "cuMemcpyHtoDAsync_v2",
                        "cuMemcpyDtoHAsync_v2",
                        "cuEventRecord",
                        "cuEventCreate",
                        "cuStreamWaitEvent",
                        "cuEventSynchronize",
                        "cuStreamSynchronize",
                        "cuMemAlloc_v2",
                        "cuMemHostAlloc",
                        "cuMemFree_v2");
        var counts = new TreeMap<String, Double>();
        try (var pipeline = graph.build(options)) {
            do {
                functions.forEach(each -> counts.put(each, (double) -Simulation.calls(each)));
                pipeline.take(20).forEach(batch -> {});
                counts.replaceAll((each, before) -> (before + Simulation.calls(each)) / 20);
            } while (counts.get("cuMemAlloc_v2")
                            + counts.get("cuMemHostAlloc")
                            + counts.get("cuEventCreate")
                    > 0); // until it is warm; else the limit ends it
        }
        counts.values().removeIf(count -> count == 0);
        return counts;
    }

    @Test
    void aBatchCostsAsManyCallsAsThereAreCopiesLaunchesAndBorders() {
        assertEquals(
                Map.of(
                        "cuLaunchKernel", 2.0,
                        "cuMemcpyHtoDAsync_v2", 3.0, // the data, and what each launch is told
                        "cuMemcpyDtoHAsync_v2", 1.0,
                        "cuEventRecord", 4.0,
                        "cuStreamWaitEvent", 2.0, // there and back
                        "cuEventSynchronize", 1.0), // one reader on the host
                calls(chain(), Options.batchSize(4).prefetch(1)));
    }

    @Test
    void whatStaysOnOneStreamIsAwaitedOnlyByTheHost() {
        assertEquals(
                Map.of(
                        "cuLaunchKernel", 2.0,
                        "cuMemcpyHtoDAsync_v2", 3.0,
                        "cuMemcpyDtoHAsync_v2", 1.0,
                        "cuEventRecord", 4.0,
                        "cuEventSynchronize", 1.0),
                calls(chain(), Options.batchSize(4).prefetch(1).streams(StreamPolicy.SINGLE)));
    }

    @Test
    void whatIsDeliveredOnTheDeviceIsAwaitedOnce() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(200, true))
                        .node("spread", new Spread(false), "source")
                        .node("one", plus(1), "spread")
                        .on(Device.gpu(0))
                        .node("two", plus(10), "one")
                        .output("one", "one")
                        .output("two", "two");
        assertEquals(1.0, calls(graph, Options.batchSize(4).prefetch(1)).get("cuEventSynchronize"));
    }

    /// Stream 1 copies there, stream 2 computes, stream 3 copies back.
    @Test
    void copiesOfTheNextBatchOverlapTheKernelsOfThisOne() throws Exception {
        try (var pipeline = chain().build(Options.batchSize(4).prefetch(2))) {
            Simulation.holdStream(2);
            var next = new FutureTask<>(pipeline::next);
            Thread.ofPlatform().start(next);
            while (copiesThere() < 2) {
                Thread.onSpinWait(); // until the second batch's data has come; else the limit
                // ends it
            }
            assertFalse(next.isDone());
            assertTrue(
                    Simulation.log().stream()
                            .noneMatch(each -> each.stream() == 2 && each.end() >= 0));
            Simulation.releaseAll();
            next.get();
        }
    }

    private static long copiesThere() {
        return Simulation.log().stream()
                .filter(each -> each.stream() == 1 && each.end() >= 0 && each.bytes() > 0)
                .count();
    }
}
