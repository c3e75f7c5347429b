package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Combine;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Driver calls that fail, devices that are lost, memory that is short.
@Timeout(value = 300, threadMode = SEPARATE_THREAD)
class DeviceFailureTest extends OnSimulation {
    private static final int CALL_FAILED = 304; // CUDA_ERROR_OPERATING_SYSTEM
    private static final int LAUNCH_FAILED = 719;
    private static final int SAMPLES = 24;

    private static Sketch graph() {
        return Trial.graph()
                .node("source", new Counter(SAMPLES, true))
                .node("spread", new Spread(true), "source")
                .node("up", new Transfer(), "spread")
                .on(Device.gpu(0))
                .node("one", plus(1), "up")
                .node("both", new Combine(1, Argument.of(2), 0), "one", "#7")
                .node("far", plus(5), "both")
                .on(Device.gpu(1))
                .node("down", new Transfer(), "far")
                .on(Device.HOST)
                .output("down", "down");
    }

    /// What came of a run in which something fails.
    private record Outcome(List<String> lines, List<HeadraceException> failures) {}

    private static Outcome run() {
        return run(options());
    }

    private static Outcome run(Options options) {
        Simulation.devices(2);
        var outcome = new Outcome(new ArrayList<>(), new ArrayList<>());
        try (var pipeline = graph().build(options)) {
            while (outcome.lines.size() + 4 * outcome.failures.size() < SAMPLES) {
                try {
                    outcome.lines.addAll(Trial.describe(pipeline.next()));
                } catch (HeadraceException failure) {
                    outcome.failures.add(failure);
                }
            }
        } catch (BadGraph failure) {
            outcome.failures.add(failure);
        }
        return outcome;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cuInit",
                "cuDeviceGetCount",
                "cuDeviceGet",
                "cuDeviceTotalMem_v2",
                "cuDevicePrimaryCtxRetain",
                "cuDevicePrimaryCtxRelease_v2",
                "cuCtxSetCurrent",
                "cuStreamCreate",
                "cuStreamDestroy_v2",
                "cuStreamSynchronize",
                "cuStreamWaitEvent",
                "cuEventCreate",
                "cuEventDestroy_v2",
                "cuEventRecord",
                "cuEventQuery",
                "cuEventSynchronize",
                "cuMemAlloc_v2",
                "cuMemFree_v2",
                "cuMemHostAlloc",
                "cuMemFreeHost",
                "cuMemcpyHtoDAsync_v2",
                "cuMemcpyDtoHAsync_v2",
                "cuMemcpyPeerAsync",
                "cuModuleLoadDataEx",
                "cuModuleGetFunction",
                "cuModuleUnload",
                "cuLaunchKernel"
            })
    void aCallThatFailsCostsAtMostItsBatchAndLeaksNothing(String function) {
        tryFailures(function, options());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cuMemAlloc_v2",
                "cuMemHostAlloc",
                "cuMemsetD8Async",
                "cuMemcpyDtoHAsync_v2",
                "cuStreamSynchronize",
                "cuLaunchKernel"
            })
    void soItIsInCheckedMode(String function) {
        tryFailures(function, options().withChecks());
    }

    private static void tryFailures(String function, Options options) {
        var whole = run(options);
        assertEquals(List.of(), whole.failures);
        long calls = Simulation.calls(function);
        assertTrue(calls > 0, function + " is never called");
        var expected = new HashSet<>(whole.lines);
        for (long call = 1; call <= calls; call += Math.max(1, calls / 12)) {
            var when = " where call %s of %s fails".formatted(call, function);
            Simulation.reset();
            Simulation.fail(function, call, CALL_FAILED);
            var outcome = run(options);
            assertNothingIsLeft(when);
            assertEquals(List.of(), Simulation.reports(), when);
            assertTrue(expected.containsAll(outcome.lines), when);
            assertTrue(outcome.failures.size() <= 1, outcome.failures + when);
            for (var failure : outcome.failures) {
                var text = failure.getMessage();
                assertTrue(text.contains(function + " failed: "), text + when);
                assertTrue(
                        text.contains("added at Trial.java:") || text.contains("\n  at "),
                        text + when);
            }
        }
    }

    @Test
    void saysWhatIsStillUsable() {
        Simulation.fail("cuLaunchKernel", 2, CALL_FAILED);
        var failure = run(options().prefetch(1)).failures.getFirst();
        assertEquals(BadBatch.class, failure.getClass());
        assertEquals(
                "cuLaunchKernel failed: OS call failed or operation not supported on this OS"
                        + " (CUDA_ERROR_OPERATING_SYSTEM, error 304); the next batch can be asked for\n"
                        + "  at both (Combine), added at Trial.java:5, iteration 0",
                failure.getMessage());
    }

    @Test
    void aLostDeviceEndsItsPipelineAndNoOther() {
        Simulation.devices(2);
        var other =
                Trial.graph()
                        .node("source", new Counter(SAMPLES, true))
                        .node("spread", new Spread(true), "source")
                        .node("one", plus(1), "spread")
                        .on(Device.gpu(1))
                        .node("down", new Transfer(), "one")
                        .on(Device.HOST)
                        .output("down", "down");
        var mine =
                Trial.graph()
                        .node("source", new Counter(SAMPLES, true))
                        .node("spread", new Spread(true), "source")
                        .node("one", plus(1), "spread")
                        .on(Device.gpu(0))
                        .output("one", "one");
        try (var pipeline = mine.build(options().prefetch(1));
                var beside = other.build(options())) {
            pipeline.next();
            beside.next();
            Simulation.lose(0, LAUNCH_FAILED);
            var failure = assertThrows(BadBatch.class, pipeline::next);
            var text = failure.getMessage();
            assertTrue(
                    text.contains("; gpu(0) is lost to this process, and trial with it\n  at "),
                    text);
            var after = assertThrows(IllegalStateException.class, pipeline::next);
            assertEquals(
                    "gpu(0) was lost: nothing more comes of pipeline trial; close it",
                    after.getMessage());
            assertEquals(1, beside.next().iteration());
        }
    }

    @Test
    void shortMemoryOfADeviceNamesWhoHoldsIt() {
        Simulation.memory(0, 3000);
        var graph =
                Trial.graph()
                        .node("source", new Counter(SAMPLES, true))
                        .node("spread", new Spread(false), "source")
                        .node("one", plus(1), "spread")
                        .on(Device.gpu(0))
                        .output("one", "one");
        try (var pipeline = graph.build(Options.batchSize(16).prefetch(1))) {
            var kept = new ArrayList<Batch>();
            var failure =
                    assertThrows(
                            NoRoom.class,
                            () -> {
                                while (true) {
                                    kept.add(pipeline.next().retain());
                                }
                            });
            var text = failure.getMessage();
            assertTrue(
                    text.startsWith("context of gpu(0) has no ") && text.contains("bytes to one"),
                    text);
            kept.forEach(Batch::close);
            pipeline.next();
        }
    }
}
