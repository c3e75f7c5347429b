package dev.headrace.operators.tensor;

import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;

import dev.headrace.engine.data.ElementType;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import java.util.List;

class CopyTest implements CudaContract {
    @Override
    public List<Case> cases() {
        return List.of(
                Case.of("keeps bytes, shape and layout", new Copy())
                        .given(uint8("HWC", shape(1, 2, 3), 1, 2, 3, 4, 5, 6))
                        .given(uint8("HWC", shape(1, 1, 3), 7, 8, 9))
                        .expect(uint8("HWC", shape(1, 2, 3), 1, 2, 3, 4, 5, 6))
                        .expect(uint8("HWC", shape(1, 1, 3), 7, 8, 9)),
                new Case(
                        "copies a single number",
                        new Copy(),
                        scalar(ElementType.FLOAT64, -0.0),
                        scalar(ElementType.FLOAT64, -0.0),
                        0),
                new Case(
                        "copies nothing",
                        new Copy(),
                        float32("HW", shape(0, 3)),
                        float32("HW", shape(0, 3)),
                        0));
    }
}
