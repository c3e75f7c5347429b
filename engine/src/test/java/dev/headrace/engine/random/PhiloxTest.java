package dev.headrace.engine.random;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// The known answers are those of Random123, file `kat_vectors`, lines `philox4x32 10`.
class PhiloxTest {
    @Test
    void givesTheKnownAnswerForZeros() {
        assertBlock(0, 0, 0, "6627e8d5 e169c58d bc57ac4c 9b00dbd8");
    }

    @Test
    void givesTheKnownAnswerForOnes() {
        assertBlock(-1, -1, -1, "408f276d 41c83b0e a20bc7c6 6d5451fd");
    }

    @Test
    void givesTheKnownAnswerForTheDigitsOfPi() {
        assertBlock(
                0x85a308d3_243f6a88L,
                0x03707344_13198a2eL,
                0x299f31d0_a4093822L,
                "d16cfe09 94fdcceb 5001e420 24126ea1");
    }

    private static void assertBlock(long counterLow, long counterHigh, long key, String words) {
        long low = Philox.bits(counterLow, counterHigh, key, 0);
        long high = Philox.bits(counterLow, counterHigh, key, 1);
        assertEquals(
                words,
                "%08x %08x %08x %08x"
                        .formatted((int) low, (int) (low >>> 32), (int) high, (int) (high >>> 32)));
    }
}
