package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.FLOAT64;
import static dev.headrace.operators.tensor.CudaKernel.SAME;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.NativeBuild;
import dev.headrace.engine.device.NeedsNvrtc;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.CudaContract;
import dev.headrace.operators.read.Counter;
import dev.headrace.operators.read.External;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Kernels that NVRTC compiles; the simulated driver is given its PTX.
@NeedsNvrtc
class CudaKernelTest implements CudaContract {
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```c\n(// correct.cu\n.*?)^```$");

    private static final String KERNELS =
            """
            struct Row { const float *data; long long length; };
            struct Add { Row left, right, out; double factor; };

            // Two inputs, and a number.
            extern "C" __global__ void add(const Add *samples) {
                Add sample = samples[blockIdx.y];
                float *out = (float *)sample.out.data;
                for (long long i = blockIdx.x * blockDim.x + threadIdx.x; i < sample.out.length;
                     i += gridDim.x * blockDim.x) {
                    out[i] = sample.left.data[i] + sample.factor * sample.right.data[i];
                }
            }

            struct Sum { unsigned char *data; long long height, width, channels; double *out; };

            // One number of an image, by one block.
            extern "C" __global__ void sum(const Sum *samples) {
                Sum sample = samples[blockIdx.y];
                long long count = sample.height * sample.width * sample.channels;
                for (long long i = blockIdx.x * blockDim.x + threadIdx.x; i < count;
                     i += gridDim.x * blockDim.x) {
                    if (i == 0) {
                        *sample.out = gridDim.x * blockDim.x;
                    }
                }
            }

            struct Grey {
                unsigned char *in;
                long long height, width, channels;
                float *out;
                long long outHeight, outWidth, outChannels;
            };

            extern "C" __global__ void grey(const Grey *samples) {
                Grey sample = samples[blockIdx.y];
                for (long long i = blockIdx.x * blockDim.x + threadIdx.x;
                     i < sample.outHeight * sample.outWidth; i += gridDim.x * blockDim.x) {
                    float sum = 0;
                    for (int c = 0; c < sample.channels; c++) {
                        sum += sample.in[i * sample.channels + c];
                    }
                    sample.out[i] = sum / sample.channels;
                }
            }
            """;

