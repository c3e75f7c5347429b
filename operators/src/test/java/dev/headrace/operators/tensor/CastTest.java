package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.BFLOAT16;
import static dev.headrace.engine.data.ElementType.BOOL;
import static dev.headrace.engine.data.ElementType.FLOAT16;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.FLOAT64;
import static dev.headrace.engine.data.ElementType.INT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.INT8;
import static dev.headrace.engine.data.ElementType.UINT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.int32;
import static dev.headrace.testkit.Tensors.int64;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.tensor;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.CudaContract;
import dev.headrace.operators.Seeds;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Trial;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CastTest implements CudaContract {
    private static final double INFINITY = Double.POSITIVE_INFINITY;

    private static TensorValue uint64(long... elements) {
        return TensorValue.of(
                TensorSpec.of(UINT64, "", elements.length),
                int64("", shape(elements.length), elements).bytes());
    }

    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "bytes as floats",
                        Cast.to(FLOAT32),
                        uint8("HW", shape(1, 3), 0, 128, 255),
                        float32("HW", shape(1, 3), 0, 128, 255),
                        0),
                new Case(
                        "floats as bytes: halves to even, clamped, NaN is 0",
                        Cast.to(UINT8),
                        float32(
                                "",
                                shape(9),
                                0.5,
                                1.5,
                                2.5,
                                254.5,
                                -3,
                                300,
                                Double.NaN,
                                INFINITY,
                                -INFINITY),
                        uint8("", shape(9), 0, 2, 2, 254, 0, 255, 0, 255, 0),
                        0),
                new Case(
                        "floats as signed bytes",
                        Cast.to(INT8),
                        float32("", shape(4), -128.5, 127.5, -300, -0.5),
                        tensor(INT8, "", shape(4), -128, 127, -128, 0),
                        0),
                new Case(
                        "anything but 0 is true",
                        Cast.to(BOOL),
                        tensor(FLOAT64, "", shape(4), 0, -0.0, 0.1, Double.NaN),
                        tensor(BOOL, "", shape(4), 0, 0, 1, 1),
                        0),
                new Case(
                        "signed as unsigned, beyond what a double holds",
                        Cast.to(UINT64),
                        int64("", shape(3), -1, Long.MAX_VALUE, (1L << 53) + 1),
                        uint64(0, Long.MAX_VALUE, (1L << 53) + 1),
                        0),
                new Case(
                        "unsigned as signed, beyond what a double holds",
                        Cast.to(INT64),
                        uint64(-1, Long.MIN_VALUE, Long.MAX_VALUE - 1),
                        int64("", shape(3), Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE - 1),
                        0),
                new Case(
                        "long as int, clamped",
                        Cast.to(INT32),
                        int64("", shape(3), 1L << 40, -7, Long.MIN_VALUE),
                        int32("", shape(3), Integer.MAX_VALUE, -7, Integer.MIN_VALUE),
                        0),
                new Case(
                        "halves of the last place of binary16 to even, too large is infinite",
                        Cast.to(FLOAT16),
                        float32("", shape(3), 1 + 0x1p-11, 1 + 3 * 0x1p-11, 65520),
                        tensor(FLOAT16, "", shape(3), 1, 1 + 0x1p-9, INFINITY),
                        0),
                new Case(
                        "halves of the last place of bfloat16 to even",
                        Cast.to(BFLOAT16),
                        float32("", shape(2), 1 + 0x1p-8, 1 + 3 * 0x1p-8),
                        tensor(BFLOAT16, "", shape(2), 1, 1 + 0x1p-6),
                        0),
                new Case(
                        "the same type",
                        Cast.to(UINT8),
                        uint8("C", shape(2), 3, 4),
                        uint8("C", shape(2), 3, 4),
                        0),
                new Case("nothing", Cast.to(UINT8), float32("", shape(0)), uint8("", shape(0)), 0));
    }

    private static TensorValue random(Random random, ElementType type, int n) {
        var numbers = random.doubles(n, -20, 280).map(v -> Math.rint(4 * v) / 4).toArray();
        return tensor(type, "", shape(n), numbers);
    }

    /// By way of `FLOAT64`, which has the exact value of each of these types.
    @ParameterizedTest
    @CsvSource({"UINT8", "FLOAT16", "FLOAT32"})
    void tensorsOfAnySizeAreCastElementByElement(ElementType type) {
        for (long seed = 0; seed < 30; seed++) {
            var random = Seeds.random(seed);
            for (var from : List.of(UINT8, FLOAT16, FLOAT32)) {
                int n = random.nextInt(3000);
                var in = random(random, from, n);
                var message = "seed %s: %s from %s to %s".formatted(seed, n, from, type);
                var out = cast(in, type);
                assertEquals(cast(cast(in, FLOAT64), type), out, message);
            }
        }
    }

    private static TensorValue cast(TensorValue in, ElementType type) {
        return Trial.of(Cast.to(type), List.of(List.of(in)))
                .run(Options.batchSize(1).threads(1))
                .getFirst()
                .getFirst();
    }
}
