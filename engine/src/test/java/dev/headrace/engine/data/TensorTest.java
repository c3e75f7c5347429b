package dev.headrace.engine.data;

import static dev.headrace.engine.data.ElementType.BFLOAT16;
import static dev.headrace.engine.data.ElementType.BOOL;
import static dev.headrace.engine.data.ElementType.FLOAT16;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.FLOAT64;
import static dev.headrace.engine.data.ElementType.INT16;
import static dev.headrace.engine.data.ElementType.INT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.INT8;
import static dev.headrace.engine.data.ElementType.UINT16;
import static dev.headrace.engine.data.ElementType.UINT32;
import static dev.headrace.engine.data.ElementType.UINT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class TensorTest {
    private final Arena arena = Arena.ofAuto();

    private static final class Loan extends Storage {
        void release() {
            expire();
        }

        @Override
        public String toString() {
            return "the loan";
        }
    }

    private final Loan loan = new Loan();

    private Tensor tensor(ElementType type, long... extents) {
        var spec = TensorSpec.of(type, "", extents);
        var segment = arena.allocate(spec.bytes() + 8, 64).fill((byte) 0x77);
        return new Tensor(spec, segment.address(), loan, true);
    }

    /// What an element holds after a number was put there.
    private double stored(ElementType type, double number) {
        var tensor = tensor(type, 1);
        tensor.number(0, number);
        return tensor.number(0);
    }

    @Test
    void integersKeepTheirLowestBits() {
        var int8 = tensor(INT8, 2);
        int8.int8(0, 0x1FF);
        int8.int8(1, 127);
        assertEquals(-1, int8.int8(0));
        assertEquals(127, int8.int8(1));
        assertEquals(255, int8.uint8(0));
        var uint8 = tensor(UINT8, 1);
        uint8.uint8(0, 256 + 200);
        assertEquals(200, uint8.uint8(0));
        var int16 = tensor(INT16, 2);
        int16.int16(1, 0x18000);
        assertEquals(-32768, int16.int16(1));
        assertEquals(32768, int16.uint16(1));
        int16.uint16(0, 65535);
        assertEquals(-1, int16.int16(0));
        var int32 = tensor(INT32, 2);
        int32.int32(1, -2);
        assertEquals(-2, int32.int32(1));
        assertEquals(4294967294L, int32.uint32(1));
        var int64 = tensor(INT64, 2);
        int64.int64(1, Long.MIN_VALUE + 1);
        assertEquals(Long.MIN_VALUE + 1, int64.int64(1));
        var bool = tensor(BOOL, 2);
        bool.bool(0, true);
        bool.bool(1, false);
        assertTrue(bool.bool(0));
        assertFalse(bool.bool(1));
        assertArrayEquals(new byte[] {1, 0}, bool.toBytes());
    }

    @Test
    void floatsAreStoredAsTheyAre() {
        var float32 = tensor(FLOAT32, 2);
        float32.float32(1, 0.1f);
        assertEquals(0.1f, float32.float32(1));
        var float64 = tensor(FLOAT64, 2);
        float64.float64(1, Double.MIN_VALUE);
        assertEquals(Double.MIN_VALUE, float64.float64(1));
    }

    @Test
    void float16RoundsToNearestEven() {
        // 11 bits of precision: between 2048 and 4096 only even numbers exist
        assertEquals(2048, half(2049));
        assertEquals(2050, half(2049.001f));
        assertEquals(2052, half(2051));
        assertEquals(65504, half(65519));
        assertEquals(Float.POSITIVE_INFINITY, half(65520));
        assertEquals(0x1p-24f, half(0x1p-24f));
        assertEquals(0, half(0x1p-25f));
        assertEquals(0x1p-24f, half(Math.nextUp(0x1p-25f)));
        assertEquals(Float.NEGATIVE_INFINITY, half(Float.NEGATIVE_INFINITY));
        assertTrue(Float.isNaN(half(Float.NaN)));
        assertEquals(1 / half(-0.0f), Float.NEGATIVE_INFINITY);
    }

    private float half(float value) {
        var tensor = tensor(FLOAT16, 3);
        tensor.float16(1, value);
        return tensor.float16(1);
    }

    @Test
    void bfloat16RoundsToNearestEven() {
        // 8 bits of precision: between 256 and 512 only even numbers exist
        assertEquals(256, brain(257));
        assertEquals(258, brain(257.001f));
        assertEquals(260, brain(259));
        assertEquals(-260, brain(-259));
        assertEquals(0x1.FEp127f, brain(0x1.FEp127f));
        assertEquals(Float.POSITIVE_INFINITY, brain(Float.MAX_VALUE));
        assertEquals(Float.NEGATIVE_INFINITY, brain(Float.NEGATIVE_INFINITY));
        assertEquals(0x1p-133f, brain(0x1p-133f));
        assertEquals(0, brain(0x1p-134f));
        assertEquals(1 / brain(-0.0f), Float.NEGATIVE_INFINITY);
        assertTrue(Float.isNaN(brain(Float.NaN)));
        // a NaN whose only set bits are among those that go
        assertTrue(Float.isNaN(brain(Float.intBitsToFloat(0x7F800001))));
        assertTrue(Float.isNaN(brain(Float.intBitsToFloat(0xFFFFFFFF))));
    }

    private float brain(float value) {
        var tensor = tensor(BFLOAT16, 3);
        tensor.bfloat16(1, value);
        return tensor.bfloat16(1);
    }

    @Test
    void numbersAreRoundedHalvesToEven() {
        for (var type : new ElementType[] {INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32}) {
            assertEquals(2, stored(type, 2.5), type + "");
            assertEquals(4, stored(type, 3.5), type + "");
            assertEquals(3, stored(type, 3.4999), type + "");
            assertEquals(0, stored(type, -0.5), type + "");
        }
        assertEquals(2, stored(UINT64, 2.5));
        assertEquals(-2, stored(INT8, -2.5));
        assertEquals(1, stored(BOOL, 0.001));
        assertEquals(1, stored(BOOL, Double.NaN));
        assertEquals(0, stored(BOOL, -0.0));
    }

    @Test
    void numbersAreClampedToTheType() {
        double[][] ranges = {
            {-0x1p7, 0x1p7 - 1},
            {-0x1p15, 0x1p15 - 1},
            {-0x1p31, 0x1p31 - 1},
            {-0x1p63, 0x1p63}, // 2^63 - 1 is read back rounded
            {0, 0x1p8 - 1},
            {0, 0x1p16 - 1},
            {0, 0x1p32 - 1},
            {0, 0x1p64},
        };
        ElementType[] types = {INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64};
        for (int i = 0; i < types.length; i++) {
            var type = types[i];
            for (double above : new double[] {ranges[i][1], 1e30, Double.POSITIVE_INFINITY}) {
                assertEquals(ranges[i][1], stored(type, above), type + " " + above);
            }
            for (double below : new double[] {ranges[i][0], -1e30, Double.NEGATIVE_INFINITY}) {
                assertEquals(ranges[i][0], stored(type, below), type + " " + below);
            }
            assertEquals(0, stored(type, Double.NaN), type + " NaN");
            assertEquals(100, stored(type, 100), type + " 100");
        }
    }

    @Test
    void integersOf64BitsMeetDoublesAtTheirEdges() {
        var tensor = tensor(UINT64, 1);
        tensor.number(0, 0x1p64);
        assertEquals(-1, tensor.int64(0));
        tensor.number(0, Math.nextDown(0x1p64));
        assertEquals(-2048, tensor.int64(0));
        tensor.number(0, 0x1p63);
        assertEquals(Long.MIN_VALUE, tensor.int64(0));
        tensor.number(0, Math.nextDown(0x1p63));
        assertEquals(Long.MAX_VALUE - 1023, tensor.int64(0));
        tensor.int64(0, Long.MIN_VALUE);
        assertEquals(0x1p63, tensor.number(0));
        tensor.int64(0, -1);
        assertEquals(0x1p64, tensor.number(0));
        tensor.int64(0, Long.MIN_VALUE + 1024); // halfway between two doubles: to even
        assertEquals(0x1p63, tensor.number(0));
        tensor.int64(0, Long.MIN_VALUE + 1025);
        assertEquals(0x1p63 + 2048, tensor.number(0));
        var signed = tensor(INT64, 1);
        signed.number(0, 0x1p63);
        assertEquals(Long.MAX_VALUE, signed.int64(0));
        signed.number(0, -0x1p63);
        assertEquals(Long.MIN_VALUE, signed.int64(0));
    }

    @Test
    void numbersBecomeFloatsByWayOfFloat32() {
        assertEquals(0.1f, stored(FLOAT32, 0.1));
        assertEquals(0.1, stored(FLOAT64, 0.1));
        assertEquals(2048, stored(FLOAT16, 2049));
        assertEquals(2048, stored(FLOAT16, Math.nextUp(2049.0)));
        assertEquals(256, stored(BFLOAT16, 257));
        assertEquals(Double.POSITIVE_INFINITY, stored(FLOAT32, 1e39));
    }

    @Test
    void elementsOutsideAreRefused() {
        for (var type : ElementType.values()) {
            var tensor = tensor(type, 3);
            long wraps = Long.MIN_VALUE / Math.max(2, type.bytes()) * 2; // 2^64 bytes, or 0
            for (long index : new long[] {-1, 3, Long.MAX_VALUE, Long.MIN_VALUE, wraps, -wraps}) {
                assertThrows(
                        IndexOutOfBoundsException.class,
                        () -> tensor.number(index),
                        type + " " + index);
                assertThrows(
                        IndexOutOfBoundsException.class,
                        () -> tensor.number(index, 1),
                        type + " " + index);
            }
        }
        var empty = tensor(FLOAT32, 0, 3);
        assertThrows(IndexOutOfBoundsException.class, () -> empty.float32(0));
    }

    @Test
    void accessorsOfWiderTypesStayInside() {
        var tensor = tensor(UINT8, 9);
        assertEquals(0x7777777777777777L, tensor.int64(0));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.int64(1));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.float32(2));
        assertThrows(IndexOutOfBoundsException.class, () -> tensor.int16(4, 0));
    }

    @Test
    void elementsMayLieUnaligned() {
        var segment = arena.allocate(32, 64);
        var tensor = new Tensor(TensorSpec.of(FLOAT64, "", 2), segment.address() + 3, loan, true);
        tensor.float64(1, 0.1);
        assertEquals(0.1, segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 11));
    }

    @Test
    void aFrozenTensorIsReadOnly() {
        var tensor = tensor(UINT8, 2).freeze();
        assertFalse(tensor.isWritable());
        assertEquals(0x77, tensor.uint8(0));
        var refusal = assertThrows(IllegalStateException.class, () -> tensor.uint8(0, 1));
        assertEquals("this tensor (UINT8 2) is an input: read only", refusal.getMessage());
        assertThrows(IllegalStateException.class, () -> tensor.copyFrom(tensor(UINT8, 2)));
        assertThrows(
                IllegalArgumentException.class,
                () -> tensor.segment().set(ValueLayout.JAVA_BYTE, 0, (byte) 1));
        assertTrue(tensor.buffer().isReadOnly());
        assertFalse(tensor.as(TensorSpec.of(UINT8, "", 1)).isWritable());
    }

    @Test
    void aReleasedTensorRefusesEverything() {
        var tensor = tensor(UINT8, 2);
        var other = tensor(UINT8, 2);
        loan.release();
        var refusal = assertThrows(IllegalStateException.class, () -> tensor.uint8(0));
        assertEquals(
                "this tensor (UINT8 2) belongs to the loan, which was released",
                refusal.getMessage());
        Executable[] uses = {
            () -> tensor.uint8(0, 1),
            () -> tensor.number(0),
            tensor::address,
            tensor::segment,
            tensor::buffer,
            tensor::toBytes,
            () -> tensor.as(tensor.spec()),
            () -> tensor.copyFrom(tensor(UINT8, 2)),
            () -> tensor(UINT8, 2).copyFrom(other),
        };
        for (var use : uses) {
            assertThrows(IllegalStateException.class, use);
        }
        assertEquals(TensorSpec.of(UINT8, "", 2), tensor.spec());
        assertEquals("UINT8 2 in the loan", tensor.toString());
    }

    @Test
    void segmentAndBufferAreTheBytes() {
        var tensor = tensor(INT16, 3);
        for (int i = 0; i < 3; i++) {
            tensor.int16(i, 256 * i + 7);
        }
        var little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
        byte[] bytes = {7, 0, 7, 1, 7, 2};
        assertTrue(little);
        assertArrayEquals(bytes, tensor.toBytes());
        assertEquals(6, tensor.segment().byteSize());
        assertEquals(tensor.address(), tensor.segment().address());
        assertTrue(tensor.buffer().isDirect());
        assertEquals(ByteOrder.nativeOrder(), tensor.buffer().order());
        assertEquals(263, tensor.buffer().getShort(2));
        assertEquals(tensor.address(), MemorySegment.ofBuffer(tensor.buffer()).address());
        tensor.buffer().putShort(2, (short) 5);
        assertEquals(5, tensor.int16(1));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> tensor.segment().get(ValueLayout.JAVA_BYTE, 6));
    }

    @Test
    void anotherSpecSeesTheSameBytes() {
        var tensor = tensor(UINT8, 4, 2);
        var flat = tensor.as(TensorSpec.of(UINT16, "W", 3));
        flat.uint16(2, 0x0102);
        assertEquals(2, tensor.uint8(4));
        assertEquals(1, tensor.uint8(5));
        var refusal =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> tensor.as(TensorSpec.of(FLOAT32, "", 3)));
        assertEquals("FLOAT32 3 needs 12 bytes, UINT8 4×2 has 8", refusal.getMessage());
    }

    @Test
    void copiesTheSameNumberOfBytes() {
        var from = tensor(UINT8, 4);
        var to = tensor(INT32, 1);
        for (int i = 0; i < 4; i++) {
            from.uint8(i, i + 1);
        }
        to.copyFrom(from);
        assertEquals(0x04030201, to.int32(0));
        var refusal =
                assertThrows(IllegalArgumentException.class, () -> to.copyFrom(tensor(UINT8, 3)));
        assertEquals("cannot copy UINT8 3 to INT32 1", refusal.getMessage());
    }

    @Test
    void copiesAValueOfTheSameNumberOfBytes() {
        var to = tensor(INT32, 1);
        var value = TensorValue.of(TensorSpec.of(UINT8, "", 4), 1, 2, 3, 4);
        to.copyFrom(value);
        assertEquals(0x04030201, to.int32(0));
        var two = TensorValue.of(TensorSpec.of(UINT8, "", 2), 1, 2);
        var refusal = assertThrows(IllegalArgumentException.class, () -> to.copyFrom(two));
        assertEquals("cannot copy UINT8 2 to INT32 1", refusal.getMessage());
        assertThrows(IllegalStateException.class, () -> to.freeze().copyFrom(value));
        assertEquals(0x04030201, to.int32(0));
    }

    @Test
    void aSegmentAskedForBeforeATensorIsFrozenIsNotGivenAgain() {
        var tensor = tensor(UINT8, 2);
        assertFalse(tensor.segment().isReadOnly());
        assertSame(tensor.segment(), tensor.segment());
        assertTrue(tensor.freeze().segment().isReadOnly());
    }
}
