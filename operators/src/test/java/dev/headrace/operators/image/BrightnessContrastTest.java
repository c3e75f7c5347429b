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
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.operators.CudaContract;
import dev.headrace.operators.tensor.Cast;
import dev.headrace.testkit.Absorption;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class BrightnessContrastTest implements CudaContract {
    private static final TensorValue IMAGE = uint8("HWC", shape(2, 2, 1), 0, 100, 128, 255);

    @Override
    public List<Case> cases() {
        var cases = ImmutableList.<Case>builder();
        cases.add(
                new Case(
                        "half as bright: halves are rounded up",
                        BrightnessContrast.by(0.5, 1),
                        IMAGE,
                        uint8("HWC", shape(2, 2, 1), 0, 50, 64, 128),
                        0),
                new Case(
                        "twice the contrast, clamped",
                        BrightnessContrast.by(1, 2),
                        IMAGE,
                        uint8("HWC", shape(2, 2, 1), 0, 72, 128, 255),
                        0),
                new Case(
                        "no contrast is all center",
                        BrightnessContrast.by(1.5, 0).center(100),
                        IMAGE,
                        uint8("HWC", shape(2, 2, 1), 150, 150, 150, 150),
                        0),
                new Case(
                        "floats are neither rounded nor clamped",
                        BrightnessContrast.by(2, 1.5).center(1),
                        float32("HWC", shape(1, 3, 1), -1, 0.25, 400),
                        float32("HWC", shape(1, 3, 1), -4, -0.25, 1199),
                        0),
                Case.of("where other nodes say", BrightnessContrast.by(new Input(1), new Input(2)))
                        .given(IMAGE, scalar(FLOAT32, 0), scalar(FLOAT32, 1))
                        .given(IMAGE, scalar(FLOAT32, 1), scalar(FLOAT32, 0.5))
                        .expect(uint8("HWC", shape(2, 2, 1), 0, 0, 0, 0))
                        .expect(uint8("HWC", shape(2, 2, 1), 64, 114, 128, 192)),
                new Case(
                        "nothing",
                        BrightnessContrast.by(2, 2),
                        uint8("HWC", shape(0, 2, 1)),
                        uint8("HWC", shape(0, 2, 1)),
                        0));
        for (var line : Reference.lines("brightness")) {
            var operator = BrightnessContrast.by(line.real(2), line.real(3));
            cases.add(
                    new Case(
                            "as DALI: " + line.fields().subList(2, 4),
                            operator,
                            Reference.noise(),
                            line.image(12, 17),
                            1)); // intensities: DALI rounds halves to either side
        }
        return cases.build();
    }

    @Override
    public List<Absorption> absorptions() {
        var photograph = Reference.noise();
        var change = BrightnessContrast.by(1.3, 0.8);
        return List.of(
                new Absorption("resized, then changed", Resize.to(7, 9), change, photograph),
                new Absorption(
                        "resized as floats, then changed",
                        Resize.to(7, 9).type(FLOAT32),
                        change,
                        photograph),
                new Absorption("changed, then flipped", change, Flip.horizontal(), photograph),
                new Absorption("changed, then as floats", change, Cast.to(FLOAT32), photograph),
                new Absorption(
                        "floats changed, then as bytes: halves to even",
                        BrightnessContrast.by(1, 1),
                        Cast.to(UINT8),
                        float32("HWC", shape(1, 4, 1), 0.5, 1.5, 300, Double.NaN)),
                new Absorption("changed twice", change, BrightnessContrast.by(0.7, 2), photograph),
                new Absorption(
                        "changed by another node, then normalized",
                        BrightnessContrast.by(new Input(1), Argument.of(2)),
                        Normalize.imagenet().layout("CHW"),
                        photograph,
                        scalar(FLOAT32, 0.9)),
                new Absorption(
                        "floats, then normalized",
                        change,
                        Normalize.by(1, 2),
                        float32("HWC", shape(1, 3, 1), -1, 0.25, 400)));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "another element type",
                        BrightnessContrast.by(1, 1),
                        tensor(FLOAT16, "HWC", shape(1, 1, 2), 1, 2),
                        "BrightnessContrast takes UINT8 or FLOAT32 HWC, got FLOAT16 HWC 1×1×2"),
                new Refusal(
                        "a brightness below 0",
                        () -> BrightnessContrast.by(-1, 1),
                        "brightness -1.0 is not in [0.0..Infinity)"),
                new Refusal(
                        "a contrast that is no number",
                        () -> BrightnessContrast.by(new Input(1), new Input(2)),
                        ImmutableList.of(IMAGE, scalar(FLOAT32, 1), scalar(FLOAT32, Double.NaN)),
                        "contrast NaN is not in [0.0..Infinity)"),
                new Refusal(
                        "more than a float32 holds",
                        () -> BrightnessContrast.by(1e30, 1e30),
                        "brightness 1.0E30 and contrast 1.0E30 around 128.0 are in · Infinity +"
                                + " -Infinity in float32"),
                new Refusal(
                        "more than a float32 holds, of other nodes",
                        () -> BrightnessContrast.by(new Input(1), Argument.of(2)).center(1e38),
                        ImmutableList.of(IMAGE, scalar(FLOAT32, 4)),
                        "brightness 4.0 and contrast 2.0 around 1.0E38 are in · 8.0 + -Infinity in"
                                + " float32"),
                new Refusal(
                        "a center that is not finite",
                        () -> BrightnessContrast.by(1, 1).center(Double.NaN),
                        "center NaN is not finite"),
                new Refusal(
                        "nothing",
                        () -> BrightnessContrast.by(null, Argument.of(1)),
                        "brightness is missing"));
    }

    @Test
    void promisesWhatItIsGiven() {
        var photos = SpecPattern.of(UINT8, "HWC", ANY, ANY, 3);
        assertEquals(photos, BrightnessContrast.by(1, 1).promise(photos));
    }
}
