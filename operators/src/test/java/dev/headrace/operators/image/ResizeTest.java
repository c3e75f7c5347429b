package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT16;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.operators.CudaContract;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Refusal;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ResizeTest implements CudaContract {
    private static TensorValue row(double... values) {
        return uint8("HWC", shape(1, values.length, 1), values);
    }

    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "one pixel of four is their mean",
                        Resize.to(1, 1),
                        uint8("HWC", shape(2, 2, 3), 10, 0, 1, 20, 0, 2, 30, 0, 3, 40, 255, 4),
                        uint8("HWC", shape(1, 1, 3), 25, 64, 3), // 25, 63.75, 2.5
                        0),
                new Case("enlarges", Resize.to(1, 4), row(0, 100), row(0, 25, 75, 100), 0),
                new Case(
                        "rows as columns",
                        Resize.to(4, 1),
                        uint8("HWC", shape(2, 1, 2), 0, 200, 100, 0),
                        uint8("HWC", shape(4, 1, 2), 0, 200, 25, 150, 75, 50, 100, 0),
                        0),
                new Case(
                        "not antialiased, pixels between are left out",
                        Resize.to(1, 1).antialias(false),
                        row(9, 9, 0, 100, 9, 9),
                        row(50),
                        0),
                new Case(
                        "nearest",
                        Resize.to(1, 2).filter(Filter.NEAREST),
                        row(1, 2, 3, 4, 5, 6),
                        row(2, 5),
                        0),
                new Case(
                        "floats are not rounded",
                        Resize.to(1, 4).filter(Filter.CUBIC).type(FLOAT32),
                        row(0, 140),
                        // weights 111 and 29 of 140 inside, 111 and -9 of 102 at the ends
                        float32(
                                "HWC",
                                shape(1, 4, 1),
                                140 * -9 / 102.0,
                                29,
                                111,
                                140 * 111 / 102.0),
                        1e-4),
                new Case(
                        "and may overshoot, which bytes cannot",
                        Resize.to(1, 4).filter(Filter.CUBIC),
                        row(0, 140),
                        row(0, 29, 111, 152),
                        0),
                Case.of("the shorter side", Resize.shorter(1))
                        .given(uint8("HWC", shape(2, 4, 1), 1, 1, 3, 3, 1, 1, 3, 3))
                        .given(uint8("HWC", shape(3, 1, 1), 7, 8, 9))
                        .expect(uint8("HWC", shape(1, 2, 1), 1, 3))
                        .expect(uint8("HWC", shape(3, 1, 1), 7, 8, 9))
                        .within(1));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "another element type",
                        Resize.to(2, 2),
                        float32("HWC", shape(1, 1, 1), 1),
                        "Resize takes UINT8 HWC of at least one pixel, got FLOAT32 HWC 1×1×1"),
                new Refusal(
                        "another layout",
                        Resize.to(2, 2),
                        uint8("CHW", shape(1, 1, 1), 1),
                        "Resize takes UINT8 HWC of at least one pixel, got UINT8 CHW 1×1×1"),
                new Refusal(
                        "what is not decoded yet",
                        Resize.to(1, 1),
                        uint8("", shape(4), 1, 2, 3, 4),
                        "Resize takes UINT8 HWC of at least one pixel, got UINT8 4; if these are the"
                                + " bytes of a file, decode them first, as DecodeImage does"),
                new Refusal(
                        "an empty image",
                        Resize.shorter(2),
                        uint8("HWC", shape(0, 5, 3)),
                        "Resize takes UINT8 HWC of at least one pixel, got UINT8 HWC 0×5×3"),
                new Refusal("no size", () -> Resize.to(0, 5), "cannot resize to 0×5"),
                new Refusal("no filter", () -> Resize.to(1, 5).filter(null), "filter is missing"),
                new Refusal(
                        "a type it does not give",
                        () -> Resize.to(1, 5).type(INT16),
                        "resizing gives UINT8 or FLOAT32, not INT16"));
    }

    @TestFactory
    Stream<DynamicTest> sizesAreThoseOfDali() {
        return Reference.lines("size").stream()
                .map(line -> dynamicTest(String.join(" ", line.fields()), () -> compareSize(line)));
    }

    private static void compareSize(Reference.Line line) {
        int h = line.number(4);
        int w = line.number(5);
        var resize =
                switch (Resize.Fit.valueOf(line.text(1))) {
                    case EXACT -> Resize.to(h, w);
                    case SHORTER -> Resize.shorter(h);
                    case LONGER -> Resize.longer(h);
                    case NOT_LARGER -> Resize.notLarger(h, w);
                    case NOT_SMALLER -> Resize.notSmaller(h, w);
                };
        var in = TensorSpec.of(UINT8, "HWC", line.number(2), line.number(3), 3);
        var expected = TensorSpec.of(UINT8, "HWC", line.number(6), line.number(7), 3);
        assertEquals(expected, resize.outputSpec(in, null));
        assertEquals(SpecPattern.exactly(expected), resize.promise(SpecPattern.exactly(in)));
    }

    @Test
    void refusesToMakeFarMoreThanAPictureHas() {
        assertEquals(
                "cannot resize to 1×100000001, more than 100000000 pixels",
                assertThrows(IllegalArgumentException.class, () -> Resize.to(1, 100_000_001))
                        .getMessage());
        var thin = TensorSpec.of(ElementType.UINT8, "HWC", 1, 60_000, 3);
        assertEquals(
                "Resize would make 2000×120000000 of UINT8 HWC 1×60000×3, more than 100000000"
                        + " pixels",
                assertThrows(BadSample.class, () -> Resize.shorter(2000).outputSpec(thin, null))
                        .getMessage());
    }

    @Test
    void aLongSideIsNoReasonToRefuseAThinPicture() {
        var thin = TensorSpec.of(UINT8, "HWC", 7000, 10, 3);
        for (var resize : List.of(Resize.longer(70_000), Resize.notLarger(70_000, 70_000))) {
            assertEquals(
                    TensorSpec.of(UINT8, "HWC", 70_000, 100, 3), resize.outputSpec(thin, null));
        }
        int most = Integer.MAX_VALUE;
        var square = TensorSpec.of(UINT8, "HWC", most, 1000, 1);
        assertEquals(
                "Resize would make 2147483647×1000 of "
                        + square
                        + ", more than 100000000"
                        + " pixels",
                assertThrows(BadSample.class, () -> Resize.longer(most).outputSpec(square, null))
                        .getMessage());
    }

    @Test
    void promisesWhatDoesNotDependOnTheImage() {
        var photos = SpecPattern.of(UINT8, "HWC", ANY, ANY, 3);
        assertEquals("UINT8 HWC 20×30×3", Resize.to(20, 30).promise(photos).toString());
        assertEquals("UINT8 HWC ?×?×3", Resize.shorter(20).promise(photos).toString());
        assertEquals("UINT8 HWC 20×30×?", Resize.to(20, 30).promise(SpecPattern.OPEN).toString());
        assertEquals(
                "FLOAT32 HWC ?×?×?",
                Resize.longer(9).type(FLOAT32).promise(SpecPattern.OPEN).toString());
    }
}
