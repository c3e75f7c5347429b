package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import java.util.List;
import org.junit.jupiter.api.Test;

class PadTest implements CudaContract {
    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "adds at the ends of both axes",
                        Pad.to("HW", 3, 4).with(9),
                        uint8("HW", shape(2, 3), 1, 2, 3, 4, 5, 6),
                        uint8("HW", shape(3, 4), 1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9, 9),
                        0),
                Case.of("each sample as far as it needs", Pad.to("W", 2).with(-1))
                        .given(float32("WC", shape(1, 2), 1, 2))
                        .given(float32("WC", shape(3, 2), 1, 2, 3, 4, 5, 6))
                        .expect(float32("WC", shape(2, 2), 1, 2, -1, -1))
                        .expect(float32("WC", shape(3, 2), 1, 2, 3, 4, 5, 6)),
                new Case(
                        "to a multiple",
                        Pad.toMultiple("0", 4),
                        uint8("", shape(5), 1, 2, 3, 4, 5),
                        uint8("", shape(8), 1, 2, 3, 4, 5, 0, 0, 0),
                        0),
                new Case(
                        "to at least an extent and a multiple",
                        Pad.to("W", 4).multipleOf(3),
                        uint8("W", shape(1), 1),
                        uint8("W", shape(6), 1, 0, 0, 0, 0, 0),
                        0),
                new Case(
                        "an empty one is all fill",
                        Pad.to("W", 2).with(7),
                        uint8("HW", shape(2, 0)),
                        uint8("HW", shape(2, 2), 7, 7, 7, 7),
                        0));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "an axis that is not there",
                        Pad.to("H", 3),
                        uint8("CW", shape(1, 1), 1),
                        "Pad takes a tensor with an axis H, got UINT8 CW 1×1"),
                new Refusal(
                        "an axis by a number that is too high",
                        Pad.to("2", 3),
                        uint8("CW", shape(1, 1), 1),
                        "Pad takes a tensor with an axis 2, got UINT8 CW 1×1"),
                new Refusal(
                        "fewer extents than axes",
                        () -> Pad.to("HW", 3),
                        "axes HW take an extent each, got [3] and multiples [1, 1]"),
                new Refusal("no axes", () -> Pad.to(""), "axes are missing"),
                new Refusal(
                        "an axis that could be there twice",
                        () -> Pad.to("H0", 4, 6),
                        "axes H0 are partly letters and partly digits"),
                new Refusal("an axis twice", () -> Pad.to("HH", 1, 1), "axes HH: one is twice"),
                new Refusal(
                        "an axis of no name",
                        () -> Pad.to("H-", 1, 1),
                        "axes H-: each is a letter of the layout or a digit"),
                new Refusal("a negative extent", () -> Pad.to("H", -1), "extent -1 is negative"),
                new Refusal(
                        "a multiple of nothing",
                        () -> Pad.toMultiple("H", 0),
                        "a multiple of 0, at least 1 is needed"));
    }

    @Test
    void promisesWhatIsKnown() {
        var pad = Pad.to("HW", 3, 4);
        assertEquals(
                SpecPattern.of(ElementType.UINT8, "HWC", ANY, 7, 3),
                pad.promise(SpecPattern.of(ElementType.UINT8, "HWC", ANY, 7, 3)));
        assertEquals(
                SpecPattern.of(ElementType.UINT8, "HWC", 3, 4, 3),
                pad.promise(SpecPattern.of(ElementType.UINT8, "HWC", 2, 1, 3)));
        assertEquals(
                SpecPattern.OPEN.withType(ElementType.UINT8),
                pad.promise(SpecPattern.OPEN.withType(ElementType.UINT8).withExtents(1, 2, 3)));
    }
}
