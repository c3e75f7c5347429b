package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Memory that other processes share is pinned where a device copies from or to it.
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeviceSharedTest extends OnSimulation {
    private static final Device GPU = Device.gpu(0);
    private static final int CALL_FAILED = 304; // CUDA_ERROR_OPERATING_SYSTEM
    private static final String FROM_PAGEABLE = "a copy of pageable memory";
    private static final String TO_PAGEABLE = "a copy to pageable memory";

    /// The same elements, in memory that is shared, as another process would write them.
    ///
    /// @param lent whether they lie in a loan
    private record Elsewhere(boolean lent) implements StatelessBatchOperator {
        @Override
        public boolean sharesMemory() {
            return true;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var list = in.get(0);
            for (int sample = 0; sample < in.batchSize(); sample++) {
                if (lent) {
                    try (var loan = out.lend(list.spec(sample).bytes())) {
                        var tensor = loan.tensor(list.spec(sample), 0, true);
                        tensor.copyFrom(list.get(sample));
                        out.share(0, sample, tensor);
                    }
                } else {
                    out.make(0, sample, list.spec(sample)).copyFrom(list.get(sample));
                }
            }
        }
    }

    private static Sketch graph(boolean ragged, boolean lent) {
        return Trial.graph()
                .node("source", new Counter(40, true))
                .node("spread", new Spread(ragged), "source")
                .node("elsewhere", new Elsewhere(lent), "spread")
                .node("plus", plus(1), "elsewhere")
                .on(GPU)
                .node("down", new Transfer(), "plus")
                .on(Device.HOST)
                .node("again", new Elsewhere(lent), "down")
                .output("again", "again");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noCopyOfWhatIsSharedHoldsTheHostUp(boolean lent) {
        for (boolean ragged : new boolean[] {false, true}) {
            Simulation.reset();
            Simulation.delay(3, 300);
            assertAsOnTheHost(graph(ragged, lent), options());
            assertTrue(Simulation.calls("cuMemHostRegister_v2") > 0);
            assertEquals(
                    Simulation.calls("cuMemHostRegister_v2"),
                    Simulation.calls("cuMemHostUnregister"));
            assertEquals(0, Simulation.calls(FROM_PAGEABLE));
            assertEquals(0, Simulation.calls(TO_PAGEABLE));
        }
    }

    @Test
    void onceWarmNothingIsPinnedAnew() {
        try (var pipeline = graph(false, false).build(options().prefetch(1))) {
            pipeline.epoch().forEach(batch -> {});
            long warm = Simulation.calls("cuMemHostRegister_v2");
            pipeline.epoch().forEach(batch -> {});
            assertEquals(warm, Simulation.calls("cuMemHostRegister_v2"));
            assertEquals(0, Simulation.calls("cuMemHostUnregister"));
        }
    }

    /// What is logged while something runs.
    private static List<String> logged(Runnable work) {
        var lines = new ArrayList<String>();
        var handler =
                new Handler() {
                    @Override
                    public void publish(LogRecord line) {
                        synchronized (lines) {
                            lines.add(line.getMessage());
                        }
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                };
        var logger = Logger.getLogger("dev.headrace.engine.memory");
        logger.addHandler(handler);
        try {
            work.run();
        } finally {
            logger.removeHandler(handler);
        }
        return lines;
    }

    @Test
    void whatCannotBePinnedIsCopiedAllTheSame() {
        Simulation.devices(1);
        var lines =
                logged(
                        () -> {
                            for (int call = 1; call < 100; call++) {
                                Simulation.fail("cuMemHostRegister_v2", call, CALL_FAILED);
                            }
                            assertAsOnTheHost(graph(true, false), options());
                        });
        assertTrue(Simulation.calls(FROM_PAGEABLE) > 0);
        assertEquals(0, Simulation.calls("cuMemHostUnregister"));
        assertEquals(
                List.of(
                        "shared memory is not pinned, so devices copy from it more slowly:"
                                + " cuMemHostRegister_v2 failed: OS call failed or operation not"
                                + " supported on this OS (CUDA_ERROR_OPERATING_SYSTEM, error 304)"),
                lines);
    }

    /// A block that stays pinned is not given to anybody else, nor back to the system.
    @Test
    void whatCannotBeUnpinnedIsNotFreed() {
        Simulation.fail("cuMemHostUnregister", 1, CALL_FAILED);
        var lines =
                logged(
                        () -> {
                            try (var pipeline = graph(true, true).build(options())) {
                                pipeline.epoch().forEach(batch -> {});
                            }
                        });
        assertEquals(List.of(), Simulation.reports());
        assertEquals(1, lines.size(), lines::toString);
        assertTrue(lines.getFirst().startsWith("could not free the buffer of "), lines::toString);
    }

    /// A batch that is kept keeps what is pinned, and the device, until it is closed.
    @Test
    void aBatchThatIsKeptStaysPinned() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(40, false))
                        .node("spread", new Spread(false), "source")
                        .node("elsewhere", new Elsewhere(false), "spread")
                        .node("plus", plus(1), "elsewhere")
                        .on(GPU)
                        .output("elsewhere", "elsewhere")
                        .output("plus", "plus");
        var pipeline = graph.build(Options.batchSize(4));
        var kept = pipeline.next().retain();
        pipeline.close();
        assertEquals(1, Simulation.live("context"));
        assertTrue(Simulation.live("pinned") > 0);
        assertEquals(0, kept.get("elsewhere").get(0).float64(0));
        kept.close();
        assertNothingIsLeft(" after the last batch");
        assertEquals(List.of(), Simulation.reports());
    }
}
