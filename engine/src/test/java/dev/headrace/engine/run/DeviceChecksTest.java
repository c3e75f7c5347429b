package dev.headrace.engine.run;

import static dev.headrace.engine.run.OnDevice.plus;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.run.OnDevice.Combine;
import dev.headrace.engine.run.OnDevice.Spread;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Checked mode on devices finds kernels that write where they may not, and names their nodes.
@Timeout(value = 120, threadMode = SEPARATE_THREAD)
class DeviceChecksTest extends OnSimulation {
    private static final Device GPU = Device.gpu(0);
    private static final int BAD = 6; // the sample at which a kernel is wrong

    private static final String SOURCE =
            """
            #ifndef POINTER
            #define POINTER(type) type *
            #endif
            struct Sample {
                POINTER(const double) in;
                POINTER(double) out;
                long long count;
                long long first;
                long long end;
                int scribbles;
            };
            extern "C" __global__ void careless(POINTER(const Sample) samples) {
                Sample sample = samples[blockIdx.y];
                if (threadIdx.x != 0 || blockIdx.x != 0) {
                    return;
                }
                POINTER(unsigned char) bytes = POINTER(unsigned char)(sample.out);
                for (long long i = sample.first; i < 0; i++) {
                    bytes[i] = 1;
                }
                for (long long i = 0; i < sample.count; i++) {
                    sample.out[i] = sample.in[i];
                }
                for (long long i = 0; i < sample.end; i++) {
                    bytes[sample.count * 8 + i] = 1;
                }
                if (sample.scribbles) {
                    POINTER(double)(sample.in)[sample.count - 1] = 77;
                }
            }
            """;

    private static final Kernel CARELESS = new Kernel("careless", OnDevice.ptx(SOURCE));

