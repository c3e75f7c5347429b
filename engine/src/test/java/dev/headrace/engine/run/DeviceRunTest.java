package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Combine;
import dev.headrace.engine.run.OnDevice.CountUp;
import dev.headrace.engine.run.OnDevice.Extent;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.OnDevice.Total;
import dev.headrace.engine.run.OnDevice.Unlucky;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.StreamPolicy;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Pipelines on devices, on the simulated driver. A test that hangs has found something: hence the
/// limit.
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeviceRunTest extends OnSimulation {
    private static final Device GPU = Device.gpu(0);

    private static Sketch chain(boolean ragged) {
        return chain(ragged, 10);
    }

    private static Sketch chain(boolean ragged, int samples) {
        return Trial.graph()
                .node("source", new Counter(samples, true))
                .node("spread", new Spread(ragged), "source")
                .node("plus", plus(1), "spread")
                .on(GPU)
                .node("more", plus(10), "plus")
                .node("down", new Transfer(), "more")
                .on(Device.HOST)
                .node("total", new Total(false), "down")
                .output("down", "down")
                .output("total", "total")
                .output("number", "source");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag(Simulation.ANY_DRIVER)
    void computesThereWhatItComputesHere(boolean ragged) {
        assertAsOnTheHost(chain(ragged), options());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void computesTheSameInCheckedMode() {
        assertAsOnTheHost(chain(true), options().withChecks());
    }

    @ParameterizedTest
    @EnumSource
    @Tag(Simulation.ANY_DRIVER)
    void branchesJoinUnderEveryPolicy(StreamPolicy policy) {
        Simulation.delay(3, 300);
        var graph =
                Trial.graph()
                        .node("source", new Counter(30, true))
                        .node("spread", new Spread(true), "source")
                        .node("up", new Transfer(), "spread")
                        .on(GPU)
                        .node("left", plus(1), "up")
                        .node("right", plus(2), "up")
                        .node("both", new Combine(3, Argument.of(4), 0), "left", "right")
                        .node("down", new Transfer(), "both")
                        .on(Device.HOST)
                        .node("total", new Total(false), "down")
                        .output("total", "total")
                        .output("down", "down");
        assertAsOnTheHost(graph, options().streams(policy));
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aKernelIsToldOfManySamples() {
        assertAsOnTheHost(chain(true, 3000), options(1000));
    }

    /// Of few and of many numbers, and of none.
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 30})
    @Tag(Simulation.ANY_DRIVER)
    void aKernelIsToldOfArraysOfAnyLength(int batchSize) {
        for (int first : List.of(0, 3)) {
            var graph =
                    Trial.graph()
                            .node("source", new Counter(30, true))
                            .node("up", new CountUp(first, 31), "source")
                            .on(GPU)
                            .node("down", new Transfer(), "up")
                            .on(Device.HOST)
                            .output("down", "down");
            assertAsOnTheHost(graph, options(batchSize));
        }
    }

    @Test
    void aConstantIsReadOnTheHostWhereANumberWouldBe() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(6, true))
                        .node("up", new CountUp(1, 31), "#3")
                        .on(GPU)
                        .node("down", new Transfer(), "up")
                        .on(Device.HOST)
                        .output("number", "source")
                        .output("down", "down");
        assertAsOnTheHost(graph, options());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aSecondDeviceTakesOver() {
        Simulation.devices(2);
        Simulation.delay(5, 300);
        var graph =
                Trial.graph()
                        .node("source", new Counter(30, true))
                        .node("spread", new Spread(true), "source")
                        .node("one", plus(1), "spread")
                        .on(GPU)
                        .node("two", new Combine(1, Argument.of(2), 0), "one", "spread")
                        .on(Device.gpu(1))
                        .node("down", new Transfer(), "two")
                        .on(Device.HOST)
                        .output("down", "down");
        assertAsOnTheHost(graph, options());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void argumentsAreReadOnTheHostAndDrawsAreTheSame() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(30, true))
                        .node("spread", new Spread(true), "source")
                        .node("total", new Total(false), "spread")
                        .node(
                                "plus",
                                new Combine(0, new Input(2), 0.5),
                                "spread",
                                "spread",
                                "total")
                        .on(GPU)
                        .node("extent", new Extent(), "plus")
                        .on(Device.HOST)
                        .node("down", new Transfer(), "plus")
                        .on(Device.HOST)
                        .output("extent", "extent")
                        .output("down", "down");
        assertAsOnTheHost(graph, options());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aConstantIsCopiedThereOnce() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(12, true))
                        .node("spread", new Spread(false), "source")
                        .node("both", new Combine(2, Argument.of(1), 0), "spread", "#3")
                        .on(GPU)
                        .node("down", new Transfer(), "both")
                        .on(Device.HOST)
                        .output("down", "down");
        assertAsOnTheHost(graph, options());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void whatIsLookedAtAndWhatIsDeliveredIsThere() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(12, true))
                        .node("spread", new Spread(true), "source")
                        .node("plus", plus(1), "spread")
                        .on(GPU)
                        .peek()
                        .output("plus", "plus");
        Simulation.delay(1, 500);
        try (var pipeline = graph.build(options().prefetch(3))) {
            for (var batch : pipeline.epoch()) {
                var there = batch.get("plus");
                var here = batch.peek("plus");
                for (int sample = 0; sample < batch.size(); sample++) {
                    assertTrue(there.get(sample).isOnDevice());
                    assertEquals(there.spec(sample), here.spec(sample));
                    double number = here.get(sample).float64(0) - 1;
                    assertEquals(1 + (long) number % 7, here.spec(sample).shape().extent(0));
                }
                var first = there.get(0);
                assertEquals(
                        "this tensor (%s) lies on a device: put cpu() before what reads it"
                                .formatted(first.spec()),
                        assertThrows(IllegalStateException.class, () -> first.float64(0))
                                .getMessage());
                assertThrows(IllegalStateException.class, first::segment);
                assertThrows(IllegalStateException.class, first::buffer);
                assertThrows(IllegalStateException.class, first::toBytes);
            }
        }
        assertEquals(List.of(), Simulation.reports());
    }

    @Test
    void aBatchThatIsRetainedOutlivesItsPipeline() {
        var pipeline = chain(true).output("there", "more").build(options());
        var kept = pipeline.next().retain();
        pipeline.close();
        assertEquals(1, Simulation.live("context"));
        assertTrue(kept.get("there").get(0).isOnDevice());
        kept.close();
        assertNothingIsLeft(" after the last batch");
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aSampleThatCannotBeUsedFailsItsIterationWithItsPlace() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(20, false))
                        .node("spread", new Spread(true), "source")
                        .node("plus", new Unlucky(new Input(1)), "spread", "source")
                        .on(GPU)
                        .output("plus", "plus");
        try (var pipeline = graph.build(options())) {
            for (int batch = 0; batch < 3; batch++) {
                pipeline.next();
            }
            assertEquals(
                    "13 brings bad luck\n"
                            + "  at plus (Unlucky), added at Trial.java:3, iteration 3, sample 13"
                            + " [number 13]",
                    assertThrows(BadSample.class, pipeline::next).getMessage());
            assertEquals(4, pipeline.next().iteration());
        }
    }

    private static String refusal(Sketch graph) {
        return assertThrows(BadGraph.class, () -> graph.build(options()).close()).getMessage();
    }

    @Test
    void refusesDevicesThatAreNotThereAllAtOnce() {
        assertEquals(
                """
                2 problems:
                there is no gpu(1): the driver shows 1
                  at spread on gpu(1) (Transfer), added at Trial.java:4
                  at b (Combine), added at Trial.java:4
                there is no gpu(7): the driver shows 1
                  at spread on gpu(7) (Transfer), added at Trial.java:5
                  at c (Combine), added at Trial.java:5
                  at c on host (Transfer), added at Trial.java:6\
                """,
                refusal(
                        Trial.graph()
                                .node("source", new Counter(12, true))
                                .node("spread", new Spread(true), "source")
                                .node("a", plus(1), "spread")
                                .on(GPU)
                                .node("b", plus(1), "spread")
                                .on(Device.gpu(1))
                                .node("c", plus(1), "spread")
                                .on(Device.gpu(7))
                                .node("d", new Total(false), "c")
                                .on(Device.HOST)
                                .output("a", "a")
                                .output("b", "b")
                                .output("d", "d")));
    }

    /// An operator whose kernel is wrong.
    private record Wrong(Kernel kernel) implements CudaOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            throw new IllegalStateException("it is never run");
        }

        @Override
        public List<TensorSpec> specs(Inputs in, SampleContext context) {
            return List.of(in.get(0).spec());
        }

        @Override
        public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
            descriptor.pointer(out.get(0));
            return 1;
        }
    }

    private static String refusal(Kernel kernel) {
        return refusal(
                Trial.graph()
                        .node("source", new Counter(12, true))
                        .node("wrong", new Wrong(kernel), "source")
                        .on(GPU)
                        .output("wrong", "wrong"));
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void refusesKernelsThatCannotBeLoaded() {
        var name = refusal(new Kernel("other", OnDevice.COMBINE.ptx()));
        assertTrue(name.startsWith("cuModuleGetFunction failed: "), name);
        assertTrue(name.endsWith("\n  at wrong (Wrong), added at Trial.java:2"), name);
        var code = refusal(new Kernel("other", "no PTX at all"));
        assertTrue(code.startsWith("cuModuleLoadDataEx failed: "), code);
        assertTrue(code.endsWith("\n  at wrong (Wrong), added at Trial.java:2"), code);
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void theReportTellsTheMemoryOfDevices() {
        try (var pipeline = chain(false).build(Options.batchSize(4).prefetch(1))) {
            pipeline.next();
            pipeline.settle(); // nothing is on loan but what the batch has
            var device = pipeline.report().devices();
            assertEquals(1, device.size());
            assertEquals("gpu(0)", device.getFirst().name());
            long taken = device.getFirst().keptBytes() + device.getFirst().lentBytes();
            assertTrue(taken >= 2 * 4 * 5 * Double.BYTES, taken + " bytes"); // two values at once
            assertTrue(device.getFirst().poolMisses() >= 3); // and what a launch is told
            assertTrue(
                    pipeline.report().toString().contains("\n  memory of gpu(0): "),
                    pipeline.report()::toString);
        }
    }
}
