package dev.headrace.examples;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.common.collect.Range;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BatchArraysTest {
    private static final int BATCH = 3;

    private NDManager manager;
    private Pipeline pipeline;

    /// An image of 2×2 pixels and a label that tell where the sample stands.
    record Numbered() implements SampleOperator {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(0);
        }

        @Override
        public List<String> outputs() {
            return List.of("image", "label");
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long position = context.id().position();
            var image = out.make(0, TensorSpec.of(FLOAT32, "CHW", 3, 2, 2));
            for (int i = 0; i < 12; i++) {
                image.float32(i, 100 * position + i);
            }
            out.make(1, TensorSpec.scalar(INT64)).int64(0, position);
        }
    }

    @BeforeEach
    void open() {
        manager = Network.newManager();
        var graph = Graph.named("numbers");
        var numbered = graph.add(new Numbered());
        graph.output("image", numbered.get("image")).output("label", numbered.get("label"));
        pipeline = graph.build(Options.batchSize(BATCH).threads(1).prefetch(1));
    }

    @AfterEach
    void close() {
        pipeline.close();
        manager.close();
    }

    @Test
    void arraysLieWhereTheBatchLies() {
        var batch = pipeline.next();
        try (var arrays = BatchArrays.of(batch, manager)) {
            for (var name : List.of("image", "label")) {
                assertEquals(batch.get(name).dense().address(), address(arrays.get(name)), name);
            }
        }
    }

    @Test
    void arraysHaveTheTypesShapesAndNumbersOfTheBatch() {
        try (var arrays = BatchArrays.of(pipeline.next(), manager)) {
            var image = arrays.get("image");
            assertEquals(DataType.FLOAT32, image.getDataType());
            assertEquals(new Shape(BATCH, 3, 2, 2), image.getShape());
            assertEquals(205, image.getFloat(2, 1, 0, 1));
            var label = arrays.get("label");
            assertEquals(new Shape(BATCH), label.getShape());
            assertArrayEquals(new long[] {0, 1, 2}, label.toLongArray());
        }
    }

    @Test
    void theBatchIsHeldUntilTheArraysAreClosed() {
        var arrays = BatchArrays.of(pipeline.next(), manager);
        var image = arrays.get("image");
        for (int i = 0; i < 4; i++) {
            pipeline.next();
        }
        assertEquals(205, image.getFloat(2, 1, 0, 1));
        long held = pipeline.report().lentBytes();
        arrays.close();
        assertTrue(pipeline.report().lentBytes() < held, "bytes held after closing");
    }

    @Test
    void closingTheManagerLetsGoOfTheBatchToo() {
        BatchArrays.of(pipeline.next(), manager).get("image");
        manager.close();
        pipeline.close();
        assertEquals(0, pipeline.report().lentBytes());
    }

    /// Where PyTorch says that the array's first element lies.
    private static long address(NDArray array) {
        return MemorySegment.ofBuffer(array.toByteBuffer(true)).address();
    }
}
