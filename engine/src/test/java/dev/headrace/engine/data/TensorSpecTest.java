package dev.headrace.engine.data;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.FLOAT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TensorSpecTest {
    private static final TensorSpec IMAGE = TensorSpec.of(UINT8, "HWC", 480, 640, 3);

    @Test
    void knowsItsAxesByLetter() {
        assertEquals(1, IMAGE.axis('W'));
        assertEquals(-1, IMAGE.axis('N'));
        assertEquals(480, IMAGE.extent('H'));
        var refusal = assertThrows(IllegalArgumentException.class, () -> IMAGE.extent('N'));
        assertEquals("UINT8 HWC 480×640×3 has no axis N", refusal.getMessage());
    }

    @Test
    void countsBytes() {
        assertEquals(921_600, IMAGE.bytes());
        assertEquals(4 * 921_600, IMAGE.withType(FLOAT32).bytes());
        assertEquals(8, TensorSpec.scalar(FLOAT64).bytes());
        assertEquals(0, TensorSpec.of(FLOAT64, "", 0).bytes());
        assertEquals(1L << 59, TensorSpec.of(FLOAT64, "", 1L << 56).bytes());
    }

    @Test
    void aLayoutHasOneLetterAnAxis() {
        var refusal =
                assertThrows(
                        IllegalArgumentException.class, () -> TensorSpec.of(UINT8, "HW", 1, 2, 3));
        assertEquals("layout HW has 2 axes, shape 1×2×3 has 3", refusal.getMessage());
        assertEquals("UINT8 1×2×3", TensorSpec.of(UINT8, "", 1, 2, 3).toString());
        assertThrows(NullPointerException.class, () -> new TensorSpec(null, Shape.SCALAR, ""));
        assertThrows(NullPointerException.class, () -> new TensorSpec(UINT8, null, ""));
        assertThrows(NullPointerException.class, () -> new TensorSpec(UINT8, Shape.SCALAR, null));
    }

    @Test
    void changesOnePart() {
        assertEquals(TensorSpec.of(UINT8, "HWC", 9, 640, 3), IMAGE.withExtent(0, 9));
        assertEquals(TensorSpec.of(UINT8, "CHW", 480, 640, 3), IMAGE.withLayout("CHW"));
        assertEquals(TensorSpec.of(UINT8, "HWC", 1, 2, 3), IMAGE.withShape(Shape.of(1, 2, 3)));
        assertThrows(IllegalArgumentException.class, () -> IMAGE.withShape(Shape.of(1, 2)));
        assertSame(IMAGE, IMAGE.withExtent(0, 480));
        assertSame(IMAGE, IMAGE.withType(UINT8));
    }

    @Test
    void aStackGainsALeadingAxis() {
        assertEquals(TensorSpec.of(UINT8, "NHWC", 8, 480, 640, 3), IMAGE.stacked(8));
        assertEquals(
                TensorSpec.of(UINT8, "N", 8), TensorSpec.scalar(UINT8).stacked(8).withLayout("N"));
        assertEquals(TensorSpec.of(UINT8, "", 8, 2), TensorSpec.of(UINT8, "", 2).stacked(8));
        assertEquals(TensorSpec.of(UINT8, "", 8, 2), TensorSpec.of(UINT8, "N", 2).stacked(8));
    }

    @Test
    void manyImagesHaveEachTheirOwnSpec() {
        long seed = 7;
        var random = new Random(seed);
        var layouts = List.of("HWC", "CHW", "");
        for (int i = 0; i < 100_000; i++) {
            var type = ElementType.values()[random.nextInt(3)];
            var layout = layouts.get(random.nextInt(3));
            long[] extents = random.longs(3, 0, 12).toArray();
            var spec = TensorSpec.of(type, layout, extents[0], extents[1], extents[2]);
            assertEquals(
                    new TensorSpec(type, Shape.of(extents), layout),
                    spec,
                    "seed " + seed + ", " + i);
        }
    }

    @Test
    void theSpecOfAnImageIsNotMadeAgainForTheNextOne() {
        assertSame(TensorSpec.of(UINT8, "HWC", 5, 7, 3), TensorSpec.of(UINT8, "HWC", 5, 7, 3));
    }
}
