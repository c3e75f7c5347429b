package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT16;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.int32;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Input;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class ResizedCropTest implements CudaContract {
    private static final TensorValue IMAGE =
            uint8("HWC", shape(3, 4, 1), 9, 9, 9, 9, 9, 0, 100, 9, 9, 0, 100, 9);

    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "the same window of all",
                        ResizedCrop.to(1, 4, new Window(1, 1, 2, 2)),
                        IMAGE,
                        uint8("HWC", shape(1, 4, 1), 0, 25, 75, 100),
                        0),
                Case.of(
                                "each its own, with another filter and type",
                                ResizedCrop.to(1, 2, new Input(1))
                                        .filter(Filter.NEAREST)
                                        .type(FLOAT32))
                        .given(IMAGE, int32("", shape(4), 1, 1, 1, 2))
                        .given(IMAGE, int32("", shape(4), 0, 0, 3, 4))
                        .expect(float32("HWC", shape(1, 2, 1), 0, 100))
                        .expect(float32("HWC", shape(1, 2, 1), 0, 9)),
                new Case(
                        "not antialiased",
                        ResizedCrop.to(1, 1, new Window(2, 0, 1, 4)).antialias(false),
                        IMAGE,
                        uint8("HWC", shape(1, 1, 1), 50),
                        0));
    }

    private static Refusal refusal(String name, TensorValue window, String message) {
        return new Refusal(
                name,
                () -> ResizedCrop.to(2, 2, new Input(1)),
                ImmutableList.of(IMAGE, window),
                message);
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                refusal(
                        "a window that reaches out",
                        int32("", shape(4), 1, 2, 2, 3),
                        "window 2×3 at (1, 2) is not within UINT8 HWC 3×4×1"),
                refusal(
                        "a window without columns",
                        int32("", shape(4), 0, 0, 1, 0),
                        "window 1×0 at (0, 0) is not within UINT8 HWC 3×4×1"),
                refusal(
                        "half a pixel",
                        float32("", shape(4), 0.5, 0, 1, 1),
                        "window 1×1 at (0.5, 0) is not within UINT8 HWC 3×4×1"),
                refusal(
                        "three numbers",
                        int32("", shape(3), 0, 0, 1),
                        "a window is 4 numbers, got INT32 3"),
                new Refusal(
                        "another layout",
                        ResizedCrop.to(1, 1, new Window(0, 0, 1, 1)),
                        uint8("CHW", shape(1, 1, 1), 1),
                        "ResizedCrop takes UINT8 HWC of at least one pixel, got UINT8 CHW 1×1×1"),
                new Refusal(
                        "a type it does not give",
                        () -> ResizedCrop.to(1, 5, new Window(0, 0, 1, 1)).type(INT16),
                        "resizing gives UINT8 or FLOAT32, not INT16"));
    }

    @Test
    void promisesItsSize() {
        var crop = ResizedCrop.to(2, 5, new Window(0, 0, 1, 1));
        assertEquals("UINT8 HWC 2×5×?", crop.promise(SpecPattern.OPEN).toString());
    }
}
