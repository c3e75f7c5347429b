package dev.headrace.operators.image;

import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class CropTest implements CudaContract {
    @Override
    public List<Case> cases() {
        var cases =
                ImmutableList.<Case>builder()
                        .add(
                                new Case(
                                        "the middle",
                                        Crop.to(1, 2),
                                        uint8(
                                                "HWC",
                                                shape(3, 4, 1),
                                                0,
                                                1,
                                                2,
                                                3,
                                                4,
                                                5,
                                                6,
                                                7,
                                                8,
                                                9,
                                                10,
                                                11),
                                        uint8("HWC", shape(1, 2, 1), 5, 6),
                                        0))
                        .add(
                                new Case(
                                        "a corner of floats",
                                        Crop.to(1, 1).at(1, 0),
                                        float32("HWC", shape(2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8),
                                        float32("HWC", shape(1, 1, 2), 5, 6),
                                        0))
                        .add(
                                Case.of(
                                                "where another node says",
                                                Crop.to(1, 1).at(Argument.of(0), new Input(1)))
                                        .given(
                                                uint8("HWC", shape(1, 3, 1), 7, 8, 9),
                                                scalar(ElementType.FLOAT32, 1))
                                        .given(
                                                uint8("HWC", shape(1, 2, 1), 5, 6),
                                                scalar(ElementType.FLOAT32, 0.25))
                                        .expect(uint8("HWC", shape(1, 1, 1), 9))
                                        .expect(uint8("HWC", shape(1, 1, 1), 5)));
        for (var line : Reference.lines("crop")) {
            int h = line.number(2);
            int w = line.number(3);
            cases.add(
                    new Case(
                            "as DALI: " + line.fields().subList(2, 6),
                            Crop.to(h, w).at(line.real(4), line.real(5)),
                            Reference.noise(),
                            line.image(h, w),
                            0));
        }
        return cases.build();
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "an image that is too small",
                        Crop.to(2, 3),
                        uint8("HWC", shape(2, 2, 1), 1, 2, 3, 4),
                        "Crop to 2×3 takes no smaller image, got UINT8 HWC 2×2×1"),
                new Refusal(
                        "another layout",
                        Crop.to(1, 1),
                        uint8("HW", shape(1, 1), 1),
                        "Crop takes HWC, got UINT8 HW 1×1"),
                new Refusal(
                        "a place outside the image",
                        () -> Crop.to(1, 1).at(Argument.of(0), new Input(1)),
                        ImmutableList.of(
                                uint8("HWC", shape(1, 1, 1), 1), scalar(ElementType.FLOAT64, 1.5)),
                        "x 1.5 is not in [0.0..1.0]"),
                new Refusal(
                        "a constant place outside the image",
                        () -> Crop.to(1, 1).at(-0.5, 0),
                        "y -0.5 is not in [0.0..1.0]"),
                new Refusal("no size", () -> Crop.to(1, 0), "cannot crop to 1×0"));
    }

    @Test
    void promisesItsSize() {
        var photos = SpecPattern.of(ElementType.UINT8, "HWC", ANY, ANY, 3);
        assertEquals("UINT8 HWC 2×5×3", Crop.to(2, 5).promise(photos).toString());
        assertEquals("? HWC 2×5×?", Crop.to(2, 5).promise(SpecPattern.OPEN).toString());
    }
}
