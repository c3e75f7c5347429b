package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Combine;
import dev.headrace.engine.run.OnDevice.Extent;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.OnDevice.Total;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.StreamPolicy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Pipelines on devices, on the simulated driver. A test that hangs has found something: hence the
/// limit.
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeviceRunTest {
    private static final Device GPU = Device.gpu(0);

    @BeforeEach
    void begin() {
        Simulation.begin();
    }

    @AfterEach
    void nothingIsLeft() {
        for (var kind : Simulation.KINDS) {
            assertEquals(0, Simulation.live(kind), kind);
        }
        Simulation.reset();
    }

    private static Options options() {
        return Options.batchSize(4).threads(2).seed(7).prefetch(2);
    }

    private static List<String> epochs(Sketch graph, Options options) {
        var lines = new ArrayList<String>();
        try (var pipeline = graph.build(options)) {
            for (var batch : pipeline.epochs(2)) {
                lines.addAll(Trial.describe(batch));
            }
        }
        return lines;
    }

    /// The same bytes as on the host, without a race.
    private static void assertAsOnTheHost(Sketch graph, Options options) {
        var there = epochs(graph, options);
        assertEquals(List.of(), Simulation.reports());
        assertEquals(epochs(graph.onHost(), options), there);
    }

    private static Sketch chain(boolean ragged) {
        return Trial.graph()
                .node("source", new Counter(10, true))
                .node("spread", new Spread(ragged), "source")
                .node("plus", plus(1), "spread")
                .on(GPU)
                .node("more", plus(10), "plus")
                .node("down", new Transfer(), "more")
                .on(Device.HOST)
                .node("total", new Total(), "down")
                .output("down", "down")
                .output("total", "total")
                .output("number", "source");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void computesThereWhatItComputesHere(boolean ragged) {
        assertAsOnTheHost(chain(ragged), options());
    }

    @Test
    void computesTheSameInCheckedMode() {
        assertAsOnTheHost(chain(true), options().withChecks());
    }

    @ParameterizedTest
    @EnumSource
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
                        .node("total", new Total(), "down")
                        .output("total", "total")
                        .output("down", "down");
        assertAsOnTheHost(graph, options().streams(policy));
    }

    @Test
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
    void argumentsAreReadOnTheHostAndDrawsAreTheSame() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(30, true))
                        .node("spread", new Spread(true), "source")
                        .node("total", new Total(), "spread")
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
}
