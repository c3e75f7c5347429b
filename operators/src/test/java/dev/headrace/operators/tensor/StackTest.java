package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.int64;
import static dev.headrace.testkit.Tensors.scalar;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class StackTest implements CudaContract {
    @Override
    public List<Case> cases() {
        return List.of(
                Case.of("frames", Stack.at(0, "F"))
                        .given(
                                uint8("HW", shape(1, 2), 1, 2),
                                uint8("HW", shape(1, 2), 3, 4),
                                uint8("HW", shape(1, 2), 5, 6))
                        .expect(uint8("FHW", shape(3, 1, 2), 1, 2, 3, 4, 5, 6)),
                Case.of("channels, innermost", Stack.at(2, "C"))
                        .given(
                                float32("HW", shape(2, 2), 1, 2, 3, 4),
                                float32("HW", shape(2, 2), 5, 6, 7, 8))
                        .expect(float32("HWC", shape(2, 2, 2), 1, 5, 2, 6, 3, 7, 4, 8)),
                Case.of("in the middle, without a letter", Stack.at(1))
                        .given(
                                uint8("HW", shape(2, 2), 1, 2, 3, 4),
                                uint8("HW", shape(2, 2), 5, 6, 7, 8))
                        .expect(uint8("", shape(2, 2, 2), 1, 2, 5, 6, 3, 4, 7, 8)),
                Case.of("a letter is no use where the other axes have none", Stack.at(0, "F"))
                        .given(uint8("", shape(2), 1, 2))
                        .expect(uint8("", shape(1, 2), 1, 2)),
                Case.of("single numbers", Stack.at(0))
                        .given(scalar(INT64, 5), scalar(INT64, -6))
                        .given(scalar(INT64, 7), scalar(INT64, 8))
                        .expect(int64("", shape(2), 5, -6))
                        .expect(int64("", shape(2), 7, 8)),
                Case.of("nothing", Stack.at(0))
                        .given(uint8("", shape(0)), uint8("", shape(0)))
                        .expect(uint8("", shape(2, 0))));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "inputs that differ",
                        () -> Stack.at(0),
                        ImmutableList.of(
                                uint8("W", shape(1), 1),
                                uint8("W", shape(1), 1),
                                uint8("W", shape(2), 1, 2)),
                        "Stack takes inputs of one type, shape and layout, got UINT8 W 1 and"
                                + " UINT8 W 2"),
                new Refusal(
                        "too few axes",
                        Stack.at(2),
                        uint8("W", shape(1), 1),
                        "Stack at axis 2 takes tensors of at least 2 axes, got UINT8 W 1"),
                new Refusal("a negative axis", () -> Stack.at(-1), "axis -1 is negative"),
                new Refusal("a long letter", () -> Stack.at(0, "FG"), "axis FG is not one letter"));
    }

    @Test
    void promisesWhatIsKnown() {
        var open = SpecPattern.of(UINT8, "HW", ANY, 5);
        assertEquals(
                List.of(SpecPattern.OPEN.withType(UINT8).withExtents(ANY, 2, 5)),
                Stack.at(1, "C").promise(List.of(open, open)));
    }
}
