package dev.headrace.testkit;

import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompareTest {
    private static final double NAN = Double.NaN;

    @Test
    void equalBytesDoNotDiffer() {
        var value = float32("HW", shape(1, 2), NAN, -0.0);
        assertEquals(Optional.empty(), Compare.difference(value, value, 0));
    }

    @Test
    void tellsTheFirstDifferenceByItsIndexes() {
        assertEquals(
                Optional.of("element [1, 0] is 9.0, not 3.0; 2 of 4 differ"),
                Compare.difference(
                        uint8("HW", shape(2, 2), 1, 2, 9, 9),
                        uint8("HW", shape(2, 2), 1, 2, 3, 4),
                        0));
    }

    @Test
    void allowsATolerance() {
        var expected = float32("", shape(3), 1, 2, 3);
        assertEquals(
                Optional.empty(),
                Compare.difference(float32("", shape(3), 1.5, 2, 3), expected, 0.5));
        assertEquals(
                Optional.of("element [2] is 3.75, not 3.0; 1 of 3 differ by more than 0.5"),
                Compare.difference(float32("", shape(3), 1.5, 2, 3.75), expected, 0.5));
    }

    @Test
    void notANumberIsNeverNearANumber() {
        assertEquals(
                Optional.of("element [0] is NaN, not 1.0; 1 of 1 differ by more than 0.5"),
                Compare.difference(float32("", shape(1), NAN), float32("", shape(1), 1), 0.5));
    }

    @Test
    void tellsSpecsApart() {
        assertEquals(
                Optional.of("is UINT8 HW 1×1, not UINT8 WH 1×1"),
                Compare.difference(uint8("HW", shape(1, 1), 1), uint8("WH", shape(1, 1), 1), 0));
    }
}
