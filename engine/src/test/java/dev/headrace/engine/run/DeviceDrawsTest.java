package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.FailOn;
import dev.headrace.engine.spec.BadSamples;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Random numbers of nodes on devices.
@Timeout(value = 60, threadMode = SEPARATE_THREAD)
class DeviceDrawsTest extends OnSimulation {
    record Draw() implements CudaOperator {
        @Override
        public boolean random() {
            return true;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            out.make(0, OnDevice.vector(1))
                    .float64(0, in.get(0).float64(0) + context.uniform("draw"));
        }

        @Override
        public Kernel kernel() {
            return OnDevice.COMBINE;
        }

        @Override
        public List<TensorSpec> specs(Inputs in, SampleContext context) {
            return List.of(OnDevice.vector(1));
        }

        @Override
        public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
            descriptor
                    .pointer(in.get(0))
                    .pointer(in.get(0))
                    .pointer(out.get(0))
                    .float64(context.uniform("draw"))
                    .int32(0)
                    .int64(1);
            return 1;
        }
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void drawsGoByTheSamplesThatAreTakenInPlaceOfBadOnes() {
        var graph =
                Trial.graph()
                        .node("source", new Counter(20, true))
                        .node("maybe", new FailOn(n -> n % 5 == 2), "source")
                        .node("draw", new Draw(), "#3")
                        .on(Device.gpu(0))
                        .node("down", new Transfer(), "draw")
                        .on(Device.HOST)
                        .output("number", "maybe")
                        .output("down", "down");
        assertAsOnTheHost(graph, options().badSamples(BadSamples.skip(50)));
    }

    record Shuffled() implements SequentialSource<Long> {
        @Override
        public boolean random() {
            return true;
        }

        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            context.end();
            return before;
        }
    }

    private static long key(int device) {
        var graph =
                Trial.graph()
                        .node("source", new Shuffled())
                        .node("spread", new Spread(true), "source")
                        .node("one", plus(1), "spread")
                        .on(Device.gpu(device))
                        .output("one", "one");
        var plan = Plan.of(graph.spec(), options().seedPerDevice());
        return plan.nodes().getFirst().part().key();
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aSourceKeepsToThePipelinesSeed() {
        assertEquals(key(0), key(1));
    }
}
