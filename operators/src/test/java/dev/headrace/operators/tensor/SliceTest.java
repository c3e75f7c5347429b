package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class SliceTest implements CudaContract {
    private static final TensorValue GRID =
            uint8("HW", shape(3, 4), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "a box",
                        Slice.along("H", 1, 2).and("W", 1, 3),
                        GRID,
                        uint8("HW", shape(2, 3), 6, 7, 8, 10, 11, 12),
                        0),
                new Case(
                        "whole rows",
                        Slice.along("0", 1, 1),
                        GRID,
                        uint8("HW", shape(1, 4), 5, 6, 7, 8),
                        0),
                new Case(
                        "one column of wide elements",
                        Slice.along("1", 1, 1),
                        float32("", shape(2, 2), 1, 2, 3, 4),
                        float32("", shape(2, 1), 2, 4),
                        0),
                new Case(
                        "nothing, at the very end",
                        Slice.along("W", 4, 0),
                        GRID,
                        uint8("HW", shape(3, 0)),
                        0),
                Case.of(
                                "starts that are other nodes' values",
                                Slice.along("H", new Input(1), 1).and("W", new Input(2), 2))
                        .given(GRID, scalar(INT32, 0), scalar(FLOAT32, 2))
                        .given(GRID, scalar(INT32, 2), scalar(FLOAT32, 1))
                        .expect(uint8("HW", shape(1, 2), 3, 4))
                        .expect(uint8("HW", shape(1, 2), 10, 11)));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "a cut beyond the end",
                        Slice.along("H", 2, 2),
                        GRID,
                        "Slice takes 2 elements from 2 along H, got UINT8 HW 3×4"),
                new Refusal(
                        "a start that is no whole number",
                        () -> Slice.along("H", new Input(1), 1),
                        ImmutableList.of(GRID, scalar(FLOAT32, 0.5)),
                        "Slice takes 1 elements from 0.5 along H, got UINT8 HW 3×4"),
                new Refusal(
                        "a negative start",
                        () -> Slice.along("H", new Input(1), 1),
                        ImmutableList.of(GRID, scalar(INT32, -1)),
                        "Slice takes 1 elements from -1 along H, got UINT8 HW 3×4"),
                new Refusal(
                        "an axis that is not there",
                        Slice.along("C", 0, 1),
                        GRID,
                        "Slice takes a tensor with an axis C, got UINT8 HW 3×4"),
                new Refusal(
                        "a constant start that is negative",
                        () -> Slice.along("H", -1, 1),
                        "start -1.0 is not in [0.0..+∞)"),
                new Refusal(
                        "a constant start that is no whole number",
                        () -> Slice.along("H", Argument.of(1.5), 1),
                        "start 1.5 is no whole number"),
                new Refusal(
                        "a negative length",
                        () -> Slice.along("H", 0, -1),
                        "length -1 is negative"),
                new Refusal(
                        "two axes in one cut",
                        () -> Slice.along("HW", 0, 1),
                        "axis HW is not one letter or digit"),
                new Refusal(
                        "an axis cut twice",
                        () -> Slice.along("H", 0, 1).and("H", 0, 1),
                        "axes HH: one is twice"),
                new Refusal(
                        "no cut",
                        () -> new Slice(ImmutableList.of()),
                        "a slice has at least one cut"));
    }

    @Test
    void promisesTheLengthsOfTheCuts() {
        assertEquals(
                SpecPattern.of(UINT8, "HWC", 2, ANY, 3),
                Slice.along("H", 1, 2).promise(SpecPattern.of(UINT8, "HWC", ANY, ANY, 3)));
    }
}
