package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT16;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.tensor;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalizeTest implements CudaContract {
    private static final Normalize TWO = Normalize.by(List.of(10.0, 20.0), List.of(2.0, 4.0));
    private static final TensorValue IMAGE = uint8("HWC", shape(1, 3, 2), 10, 20, 12, 24, 8, 255);

    @Override
    public List<Case> cases() {
        var cases = ImmutableList.<Case>builder();
        cases.add(
                new Case(
                        "channel by channel",
                        TWO,
                        IMAGE,
                        float32("HWC", shape(1, 3, 2), 0, 0, 1, 1, -1, 58.75),
                        0),
                new Case(
                        "planes",
                        TWO.layout("CHW"),
                        IMAGE,
                        float32("CHW", shape(2, 1, 3), 0, 1, -1, 0, 1, 58.75),
                        0),
                new Case(
                        "mirrored, to half precision, twice as large",
                        TWO.layout("CHW").mirror(Argument.of(1)).type(FLOAT16).scale(2),
                        IMAGE,
                        tensor(FLOAT16, "CHW", shape(2, 1, 3), -2, 2, 0, 117.5, 2, 0),
                        0),
                Case.of("mirrored where another node says", TWO.mirror(new Input(1)))
                        .given(IMAGE, scalar(UINT8, 1))
                        .given(uint8("HWC", shape(2, 1, 2), 10, 20, 12, 24), scalar(UINT8, 0))
                        .expect(float32("HWC", shape(1, 3, 2), -1, 58.75, 1, 1, 0, 0))
                        .expect(float32("HWC", shape(2, 1, 2), 0, 0, 1, 1)),
                new Case(
                        "floats, by one mean for all",
                        Normalize.by(0.5, 0.25),
                        float32("HWC", shape(1, 2, 1), 0, 0.75),
                        float32("HWC", shape(1, 2, 1), -2, 1),
                        0),
                new Case(
                        "floats to planes of half precision",
                        TWO.layout("CHW").mirror(Argument.of(1)).type(FLOAT16),
                        float32("HWC", shape(1, 2, 2), 11, 18, 12.5, 20),
                        tensor(FLOAT16, "CHW", shape(2, 1, 2), 1.25, 0.5, 0, -0.5),
                        0));
        for (var line : Reference.lines("normalize")) {
            boolean planes = line.text(2).equals("CHW");
            var spec =
                    planes
                            ? TensorSpec.of(FLOAT32, "CHW", 3, 12, 17)
                            : TensorSpec.of(FLOAT32, "HWC", 12, 17, 3);
            cases.add(
                    new Case(
                            "as DALI: " + line.fields().subList(2, 4),
                            Normalize.imagenet()
                                    .layout(line.text(2))
                                    .mirror(Argument.of(line.real(3))),
                            Reference.noise(),
                            TensorValue.of(spec, line.bytes()),
                            1e-6)); // deviations, up to 2.7: four steps of float32
        }
        return cases.build();
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "another number of channels",
                        TWO,
                        uint8("HWC", shape(1, 1, 3), 1, 2, 3),
                        "Normalize by 2 means takes as many channels, got UINT8 HWC 1×1×3"),
                new Refusal(
                        "another layout",
                        TWO,
                        uint8("CHW", shape(2, 1, 1), 1, 2),
                        "Normalize takes UINT8 or FLOAT32 HWC, got UINT8 CHW 2×1×1"),
                new Refusal(
                        "no layout",
                        TWO,
                        uint8("", shape(1, 1, 2), 1, 2),
                        "Normalize takes UINT8 or FLOAT32 HWC, got UINT8 1×1×2, which has no layout;"
                                + " state it where the value is made, as outputLayouts(\"HWC\") of a"
                                + " PythonFunction does"),
                new Refusal(
                        "another element type",
                        TWO,
                        tensor(FLOAT16, "HWC", shape(1, 1, 2), 1, 2),
                        "Normalize takes UINT8 or FLOAT32 HWC, got FLOAT16 HWC 1×1×2"),
                new Refusal(
                        "neither yes nor no",
                        () -> TWO.mirror(new Input(1)),
                        ImmutableList.of(IMAGE, scalar(UINT8, 7)),
                        "mirror 7.0 is neither 0 nor 1"),
                new Refusal(
                        "means without deviations",
                        () -> Normalize.by(List.of(1.0, 2.0), List.of(1.0)),
                        "2 means and 1 deviations"),
                new Refusal(
                        "a deviation of 0",
                        () -> Normalize.by(1, 0),
                        "deviation 0.0 is not above 0"),
                new Refusal(
                        "a mean that is no number",
                        () -> Normalize.by(Double.NaN, 1),
                        "mean NaN is not finite"),
                new Refusal(
                        "another layout of the output",
                        () -> TWO.layout("WHC"),
                        "layout WHC is neither HWC nor CHW"),
                new Refusal(
                        "a type it does not give",
                        () -> TWO.type(UINT8),
                        "normalizing gives FLOAT32 or FLOAT16, not UINT8"));
    }

    @Test
    void promisesTheOutputsLayout() {
        var photos = SpecPattern.of(UINT8, "HWC", 20, ANY, ANY);
        assertEquals("FLOAT32 HWC 20×?×2", TWO.promise(photos).toString());
        assertEquals("FLOAT32 CHW 2×20×?", TWO.layout("CHW").promise(photos).toString());
        assertEquals("FLOAT32 HWC 20×?×?", Normalize.by(1, 1).promise(photos).toString());
    }

    @ParameterizedTest
    @CsvSource({"HWC,0", "HWC,1", "CHW,0", "CHW,1"})
    void halfPrecisionIsFloat32RoundedOnceMore(String layout, double mirror) {
        var normalize = Normalize.imagenet().layout(layout).mirror(Argument.of(mirror));
        var whole = run(normalize);
        var rounded = new double[whole.length];
        for (int i = 0; i < whole.length; i++) {
            rounded[i] = Float.float16ToFloat(Float.floatToFloat16((float) whole[i]));
        }
        assertArrayEquals(rounded, run(normalize.type(FLOAT16)));
    }

    private static double[] run(Normalize normalize) {
        return Trial.of(normalize, List.of(List.of(Reference.noise())))
                .run(Options.batchSize(1).threads(1))
                .getFirst()
                .getFirst()
                .numbers();
    }
}
