package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Combine;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.OnDevice.Total;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.spec.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What once went wrong, or nearly: memory that is used too early or too late, and closes that
/// hang.
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeviceHazardsTest extends OnSimulation {
    private static final Device GPU = Device.gpu(0);

    record One() implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            out.make(0, OnDevice.vector(1)).float64(0, in.get(0).int64(0));
        }
    }

    /// An argument that a device computes.
    @Test
    @Tag(Simulation.ANY_DRIVER)
    void anArgumentThatADeviceComputesIsReadOnceItIsThere() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(30, true))
                        .node("spread", new Spread(true), "source")
                        .node("one", new One(), "source")
                        .node("k", plus(100), "one")
                        .on(GPU)
                        .node("b", new Combine(0, new Input(2), 0), "spread", "spread", "k")
                        .on(GPU)
                        .node("down", new Transfer(), "b")
                        .on(Device.HOST)
                        .output("down", "down");
        Simulation.delay(3, 300);
        assertAsOnTheHost(graph, options());
    }

    record Sized() implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long number = in.get(0).int64(0);
            var made = out.make(0, OnDevice.vector(number % 4 == 3 ? 256 : 512));
            for (long i = 0; i < made.shape().volume(); i++) {
                made.float64(i, number + i);
            }
        }
    }

    /// Samples in pinned blocks of their own that happen to lie one behind the other.
    @Test
    @Tag(Simulation.ANY_DRIVER)
    void blocksThatHappenToLieSideBySideAreCopiedOneByOne() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(40, false))
                        .node("sized", new Sized(), "source")
                        .node("plus", plus(3), "sized")
                        .on(GPU)
                        .node("down", new Transfer(), "plus")
                        .on(Device.HOST)
                        .output("down", "down");
        assertAsOnTheHost(graph, options().threads(1).prefetch(1));
    }

    record Some(int empty) implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var list = in.get(0);
            var ids = new ArrayList<SampleId>();
            if (context.iteration() % 3 != empty) {
                for (int i = 0; i < list.size(); i++) {
                    ids.add(list.id(i));
                }
            }
            out.samples(ids);
            for (int i = 0; i < ids.size(); i++) {
                out.make(0, i, list.spec(i)).copyFrom(list.get(i));
            }
        }
    }

    /// Batches without samples.
    @Test
    void aBatchWithoutSamplesLeavesMemoryBusy() {
        withBatches(1);
    }

    @Test
    void soDoesOneWithSamples() {
        withBatches(7);
    }

    private static void withBatches(int empty) {
        for (int seed = 0; seed < 30; seed++) {
            Simulation.reset();
            Simulation.delay(seed, 200);
            var graph =
                    Trial.graph()
                            .node("source", new Counter(60, false))
                            .node("some", new Some(empty), "source")
                            .node("spread", new Spread(false), "some")
                            .node("total", new Total(false), "spread")
                            .node(
                                    "plus",
                                    new Combine(0, new Input(2), 0),
                                    "spread",
                                    "spread",
                                    "total")
                            .on(GPU)
                            .node("more", plus(3), "plus")
                            .node("down", new Transfer(), "more")
                            .on(Device.HOST)
                            .output("down", "down");
            try (var pipeline = graph.build(Options.batchSize(1).threads(2).prefetch(4))) {
                for (var batch : pipeline.epochs(2)) {
                    batch.size();
                }
            }
            assertEquals(List.of(), Simulation.reports(), "seed " + seed);
        }
    }

    record Adopting() implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var gpu = new GpuContext[1];
            GpuContext.onSystemThread(() -> gpu[0] = GpuContext.open(0));
            for (int i = 0; i < in.get(0).size(); i++) {
                var memory = gpu[0].pin(4096);
                boolean last = i == in.get(0).size() - 1;
                try (var buffer =
                        out.adopt(
                                memory.segment(),
                                freed -> {
                                    memory.close();
                                    freed.run();
                                    if (last) {
                                        gpu[0].close();
                                    }
                                })) {
                    var tensor = buffer.tensor(OnDevice.vector(5), 0, true);
                    for (int k = 0; k < 5; k++) {
                        tensor.float64(k, in.get(0).get(i).int64(0) + k);
                    }
                    out.share(0, i, tensor);
                }
            }
        }
    }

    /// Foreign memory that its owner has pinned.
    @Test
    void memoryThatItsOwnerPinnedIsReleasedAfterTheCopy() {
        Simulation.delay(3, 2000);
        var graph =
                Trial.graph()
                        .node("source", new Counter(40, false))
                        .node("adopting", new Adopting(), "source")
                        .node("plus", plus(3), "adopting")
                        .on(GPU)
                        .output("plus", "plus");
        try (var pipeline = graph.build(options().prefetch(3))) {
            for (var batch : pipeline.epoch()) {
                batch.size();
            }
        }
        assertEquals(List.of(), Simulation.reports());
    }

    /// A device that does not go on.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void closesInTimeThoughADeviceHangs(boolean checked) throws Exception {
        var graph =
                Trial.graph()
                        .node("source", new Counter(40, false))
                        .node("spread", new Spread(false), "source")
                        .node("plus", plus(3), "spread")
                        .on(GPU)
                        .output("plus", "plus");
        var options = options().closeWithin(Duration.ofMillis(100));
        var pipeline = graph.build(checked ? options.withChecks() : options);
        Simulation.holdStream(2);
        var next = new FutureTask<>(pipeline::next);
        Thread.ofPlatform().daemon().start(next);
        while (Simulation.calls("cuLaunchKernel") == 0) {
            Thread.onSpinWait();
        }
        var close =
                new FutureTask<>(
                        () -> {
                            pipeline.close();
                            return 1;
                        });
        Thread.ofPlatform().daemon().start(close);
        boolean hangs = false;
        try {
            close.get(30, TimeUnit.SECONDS); // it allows itself a tenth of one
        } catch (TimeoutException late) {
            hangs = true;
        }
        Simulation.releaseAll();
        close.get();
        while (Simulation.live("context") > 0) {
            Thread.onSpinWait(); // the thread that hung gives the device back
        }
        assertTrue(!hangs, "close() hangs");
    }

    record Looking() implements SampleOperator {
        @Override
        public boolean readsData(int input) {
            return false;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            Simulation.releaseAll();
            Simulation.settle();
            out.make(0, Trial.NUMBER).int64(0, in.get(0).shape().extent(0));
        }
    }

    /// In checked mode, what is read for its spec only.
    @Test
    void checkedModeDoesNotReadWhatIsNotThereYet() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(40, false))
                        .node("spread", new Spread(false), "source")
                        .node("plus", plus(3), "spread")
                        .on(GPU)
                        .node("down", new Transfer(), "plus")
                        .on(Device.HOST)
                        .node("looking", new Looking(), "down")
                        .output("looking", "looking");
        try (var pipeline = graph.build(options().threads(1).prefetch(1).withChecks())) {
            Simulation.holdStream(3);
            pipeline.next();
        }
    }

    @Test
    void aConstantIsNotBroughtToADevice() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(8, false))
                        .node("up", new Transfer(), "#3")
                        .on(GPU)
                        .output("up", "up")
                        .output("number", "source");
        assertEquals(
                "a constant lies on every device: read it without a Transfer\n"
                        + "  at up (Transfer), added at Trial.java:2",
                assertThrows(BadGraph.class, () -> graph.build(options())).getMessage());
    }

    record Lying() implements CudaOperator {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(SpecPattern.exactly(OnDevice.vector(7)));
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            throw new IllegalStateException("it is never run");
        }

        @Override
        public Kernel kernel() {
            return OnDevice.COMBINE;
        }

        @Override
        public List<TensorSpec> specs(Inputs in, SampleContext context) {
            return List.of(in.get(0).spec());
        }

        @Override
        public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
            return plus(1).describe(in, out, context, descriptor);
        }
    }

    /// Marks of launches whose results break a promise.
    @Test
    void marksOfBrokenPromisesAreGivenBack() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(400, false))
                        .node("spread", new Spread(false), "source")
                        .node("lying", new Lying(), "spread")
                        .on(GPU)
                        .output("lying", "lying");
        try (var pipeline = graph.build(options().threads(1).prefetch(1).withChecks())) {
            long after10 = 0;
            for (int i = 0; i < 60; i++) {
                try {
                    pipeline.next();
                } catch (HeadraceException broken) {
                    // as expected
                }
                Simulation.settle();
                if (i == 10) {
                    after10 = Simulation.live("event");
                }
            }
            assertTrue(Simulation.live("event") < after10 + 10, "events pile up");
        }
    }
}
