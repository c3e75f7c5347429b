package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.CudaBatchOperator;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.OnDevice.Total;
import dev.headrace.engine.run.Trial.Counter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Batch operators on a device.
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeviceBatchTest extends OnSimulation {
    private static final Device GPU = Device.gpu(0);

    /// Adds to each element the number of the run, from 0; one of its two outputs is seldom read.
    ///
    /// @param thread on which it runs; "" for a worker
    /// @param hold whether it holds its input and lets go of it within the run
    record Counting(String thread, boolean awaitsStream, boolean hold)
            implements CudaBatchOperator<Integer> {
        @Override
        public void checkDevice(Device device) {}

        @Override
        public List<Kernel> kernels() {
            return List.of(OnDevice.COMBINE);
        }

        @Override
        public RunsOn runsOn() {
            return thread.isEmpty() ? RunsOn.WORKER : new RunsOn.Thread(thread);
        }

        @Override
        public List<String> outputs() {
            return List.of("sum", "other");
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer run(Integer before, BatchInputs in, BatchOutputs out, BatchContext context)
                throws Exception {
            var list = in.get(0);
            var holds = new ArrayList<AutoCloseable>();
            if (hold) {
                holds.add(in.hold(0));
            }
            for (int output = 0; output < 2; output++) {
                var made = new ArrayList<Tensor>();
                for (int sample = 0; sample < list.size(); sample++) {
                    made.add(out.make(output, sample, list.spec(sample)));
                }
                var queue = context.deviceQueue();
                if (queue.isEmpty()) {
                    for (int sample = 0; sample < list.size(); sample++) {
                        var from = list.get(sample);
                        for (long i = 0; i < from.shape().volume(); i++) {
                            made.get(sample).float64(i, from.float64(i) + before);
                        }
                    }
                    continue;
                }
                queue.get()
                        .launch(
                                OnDevice.COMBINE,
                                list.size(),
                                (sample, descriptor) -> {
                                    var from = list.get(sample);
                                    long count = from.shape().volume();
                                    descriptor
                                            .pointer(from)
                                            .pointer(from)
                                            .pointer(made.get(sample))
                                            .float64(before)
                                            .int32(0)
                                            .int64(count);
                                    return count;
                                });
            }
            for (var each : holds) {
                each.close();
            }
            return before + 1;
        }
    }

    private static Trial.Sketch graph(Counting counting, boolean ragged) {
        return Trial.graph()
                .node("source", new Counter(40, false))
                .node("spread", new Spread(ragged), "source")
                .node("before", plus(1), "spread")
                .on(GPU)
                .node("counting", counting, "before")
                .on(GPU)
                .node("after", plus(1), "counting")
                .on(GPU)
                .node("down", new Transfer(), "after")
                .on(Device.HOST)
                .node("total", new Total(false), "down")
                .output("total", "total");
    }

    @ParameterizedTest
    @CsvSource({"'', true, false", "'', false, true", "own, true, true", "own, false, false"})
    void givesWhatItGivesOnTheHostWithoutARace(String thread, boolean awaits, boolean hold) {
        for (int seed = 0; seed < 10; seed++) {
            Simulation.delay(seed, 300);
            var counting = new Counting(thread, awaits, hold);
            assertAsOnTheHost(graph(counting, seed % 2 == 0), options());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeviceThatIsLostFailsIt(boolean awaits) {
        try (var pipeline = graph(new Counting("own", awaits, false), false).build(options())) {
            pipeline.next();
            Simulation.lose(0, 700);
            var told = new ArrayList<String>();
            while (told.isEmpty() || !told.getLast().contains("gpu(0) is lost to this process")) {
                try {
                    pipeline.next(); // that was ready
                } catch (BadBatch failure) {
                    told.add(failure.getMessage());
                }
            }
        }
    }

    /// The state stays as it was: the next run has the number of the one that failed. What that had
    /// launched before is not disturbed.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5})
    void aRunThatFailsIsNotCounted(int seed) {
        var counting = new Counting("own", false, false);
        Simulation.delay(seed, 5000);
        var numbers = new ArrayList<String>();
        try (var pipeline = graph(counting, false).build(options().prefetch(1))) {
            for (int batch = 0; batch < 6; batch++) {
                if (batch == 2) {
                    Simulation.fail("cuLaunchKernel", 3, 304); // the first is of the node before
                }
                try {
                    var first = pipeline.next().get("total").get(0);
                    numbers.add("" + first.float64(0));
                } catch (BadBatch failure) {
                    numbers.add(failure.getMessage().split("\n")[0]);
                }
            }
        }
        var expected = new ArrayList<String>();
        for (int batch = 0; batch < 6; batch++) {
            int run = batch < 2 ? batch : batch - 1;
            double elements = 5 * (4 * batch + 1 + run + 1) + (1 + 2 + 3 + 4) / 8.0;
            expected.add("" + elements);
        }
        expected.set(
                2,
                "cuLaunchKernel failed: OS call failed or operation not supported on this OS"
                        + " (CUDA_ERROR_OPERATING_SYSTEM, error 304); the next batch can be asked"
                        + " for");
        assertEquals(expected, numbers);
        assertEquals(List.of(), Simulation.reports());
    }
}
