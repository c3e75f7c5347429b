package dev.headrace.engine.data;

import static dev.headrace.engine.data.ElementType.BOOL;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class TensorValueTest {
    private static final TensorSpec THREE = TensorSpec.of(UINT8, "C", 3);

    @Test
    void comparesByContent() {
        assertEquals(TensorValue.of(THREE, 1, 2, 3), TensorValue.of(THREE, new byte[] {1, 2, 3}));
        assertEquals(
                TensorValue.of(THREE, 1, 2, 3).hashCode(),
                TensorValue.of(THREE, new byte[] {1, 2, 3}).hashCode());
        assertNotEquals(TensorValue.of(THREE, 1, 2, 3), TensorValue.of(THREE, 1, 2, 4));
        assertNotEquals(
                TensorValue.of(THREE, 1, 2, 3), TensorValue.of(THREE.withLayout(""), 1, 2, 3));
        assertEquals(TensorValue.of(Double.NaN), TensorValue.of(Double.NaN));
        assertNotEquals(TensorValue.of(0.0), TensorValue.of(-0.0));
    }

    @Test
    void convertsElementsToItsType() {
        assertArrayEquals(new double[] {0, 255, 2}, TensorValue.of(THREE, -1, 300, 2.5).numbers());
        assertEquals(255, TensorValue.of(THREE, -1, 300, 2.5).number(1));
        for (var type : ElementType.values()) {
            var ones = TensorValue.filled(TensorSpec.of(type, "", 2, 2), 1);
            assertArrayEquals(new double[] {1, 1, 1, 1}, ones.numbers(), type + "");
            assertEquals(4 * type.bytes(), ones.bytes().length);
        }
        assertEquals(0, TensorValue.of(TensorSpec.of(FLOAT32, "", 0)).numbers().length);
    }

    @Test
    void cannotBeChanged() {
        byte[] bytes = {1, 2, 3};
        var value = TensorValue.of(THREE, bytes);
        bytes[0] = 9;
        value.bytes()[1] = 9;
        value.numbers()[2] = 9;
        assertEquals(TensorValue.of(THREE, 1, 2, 3), value);
    }

    @Test
    void copiesATensor() {
        try (var arena = Arena.ofConfined()) {
            var segment = arena.allocate(3);
            var tensor = new Tensor(THREE, segment.address(), Storage.permanent("test"), true);
            for (int i = 0; i < 3; i++) {
                tensor.uint8(i, i + 1);
            }
            var value = TensorValue.copyOf(tensor);
            tensor.uint8(0, 9);
            assertEquals(TensorValue.of(THREE, 1, 2, 3), value);
        }
    }

    @Test
    void refusesAnotherNumberOfElements() {
        var refusal =
                assertThrows(IllegalArgumentException.class, () -> TensorValue.of(THREE, 1, 2));
        assertEquals("UINT8 C 3 has 3 elements, got 2", refusal.getMessage());
        refusal =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> TensorValue.of(THREE, new byte[] {1, 2, 3, 4}));
        assertEquals("UINT8 C 3 has 3 bytes, got 4", refusal.getMessage());
        assertThrows(
                IndexOutOfBoundsException.class, () -> TensorValue.of(THREE, 1, 2, 3).number(3));
    }

    @Test
    void readsAsANumberOrItsFirstElements() {
        assertEquals("15", TensorValue.of(15).toString());
        assertEquals("0.5", TensorValue.of(0.5).toString());
        assertEquals("NaN", TensorValue.of(Double.NaN).toString());
        assertEquals("1.0E300", TensorValue.of(1e300).toString());
        assertEquals("UINT8 C 3 [1.0, 2.0, 3.0]", TensorValue.of(THREE, 1, 2, 3).toString());
        assertEquals(
                "BOOL 2×3 [1.0, 1.0, 1.0, 1.0, …]",
                TensorValue.filled(TensorSpec.of(BOOL, "", 2, 3), 1).toString());
        assertEquals("UINT8 0 []", TensorValue.of(TensorSpec.of(UINT8, "", 0)).toString());
    }
}
