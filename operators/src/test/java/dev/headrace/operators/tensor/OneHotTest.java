package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.int64;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;

import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import java.util.List;

class OneHotTest implements CudaContract {
    @Override
    public List<Case> cases() {
        return List.of(
                Case.of("a label", OneHot.of(3))
                        .given(scalar(INT32, 0))
                        .given(scalar(INT32, 2))
                        .expect(float32("", shape(3), 1, 0, 0))
                        .expect(float32("", shape(3), 0, 0, 1)),
                new Case(
                        "labels, smoothed",
                        OneHot.of(2).values(0.75, 0.25),
                        uint8("W", shape(2), 1, 0),
                        float32("", shape(2, 2), 0.25, 0.75, 0.75, 0.25),
                        0),
                new Case(
                        "the only class",
                        OneHot.of(1),
                        int64("", shape(1), 0),
                        float32("", shape(1, 1), 1),
                        0));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "a class too many",
                        OneHot.of(3),
                        scalar(UINT8, 3),
                        "OneHot takes classes 0 to 2, got 3"),
                new Refusal(
                        "a negative class",
                        OneHot.of(3),
                        scalar(INT32, -1),
                        "OneHot takes classes 0 to 2, got -1"),
                new Refusal(
                        "floats",
                        OneHot.of(3),
                        scalar(FLOAT32, 1),
                        "OneHot takes integers, got FLOAT32 scalar"),
                new Refusal("no classes", () -> OneHot.of(0), "0 classes, at least 1 is needed"));
    }
}
