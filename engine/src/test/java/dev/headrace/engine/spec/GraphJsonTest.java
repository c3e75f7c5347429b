package dev.headrace.engine.spec;

import static dev.headrace.engine.data.ElementType.BOOL;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.spec.JsonOperators.graph;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.spec.JsonOperators.Border;
import dev.headrace.engine.spec.JsonOperators.Mode;
import dev.headrace.engine.spec.JsonOperators.Nested;
import dev.headrace.engine.spec.JsonOperators.Numbers;
import dev.headrace.engine.spec.JsonOperators.Optionals;
import dev.headrace.engine.spec.JsonOperators.Point;
import dev.headrace.engine.spec.JsonOperators.Rotate;
import dev.headrace.engine.spec.JsonOperators.Tensors;
import dev.headrace.engine.spec.JsonOperators.Texts;
import dev.headrace.engine.spec.JsonOperators.Twin;
import dev.headrace.engine.spec.JsonOperators.Twins;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GraphJsonTest {
    static GraphSpec whole() {
        return new GraphSpec(
                "train",
                ImmutableList.of(
                        NodeSpec.of(
                                "texts",
                                new Texts(
                                        "a\"ü\n",
                                        Path.of("photos"),
                                        Duration.ZERO,
                                        Mode.FAST,
                                        UINT8)),
                        new NodeSpec(
                                "turn",
                                true,
                                new Rotate(new Input(1), true),
                                ImmutableList.of(
                                        new Wire.Output("texts", 2),
                                        new Wire.Fixed(TensorValue.of(15))),
                                1,
                                Optional.of(Device.gpu(1)),
                                true,
                                true,
                                OptionalLong.of(Long.MIN_VALUE),
                                Optional.of("Train.java:42"))),
                ImmutableMap.of(
                        "image",
                        new Wire.Output("turn", 0),
                        "mean",
                        new Wire.Fixed(
                                TensorValue.of(TensorSpec.of(FLOAT32, "C", 3), 0.25, 0.5, 1))));
    }

    private static final String WHOLE =
            """
            {
              "format": 1,
              "name": "train",
              "nodes": [
                {
                  "name": "texts",
                  "named": false,
                  "operator": {
                    "class": "dev.headrace.engine.spec.JsonOperators$Texts",
                    "text": "a\\"ü\\n",
                    "path": "photos",
                    "time": "PT0S",
                    "mode": "FAST",
                    "type": "UINT8"
                  },
                  "inputs": [],
                  "dataInputs": 0,
                  "preserve": false,
                  "peek": false
                },
                {
                  "name": "turn",
                  "named": true,
                  "operator": {
                    "class": "dev.headrace.engine.spec.JsonOperators$Rotate",
                    "angle": {"input": 1},
                    "keepSize": true
                  },
                  "inputs": [{"class": "Output", "node": "texts", "output": 2}, {"class": "Fixed", "value": 15.0}],
                  "dataInputs": 1,
                  "device": {"class": "Gpu", "number": 1},
                  "preserve": true,
                  "peek": true,
                  "seed": -9223372036854775808,
                  "origin": "Train.java:42"
                }
              ],
              "outputs": {
                "image": {"class": "Output", "node": "turn", "output": 0},
                "mean": {
                  "class": "Fixed",
                  "value": {"type": "FLOAT32", "shape": [3], "layout": "C", "numbers": [0.25, 0.5, 1.0]}
                }
              }
            }
            """;

    private static void assertGoesThereAndBack(Operator operator) {
        var text = GraphJson.write(graph(operator));
        assertEquals(graph(operator), GraphJson.read(text), text);
        assertEquals(text, GraphJson.write(GraphJson.read(text)));
    }

    @Test
    void textIsReadableAndSaysEverything() {
        assertEquals(WHOLE, GraphJson.write(whole()));
        assertEquals(whole(), GraphJson.read(WHOLE));
    }

    @Test
    void keepsTheOrderOfOutputs() {
        var one = new Wire.Fixed(TensorValue.of(1));
        var outputs = ImmutableMap.<String, Wire>of("z", one, "a", one, "m", one);
        var read = GraphJson.read(GraphJson.write(new GraphSpec("g", ImmutableList.of(), outputs)));
        assertEquals(List.of("z", "a", "m"), read.outputs().keySet().asList());
    }

    @Test
    void numbersAreExact() {
        assertGoesThereAndBack(
                new Numbers(
                        Byte.MIN_VALUE,
                        Short.MIN_VALUE,
                        Integer.MIN_VALUE,
                        Long.MIN_VALUE,
                        Float.MIN_VALUE,
                        Double.MIN_VALUE,
                        'ü',
                        (1L << 53) + 1));
        assertGoesThereAndBack(
                new Numbers(
                        Byte.MAX_VALUE,
                        Short.MAX_VALUE,
                        Integer.MAX_VALUE,
                        Long.MAX_VALUE,
                        Float.MAX_VALUE,
                        Double.MAX_VALUE,
                        '"',
                        0L));
        var random = new Random(3);
        for (int i = 0; i < 1000; i++) {
            float single = Float.intBitsToFloat(random.nextInt());
            double wide = Double.longBitsToDouble(random.nextLong());
            assertGoesThereAndBack(
                    new Numbers((byte) i, (short) i, i, i, single, wide, (char) (32 + i), 1L));
        }
    }

    @Test
    void numbersThatJsonDoesNotHaveAreTexts() {
        for (double number :
                new double[] {
                    Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, 0.0
                }) {
            assertGoesThereAndBack(
                    new Numbers((byte) 0, (short) 0, 0, 0, (float) number, number, '\uFFFF', 0L));
            assertGoesThereAndBack(new Rotate(Argument.of(number), true));
        }
    }

    @Test
    void textsPathsDurationsAndEnumsGoThereAndBack() {
        assertGoesThereAndBack(
                new Texts(
                        "\0\n\t\"\\/<>&='\u2028×😀",
                        Path.of("/a b/ü/../c"),
                        Duration.ofSeconds(Long.MIN_VALUE, 1),
                        Mode.FAST,
                        ElementType.BFLOAT16));
        assertGoesThereAndBack(new Texts("", Path.of(""), Duration.ofNanos(-1), Mode.EXACT, BOOL));
    }

    @Test
    void tensorsKeepEveryBit() {
        var random = new Random(5);
        for (var type : ElementType.values()) {
            for (long[] extents : new long[][] {{}, {0}, {1}, {3, 2}, {64}, {65}, {5, 0, 7}}) {
                var spec = new TensorSpec(type, Shape.of(extents), "");
                var bytes = new byte[(int) spec.bytes()];
                random.nextBytes(bytes);
                var shape = Shape.of(extents);
                assertGoesThereAndBack(new Tensors(TensorValue.of(spec, bytes), spec, shape));
                var ones = TensorValue.filled(spec, 1);
                assertGoesThereAndBack(new Tensors(ones, spec.withLayout(""), shape));
            }
        }
        var odd = TensorSpec.scalar(INT64);
        var bytes = new byte[] {1, 0, 0, 0, 0, 0, 32, 0}; // 2^53 + 1 is no double
        assertGoesThereAndBack(new Tensors(TensorValue.of(odd, bytes), odd, Shape.SCALAR));
    }

    @Test
    void recordsListsAndMapsGoThereAndBack() {
        assertGoesThereAndBack(
                new Nested(
                        List.of(new Point<>(1.5, Double.NaN), new Point<>(0.0, -0.0)),
                        ImmutableList.of(
                                ImmutableList.of(),
                                ImmutableList.of(
                                        Argument.of(1),
                                        new Input(3),
                                        Argument.of(
                                                TensorValue.filled(
                                                        TensorSpec.of(UINT8, "HW", 2, 2), 7)))),
                        ImmutableMap.of("", new Point<>(Path.of("a"), Path.of("b"))),
                        new Border.Fill2(new Border.Fill2(new Border.Mirror())),
                        new Rotate(Argument.of(90), false)));
    }

    @Test
    void recordsOfOneSimpleNameAreToldApart() {
        assertGoesThereAndBack(new Twin(new Twins.One()));
        assertGoesThereAndBack(new Twin(new Twins.Holder(new Twins.Other.One())));
        var text = GraphJson.write(graph(new Twin(new Twins.One())));
        assertTrue(
                text.contains("{\"class\": \"dev.headrace.engine.spec.JsonOperators$Twins$One\"}"));
        assertTrue(GraphJson.write(whole()).contains("{\"class\": \"Fixed\""));
    }

    @Test
    void optionalsGoThereAndBack() {
        assertGoesThereAndBack(
                new Optionals(
                        Optional.of(Path.of("a")),
                        OptionalInt.of(-1),
                        OptionalLong.of(Long.MAX_VALUE),
                        OptionalDouble.of(Double.NaN),
                        List.of(Optional.empty(), Optional.of("x"), Optional.empty())));
        var nothing =
                new Optionals(
                        Optional.empty(),
                        OptionalInt.empty(),
                        OptionalLong.empty(),
                        OptionalDouble.empty(),
                        List.of());
        assertGoesThereAndBack(nothing);
        assertFalse(GraphJson.write(graph(nothing)).contains("int32"));
    }
}
