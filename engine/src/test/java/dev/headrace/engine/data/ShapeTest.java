package dev.headrace.engine.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void knowsExtentsAndVolume() {
        var shape = Shape.of(480, 640, 3);
        assertEquals(3, shape.rank());
        assertEquals(640, shape.extent(1));
        assertEquals(921_600, shape.volume());
        assertArrayEquals(new long[] {480, 640, 3}, shape.extents());
        assertThrows(IndexOutOfBoundsException.class, () -> shape.extent(3));
        assertThrows(IndexOutOfBoundsException.class, () -> shape.extent(-1));
    }

    @Test
    void aScalarHasOneElementAndNoAxes() {
        assertSame(Shape.SCALAR, Shape.of());
        assertEquals(0, Shape.SCALAR.rank());
        assertEquals(1, Shape.SCALAR.volume());
        assertEquals("scalar", Shape.SCALAR.toString());
    }

    @Test
    void emptyAxesAreAllowed() {
        assertEquals(0, Shape.of(0).volume());
        assertEquals(0, Shape.of(1L << 56, 0).volume());
        assertEquals(0, Shape.of(0, Long.MAX_VALUE).volume());
        assertEquals(0, Shape.of(Long.MAX_VALUE, 0).volume());
    }

    @Test
    void doesNotShareItsExtents() {
        long[] extents = {1, 2};
        var shape = Shape.of(extents);
        extents[0] = 7;
        shape.extents()[1] = 7;
        assertEquals(Shape.of(1, 2), shape);
    }

    @Test
    void refusesNegativeExtents() {
        var refusal = assertThrows(IllegalArgumentException.class, () -> Shape.of(2, -1, 3));
        assertEquals("negative extent in 2×-1×3", refusal.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Shape.of(0, -1));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(3, Long.MIN_VALUE));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(1).withExtent(0, -1));
        assertThrows(IllegalArgumentException.class, () -> Shape.of(1).stacked(-1));
    }

    @Test
    void refusesMoreElementsThanAnyMachineHolds() {
        assertEquals(1L << 56, Shape.of(1L << 28, 1L << 28).volume());
        long[][] tooMany = {
            {(1L << 56) + 1},
            {Long.MAX_VALUE},
            {2, 1L << 62}, // 2^63: negative if it wraps
            {4, 1L << 62}, // 2^64: 0 if it wraps
            {1L << 32, 1L << 32},
            {1L << 56, 2},
            {3, Long.MAX_VALUE},
            {1L << 56, Long.MAX_VALUE},
        };
        for (var extents : tooMany) {
            var refusal =
                    assertThrows(
                            IllegalArgumentException.class,
                            () -> Shape.of(extents),
                            () -> Arrays.toString(extents));
            assertTrue(refusal.getMessage().endsWith(" has too many elements"));
        }
        var refusal = assertThrows(IllegalArgumentException.class, () -> Shape.of(2, 1L << 62));
        assertEquals("shape 2×4611686018427387904 has too many elements", refusal.getMessage());
    }

    @Test
    void refusesTooManyAxes() {
        assertEquals(64, Shape.of(new long[64]).rank());
        var refusal = assertThrows(IllegalArgumentException.class, () -> Shape.of(new long[65]));
        assertEquals("rank 65 is above 64", refusal.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Shape.of(new long[64]).stacked(2));
    }

    @Test
    void changesOneExtent() {
        assertEquals(Shape.of(4, 9), Shape.of(4, 5).withExtent(1, 9));
        var shape = Shape.of(4, 5);
        assertSame(shape, shape.withExtent(0, 4));
        assertEquals(Shape.of(4, 5), shape);
        assertThrows(IndexOutOfBoundsException.class, () -> shape.withExtent(2, 1));
    }

    @Test
    void stacksBehindALeadingAxis() {
        assertEquals(Shape.of(8, 4, 5), Shape.of(4, 5).stacked(8));
        assertEquals(Shape.of(8), Shape.SCALAR.stacked(8));
    }

    @Test
    void comparesByExtents() {
        assertEquals(Shape.of(2, 3), Shape.of(2, 3));
        assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 3).hashCode());
        assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
        assertNotEquals(Shape.of(6), Shape.of(2, 3));
        assertNotEquals(Shape.of(1), Shape.SCALAR);
        assertEquals("2×3", Shape.of(2, 3).toString());
    }
}