    /// Copies, and at one sample does more.
    ///
    /// @param first negative: how many bytes before the output it writes from
    /// @param end how many bytes beyond the end it writes
    /// @param scribbles whether it changes its input
    private record Careless(long first, long end, boolean scribbles, Argument number)
            implements CudaOperator {
        Careless(long first, long end, boolean scribbles) {
            this(first, end, scribbles, new Input(1));
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            out.make(0, in.get(0).spec()).copyFrom(in.get(0));
        }

        @Override
        public Kernel kernel() {
            return CARELESS;
        }

        @Override
        public List<TensorSpec> specs(Inputs in, SampleContext context) {
            return List.of(in.get(0).spec());
        }

        @Override
        public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
            boolean bad = context.number(number) == BAD;
            descriptor.pointer(in.get(0)).pointer(out.get(0));
            descriptor.int64(in.get(0).shape().extent(0));
            descriptor.int64(bad ? first : 0).int64(bad ? end : 0).int32(bad && scribbles ? 1 : 0);
            return 1;
        }
    }

    private static Sketch around(boolean ragged, CudaOperator culprit) {
        return Trial.graph()
                .node("source", new Counter(16, false))
                .node("spread", new Spread(ragged), "source")
                .node("before", plus(1), "spread")
                .on(GPU)
                .node("culprit", culprit, "before", "source")
                .node("after", plus(1), "culprit")
                .node("down", new Transfer(), "after")
                .on(Device.HOST)
                .output("down", "down");
    }

    /// All that comes of a graph of four batches, of which one fails.
    private static String failure(Sketch graph, Options options) {
        var failures = new ArrayList<HeadraceException>();
        var lines = new ArrayList<String>();
        try (var pipeline = graph.build(options)) {
            for (int batch = 0; batch < 4; batch++) {
                try {
                    lines.addAll(Trial.describe(pipeline.next()));
                } catch (HeadraceException failure) {
                    failures.add(failure);
                }
            }
        }
        assertEquals(List.of(), Simulation.reports());
        assertEquals(1, failures.size(), failures::toString);
        assertEquals(BadBatch.class, failures.getFirst().getClass());
        var good = new ArrayList<String>();
        try (var pipeline = graph.onHost().build(options())) {
            pipeline.epoch().forEach(batch -> good.addAll(Trial.describe(batch)));
        }
        good.subList(4, 8).clear();
        assertEquals(good, lines);
        return failures.getFirst().getMessage();
    }

    private static final String PLACE =
            "\n  at culprit (Careless), added at Trial.java:4, iteration 1";
    private static final String SAMPLE = ", sample 6 [number 6]";

    @ParameterizedTest
    @CsvSource({
        "0, 1, true, wrote up to 1 byte beyond the end",
        "0, 8, true, wrote up to 8 bytes beyond the end",
        "0, 4000, true, wrote up to 4000 bytes beyond the end",
        "-1, 0, true, wrote up to 1 byte before the beginning",
        "-4000, 0, true, wrote up to 4000 bytes before the beginning",
        "0, 48, false, wrote up to 8 bytes beyond the end", // 40 of them in sample 7
        "-120, 0, false, wrote up to 40 bytes before the beginning", // 80 in samples 4 and 5
    })
    void whatIsWrittenBesideAnOutputIsFound(long first, long end, boolean ragged, String what) {
        var graph = around(ragged, new Careless(first, end, false));
        assertEquals(
                "Careless " + what + " of its output out" + PLACE + (ragged ? SAMPLE : ""),
                failure(graph, options().withChecks()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatChangesAnInputIsFound(boolean ragged) {
        var graph = around(ragged, new Careless(0, 0, true));
        assertEquals(
                "Careless changed its input 0" + PLACE + SAMPLE,
                failure(graph, options().withChecks()));
    }

    @Test
    void oneSampleIsNamedThoughThereIsNoOther() {
        var graph = around(false, new Careless(0, 3, false));
        try (var pipeline = graph.build(Options.batchSize(1).withChecks())) {
            for (int batch = 0; batch < BAD; batch++) {
                pipeline.next();
            }
            assertEquals(
                    "Careless wrote up to 3 bytes beyond the end of its output out\n"
                            + "  at culprit (Careless), added at Trial.java:4, iteration 6, sample 6"
                            + " [number 6]",
                    assertThrows(BadBatch.class, pipeline::next).getMessage());
        }
    }

    /// A constant of all samples is looked at once.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void kernelsThatKeepToTheirOutputsPass(boolean ragged) {
        var graph =
                Trial.graph()
                        .node("source", new Counter(30, true))
                        .node("spread", new Spread(ragged), "source")
                        .node("plus", plus(1), "spread")
                        .on(GPU)
                        .node("both", new Combine(3, Argument.of(4), 0.5), "plus", "#3")
                        .node("down", new Transfer(), "both")
                        .on(Device.HOST)
                        .output("there", "both")
                        .output("down", "down");
        try (var pipeline = graph.build(options().withChecks());
                var unchecked = graph.build(options())) {
            for (var batch : pipeline.epoch()) {
                var same = unchecked.next();
                for (int sample = 0; sample < batch.size(); sample++) {
                    assertEquals(
                            TensorValue.copyOf(same.get("down").get(sample)),
                            TensorValue.copyOf(batch.get("down").get(sample)));
                }
                assertEquals(same.get("there").isDense(), batch.get("there").isDense());
            }
        }
        assertEquals(List.of(), Simulation.reports());
    }

    /// What a kernel breaks is told at its node, not by what comes after it.
    @Test
    void aKernelThatLosesTheDeviceIsTheOneThatIsNamed() {
        var graph = around(false, new Careless(0, 100_000, false));
        try (var pipeline = graph.build(options().prefetch(1).withChecks())) {
            pipeline.next();
            var text = assertThrows(BadBatch.class, pipeline::next).getMessage();
            assertTrue(text.contains(" failed: an illegal memory access was encountered"), text);
            assertTrue(text.endsWith(PLACE), text);
        }
    }

    @Test
    void withoutChecksNothingIsFilledReadOrAwaited() {
        try (var pipeline = around(false, new Careless(0, 0, false)).build(options())) {
            pipeline.epoch().forEach(batch -> {});
            assertEquals(0, Simulation.calls("cuStreamSynchronize"));
        }
        assertEquals(0, Simulation.calls("cuMemsetD8Async"));
        assertEquals(4, Simulation.calls("cuMemcpyDtoHAsync_v2"));
        assertEquals(3 * 4, Simulation.calls("cuLaunchKernel"));
    }
}
