package dev.headrace.graph.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.primitives.ImmutableLongArray;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import java.lang.foreign.Arena;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementsTest {
    private static Tensor blank(ElementType type, long count) {
        var spec = TensorSpec.of(type, "", count);
        var memory = Arena.ofAuto().allocate(Math.max(1, spec.bytes()), 8);
        return new Tensor(spec, memory.address(), Storage.collected("a test", memory), true);
    }

    private static Tensor tensor(ElementType type, double... elements) {
        var tensor = blank(type, elements.length);
        for (int i = 0; i < elements.length; i++) {
            tensor.number(i, elements[i]);
        }
        return tensor;
    }

    private static Tensor longs(ElementType type, long... elements) {
        var tensor = blank(type, elements.length);
        for (int i = 0; i < elements.length; i++) {
            tensor.int64(i, elements[i]);
        }
        return tensor;
    }

    private static Elements.Spread spread(Tensor... tensors) {
        return Elements.of(List.of(tensors)).spread().orElseThrow();
    }

    private static void assertSpread(
            String least, String greatest, double mean, double deviation, Elements.Spread got) {
        assertEquals(0, new BigDecimal(least).compareTo(got.least()), () -> "least " + got);
        assertEquals(0, new BigDecimal(greatest).compareTo(got.greatest()), () -> "most " + got);
        assertEquals(mean, got.mean());
        assertEquals(deviation, got.deviation());
    }

    @ParameterizedTest
    @EnumSource
    void takesAllTensorsOfAnyTypeTogether(ElementType type) {
        if (type == ElementType.BOOL) {
            var bits = Elements.of(List.of(tensor(type, 1, 0, 1), tensor(type, 1)));
            assertEquals(4, bits.count());
            assertEquals(1, bits.zeros());
            // mean 3/4, squares 3·1/16 + 9/16 = 3/4, of which a quarter is 3/16
            assertSpread("0", "1", 0.75, Math.sqrt(3.0 / 16), bits.spread().orElseThrow());
            return;
        }
        // mean 5, distances -3, -1, 1, 3: the mean of the squares is 5
        var all = Elements.of(List.of(tensor(type, 2, 8), tensor(type, 6, 4)));
        assertEquals(4, all.count());
        assertEquals(4, all.lookedAt());
        assertEquals(0, all.zeros());
        assertSpread("2", "8", 5, Math.sqrt(5), all.spread().orElseThrow());
    }

    @Test
    void signsAndTheWholeRangeOfUnsignedNumbersCount() {
        assertSpread("-128", "127", -0.5, 127.5, spread(tensor(ElementType.INT8, -128, 127)));
        assertSpread("0", "255", 127.5, 127.5, spread(tensor(ElementType.UINT8, 255, 0)));
        assertSpread("0", "65535", 32767.5, 32767.5, spread(tensor(ElementType.UINT16, 0, 65535)));
        assertSpread(
                "1",
                "4294967295",
                0x1p31,
                0x1p31 - 1,
                spread(tensor(ElementType.UINT32, 1, 0xFFFFFFFFL)));
    }

    @Test
    void integersOf64BitsAreExactWhereDoublesAreNot() {
        long big = 1L << 60;
        // as doubles, all of these are 2^60
        var close = spread(longs(ElementType.INT64, big + 3, big + 1, big + 2, big + 2));
        assertSpread("1152921504606846977", "1152921504606846979", 0x1p60, Math.sqrt(0.5), close);
        assertEquals(ImmutableLongArray.of(1, 2, 1), close.bars());
        assertSpread(
                "-9223372036854775808",
                "9223372036854775807",
                0,
                0x1p63,
                spread(longs(ElementType.INT64, Long.MIN_VALUE, Long.MAX_VALUE)));
        assertSpread(
                "1",
                "18446744073709551615",
                0x1p63,
                0x1p63,
                spread(longs(ElementType.UINT64, -1, 1)));
        // both are 2^63 as doubles
        assertSpread(
                "9223372036854775807",
                "9223372036854775808",
                0x1p63,
                0.5,
                spread(longs(ElementType.UINT64, Long.MIN_VALUE, Long.MAX_VALUE)));
    }

    @Test
    void nanAndInfiniteAreCountedAndLeftOut() {
        double infinity = Double.POSITIVE_INFINITY;
        for (var type :
                new ElementType[] {
                    ElementType.FLOAT16,
                    ElementType.BFLOAT16,
                    ElementType.FLOAT32,
                    ElementType.FLOAT64
                }) {
            var all = Elements.of(List.of(tensor(type, Double.NaN, infinity, -0.0, 3, -infinity)));
            assertEquals(5, all.lookedAt());
            assertEquals(1, all.nans());
            assertEquals(2, all.infinite());
            assertEquals(1, all.zeros());
            assertSpread("0", "3", 1.5, 1.5, all.spread().orElseThrow());
        }
        assertEquals(
                Optional.empty(),
                Elements.of(List.of(tensor(ElementType.FLOAT32, Double.NaN))).spread());
        assertEquals(Optional.empty(), Elements.of(List.of()).spread());
    }

    @Test
    void barsHoldAsManyIntegersEach() {
        var pixels = new double[256];
        for (int i = 0; i < 256; i++) {
            pixels[i] = i;
        }
        assertEquals(
                ImmutableLongArray.copyOf(new long[] {32, 32, 32, 32, 32, 32, 32, 32}),
                spread(tensor(ElementType.UINT8, pixels)).bars());
        assertEquals(
                ImmutableLongArray.of(2, 0, 1),
                spread(tensor(ElementType.INT32, -1, 1, -1)).bars());
        assertEquals(ImmutableLongArray.of(3), spread(tensor(ElementType.INT32, 7, 7, 7)).bars());
        // 17 numbers, three a bar: the last may hold two
        assertEquals(
                ImmutableLongArray.of(1, 0, 0, 0, 0, 1),
                spread(tensor(ElementType.INT16, 0, 16)).bars());
    }

    @Test
    void barsOfFloatsAreEighthsOfTheRange() {
        assertEquals(
                ImmutableLongArray.of(2, 1, 0, 0, 1, 0, 0, 1),
                spread(tensor(ElementType.FLOAT32, -8, -6.01, -6, 0, 8)).bars());
        double most = Double.MAX_VALUE;
        assertEquals(
                ImmutableLongArray.of(1, 0, 0, 0, 1, 0, 0, 1),
                spread(tensor(ElementType.FLOAT64, -most, 0, most)).bars());
    }

    @Test
    void ofVeryManyOneOfEachRunIsLookedAt() {
        // channels side by side: a fixed step of 3 would see one of them only
        var large = blank(ElementType.UINT8, 30_000);
        for (int i = 0; i < 30_000; i++) {
            large.uint8(i, i % 3);
        }
        var all = Elements.of(List.of(large, tensor(ElementType.UINT8, 7)), 10_001);
        assertEquals(30_001, all.count());
        assertEquals(10_001, all.lookedAt());
        var spread = all.spread().orElseThrow();
        assertEquals(new BigDecimal(7), spread.greatest());
        for (int channel = 0; channel < 3; channel++) {
            long seen = spread.bars().get(channel);
            assertTrue(seen > 3_100 && seen < 3_570, "channel " + channel + ": " + seen);
        }
    }

    @Test
    void asManyAsAreAllowedAreAllLookedAt() {
        var ten = blank(ElementType.INT32, 10);
        assertEquals(10, Elements.of(List.of(ten), 10).lookedAt());
        assertEquals(5, Elements.of(List.of(ten), 9).lookedAt());
    }
}
