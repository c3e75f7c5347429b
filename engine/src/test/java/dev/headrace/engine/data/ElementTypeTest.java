package dev.headrace.engine.data;

import static dev.headrace.engine.data.ElementType.BFLOAT16;
import static dev.headrace.engine.data.ElementType.BOOL;
import static dev.headrace.engine.data.ElementType.FLOAT64;
import static dev.headrace.engine.data.ElementType.INT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.INT8;
import static dev.headrace.engine.data.ElementType.UINT32;
import static dev.headrace.engine.data.ElementType.UINT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ElementTypeTest {
    @Test
    void knowsItsRange() {
        assertEquals(0, BOOL.least());
        assertEquals(1, BOOL.greatest());
        assertEquals(-128, INT8.least());
        assertEquals(127, INT8.greatest());
        assertEquals(255, UINT8.greatest());
        assertEquals(-2147483648.0, INT32.least());
        assertEquals(4294967295.0, UINT32.greatest());
        assertEquals(0x1p63, INT64.greatest());
        assertEquals(0x1p64, UINT64.greatest());
        assertEquals(0, UINT64.least());
        assertEquals(Double.NEGATIVE_INFINITY, BFLOAT16.least());
        assertEquals(Double.POSITIVE_INFINITY, FLOAT64.greatest());
    }

    @Test
    void isOfOneKind() {
        for (var type : ElementType.values()) {
            assertEquals(type.name().contains("FLOAT"), type.isFloat(), type.name());
            assertEquals(type.name().startsWith("INT"), type.isSigned(), type.name());
            assertEquals(type.name().startsWith("UINT"), type.isUnsigned(), type.name());
            var digits = type.name().replaceAll("\\D", "");
            int bits = digits.isEmpty() ? 8 : Integer.parseInt(digits);
            assertEquals(bits / 8, type.bytes(), type.name());
        }
    }
}
