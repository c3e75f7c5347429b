package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.int32;
import static dev.headrace.testkit.Tensors.int64;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import java.util.List;

class LookupTest implements OperatorContract {
    private static final long LARGE = (1L << 60) + 1;

    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "numbers by place, in the shape of the input",
                        Lookup.in(0.5, 1.5, -2),
                        uint8("HW", shape(2, 2), 2, 0, 1, 2),
                        float32("HW", shape(2, 2), -2, 0.5, 1.5, -2),
                        0),
                Case.of(
                                "a value for all others, exact values of a wide type",
                                Lookup.in(Argument.of(int64("", shape(2), 7, LARGE))).otherwise(-1))
                        .given(scalar(INT32, 1))
                        .given(scalar(INT32, 2))
                        .given(scalar(INT32, -1))
                        .expect(int64("", shape(), LARGE))
                        .expect(scalar(INT64, -1))
                        .expect(scalar(INT64, -1)),
                Case.of("a table that is another node's value", Lookup.in(new Input(1)))
                        .given(scalar(INT32, 1), int32("", shape(2), 3, 4))
                        .given(scalar(INT32, 0), int32("", shape(3), 5, 6, 7))
                        .expect(scalar(INT32, 4))
                        .expect(scalar(INT32, 5)));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "an integer that has no place",
                        Lookup.in(1, 2, 3),
                        scalar(INT32, 3),
                        "Lookup in a table of 3 values got 3"),
                new Refusal(
                        "floats",
                        Lookup.in(1, 2, 3),
                        scalar(FLOAT32, 1),
                        "Lookup takes integers, got FLOAT32 scalar"),
                new Refusal(
                        "a constant table of two axes",
                        () -> Lookup.in(Argument.of(int32("", shape(1, 1), 1))),
                        "a table has one axis, got INT32 1×1"),
                new Refusal(
                        "a table of two axes from a node",
                        () -> Lookup.in(new Input(1)),
                        ImmutableList.of(scalar(INT32, 0), int32("", shape(1, 1), 1)),
                        "a table has one axis, got INT32 1×1"));
    }
}