    /// The kernel that the guide shows, word for word.
    private static String guide() {
        try {
            var home = Path.of(System.getProperty("headrace.home"));
            var found = BLOCK.matcher(Files.readString(home.resolve("docs/devices.md")));
            assertTrue(found.find(), "docs/devices.md shows no correct.cu");
            return found.group(1);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// A kernel that the simulated driver can run too.
    private static CudaKernel kernel(String source, String function) {
        var kernel = CudaKernel.source(source, function);
        try {
            NativeBuild.stands(source, kernel.kernel().ptx());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return kernel;
    }

    @Override
    public List<Case> cases() {
        var add = kernel(KERNELS, "add").argument(0.5);
        var sum = kernel(KERNELS, "sum").type(FLOAT64).shape();
        return List.of(
                // 255·(100/255)^0.5 = 159.7, 255·(200/255)^0.5 = 225.8
                Case.of("what the guide shows", kernel(guide(), "correct").argument(0.5))
                        .given(uint8("HWC", shape(1, 1, 3), 0, 100, 255))
                        .expect(uint8("HWC", shape(1, 1, 3), 0, 160, 255))
                        .given(uint8("HWC", shape(1, 2, 1), 200, 1))
                        .expect(uint8("HWC", shape(1, 2, 1), 226, 16)),
                Case.of("two inputs and a number", add)
                        .given(float32("W", shape(2), 1, 2), float32("", shape(2), 10, 20))
                        .expect(float32("W", shape(2), 6, 12))
                        .given(float32("W", shape(1), 3), float32("W", shape(1), 4))
                        .expect(float32("W", shape(1), 5)),
                Case.of(
                                "another type and shape",
                                kernel(KERNELS, "grey").type(FLOAT32).shape(SAME, SAME, 1))
                        .given(uint8("HWC", shape(1, 2, 2), 1, 3, 10, 11))
                        .expect(float32("HWC", shape(1, 2, 1), 2, 10.5)),
                Case.of("as many threads as it says", sum.work(1000))
                        .given(uint8("HWC", shape(1, 1, 1), 7))
                        .expect(scalar(FLOAT64, 1024)),
                Case.of("else one for each element of the output", sum)
                        .given(uint8("HWC", shape(20, 20, 3), new double[1200]))
                        .expect(scalar(FLOAT64, 256)),
                Case.of("nothing to do", add)
                        .given(float32("W", shape(0)), float32("W", shape(0)))
                        .expect(float32("W", shape(0))));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal("no source", () -> CudaKernel.source(" \n", "f"), "source is empty"),
                new Refusal(
                        "control letters",
                        () -> CudaKernel.source("a\0b", "f"),
                        "source has control letters"),
                new Refusal(
                        "no function",
                        () -> CudaKernel.source(KERNELS, "Row::f"),
                        "\"Row::f\" is no function's name"),
                new Refusal(
                        "an extent that is none",
                        () -> CudaKernel.source(KERNELS, "add").shape(1, -2),
                        "extent -2 is negative"),
                new Refusal(
                        "a layout of other axes",
                        () -> CudaKernel.source(KERNELS, "add").shape(1, 2).layout("HWC"),
                        "layout HWC for 2 extents"),
                new Refusal(
                        "no threads",
                        () -> CudaKernel.source(KERNELS, "add").work(0),
                        "work for 0 threads"));
    }

    private static HeadraceException failure(CudaKernel kernel, TensorValue... sample) {
        return assertThrows(
                HeadraceException.class,
                () -> CudaContract.onDevice(kernel, List.of(List.of(sample))));
    }

    @Test
    void aStructureOfAnotherSizeIsRefusedBeforeTheLaunch() {
        var image = uint8("HWC", shape(1, 1, 1), 7);
        var failure = failure(kernel(guide(), "correct"), image);
        assertEquals(BadBatch.class, failure.getClass());
        assertEquals(
                "the structure of kernel correct has 72 bytes, and a sample is described by 64\n"
                        + "  at subject (CudaKernel), iteration 0, sample 0 [sample 0 of the source]",
                failure.getMessage());
        assertEquals(0, Simulation.calls("cuLaunchKernel"));
        var row = uint8("W", shape(1), 7);
        assertEquals(
                "the structure of kernel correct has 72 bytes, and a sample is described by 40",
                failure(kernel(guide(), "correct").argument(1), row).what());
    }

    @Test
    void refusesInputsThatAnOutputCannotBeLike() {
        var row = uint8("W", shape(1), 7);
        var failure = failure(kernel(KERNELS, "grey").shape(SAME, SAME, 1), row);
        assertEquals(BadSample.class, failure.getClass());
        assertEquals(
                "axis 1 of the output is to be that of the first input, which is UINT8 W 1",
                failure.what());
        assertEquals(
                "layout HWC for an output like the first input, which is UINT8 W 1",
                failure(kernel(KERNELS, "grey").layout("HWC"), row).what());
    }

    /// Arguments that are values of another node, and a source that promises nothing.
    @Test
    void anArgumentMayBeAnotherNodesValue() {
        Simulation.begin();
        var graph = Graph.named("arguments");
        var samples = new ArrayList<List<TensorValue>>();
        for (int i = 0; i < 10; i++) {
            samples.add(List.of(float32("W", shape(1), i), float32("", shape(), i % 3)));
        }
        var source = graph.read(External.iterable(samples, "row", "factor"));
        var row = source.get("row");
        var sum =
                graph.add(kernel(KERNELS, "add").argument(source.get("factor")), row, row)
                        .on(Device.gpu(0));
        graph.output("sum", sum.cpu());
        var sums = new ArrayList<Double>();
        try (var pipeline = graph.build(Options.batchSize(4).threads(2))) {
            for (var batch : pipeline.epoch()) {
                for (int sample = 0; sample < batch.size(); sample++) {
                    sums.add(batch.get("sum").get(sample).number(0));
                }
            }
        }
        assertEquals(List.of(0., 2., 6., 3., 8., 15., 6., 14., 24., 9.), sums);
        assertEquals(List.of(), Simulation.reports());
    }

    private static String refusal(CudaKernel kernel) {
        Simulation.begin();
        var graph = Graph.named("refused");
        var number = graph.read(Counter.below(3)).gpu();
        graph.output("out", number.then(kernel).named("mine"));
        var failure = assertThrows(BadGraph.class, () -> graph.build(Options.batchSize(1)));
        assertEquals(0, Simulation.live("context"));
        return failure.getMessage().replaceFirst("CudaKernelTest.java:\\d+", "Mine.java:7");
    }

    @Test
    void whatIsWrongIsToldWithTheNodeWhenThePipelineIsBuilt() {
        assertEquals(
                """
                kernel f does not compile:
                f.cu(2): error: identifier "sample" is undefined

                1 error detected in the compilation of "f.cu".
                  at mine (CudaKernel), added at Mine.java:7""",
                refusal(
                        CudaKernel.source(
                                """
                                extern "C" __global__ void f(const float *samples) {
                                    sample[0];
                                }
                                """,
                                "f")));
        assertEquals(
                """
                the source has no function extern "C" __global__ void less(…); such are there:\
                 add, sum, grey
                  at mine (CudaKernel), added at Mine.java:7""",
                refusal(CudaKernel.source(KERNELS, "less")));
    }
}
