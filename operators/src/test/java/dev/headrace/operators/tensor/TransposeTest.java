package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.FLOAT64;
import static dev.headrace.engine.data.ElementType.INT16;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.tensor;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.spec.Options;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TransposeTest implements CudaContract {
    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "channels first",
                        Transpose.to("CHW"),
                        uint8("HWC", shape(1, 2, 3), 1, 2, 3, 4, 5, 6),
                        uint8("CHW", shape(3, 1, 2), 1, 4, 2, 5, 3, 6),
                        0),
                new Case(
                        "channels last",
                        Transpose.to("HWC"),
                        float32("CHW", shape(3, 1, 2), 1, 4, 2, 5, 3, 6),
                        float32("HWC", shape(1, 2, 3), 1, 2, 3, 4, 5, 6),
                        0),
                new Case(
                        "by number, without layout",
                        Transpose.axes(1, 0),
                        tensor(INT16, "", shape(2, 3), 1, 2, 3, 4, 5, 6),
                        tensor(INT16, "", shape(3, 2), 1, 4, 2, 5, 3, 6),
                        0),
                new Case(
                        "by number, with the layout",
                        Transpose.axes(2, 0, 1),
                        tensor(FLOAT64, "HWC", shape(2, 1, 2), 1, 2, 3, 4),
                        tensor(FLOAT64, "CHW", shape(2, 2, 1), 1, 3, 2, 4),
                        0),
                new Case(
                        "pieces that stay together",
                        Transpose.to("WHC"),
                        uint8("HWC", shape(2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8),
                        uint8("WHC", shape(2, 2, 2), 1, 2, 5, 6, 3, 4, 7, 8),
                        0),
                new Case(
                        "the order it has",
                        Transpose.to("HW"),
                        uint8("HW", shape(2, 2), 1, 2, 3, 4),
                        uint8("HW", shape(2, 2), 1, 2, 3, 4),
                        0),
                new Case(
                        "nothing",
                        Transpose.to("WH"),
                        uint8("HW", shape(2, 0)),
                        uint8("WH", shape(0, 2)),
                        0));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "another number of axes",
                        Transpose.to("CHW"),
                        uint8("HW", shape(1, 1), 1),
                        "Transpose to CHW takes a tensor with 3 axes, got UINT8 HW 1×1"),
                new Refusal(
                        "other axes",
                        Transpose.to("CHW"),
                        uint8("FHW", shape(1, 1, 1), 1),
                        "Transpose takes a tensor with an axis C, got UINT8 FHW 1×1×1"),
                new Refusal(
                        "axes without letters",
                        Transpose.to("WH"),
                        uint8("", shape(1, 1), 1),
                        "Transpose takes a tensor with an axis W, got UINT8 1×1"),
                new Refusal("an axis twice", () -> Transpose.axes(0, 0), "axes 00: one is twice"),
                new Refusal(
                        "a number that is too high",
                        () -> Transpose.axes(0, 2),
                        "axes [0, 2] are not 0 to 1 in some order"),
                new Refusal(
                        "letters and digits together",
                        () -> Transpose.to("C0W"),
                        "axes C0W are partly letters and partly digits"));
    }

    @Test
    void promisesWhatIsKnown() {
        assertEquals(
                SpecPattern.of(UINT8, "CHW", 3, ANY, 5),
                Transpose.to("CHW").promise(SpecPattern.of(UINT8, "HWC", ANY, 5, 3)));
        assertEquals(
                SpecPattern.OPEN.withLayout("CHW").withExtents(ANY, ANY, ANY),
                Transpose.to("CHW").promise(SpecPattern.OPEN));
        assertEquals(
                SpecPattern.OPEN.withExtents(3, 2),
                Transpose.axes(1, 0).promise(SpecPattern.OPEN.withExtents(2, 3)));
        assertEquals(
                SpecPattern.OPEN.withLayout("WH").withExtents(ANY, ANY),
                Transpose.axes(1, 0).promise(SpecPattern.OPEN.withLayout("HW")));
    }

    /// Element `[c, f, w, h]` of the output is `[f, h, w, c]` of the input.
    @Test
    void movesEveryElementOfLargerTensors() {
        long seed = 7;
        var random = new Random(seed);
        for (int trial = 0; trial < 10; trial++) {
            var message = "seed " + seed + ", trial " + trial;
            int f = 1 + random.nextInt(4);
            int h = 1 + random.nextInt(5);
            int w = 1 + random.nextInt(6);
            int c = 1 + random.nextInt(4);
            var in = float32("FHWC", shape(f, h, w, c), random.doubles(f * h * w * c).toArray());
            var out =
                    Trial.of(Transpose.to("CFWH"), List.of(List.of(in)))
                            .run(Options.batchSize(1).threads(1))
                            .getFirst()
                            .getFirst();
            assertEquals(shape(c, f, w, h), out.spec().shape(), message);
            var before = in.numbers();
            var after = out.numbers();
            for (int i = 0; i < after.length; i++) {
                int ih = i % h;
                int iw = i / h % w;
                int jf = i / h / w % f;
                int ic = i / h / w / f;
                assertEquals(before[((jf * h + ih) * w + iw) * c + ic], after[i], message);
            }
        }
    }
}
