package dev.headrace.engine.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SampleIdTest {
    @Test
    void staysWithinWhatRandomNumbersCount() {
        new SampleId((1L << 32) - 1, (1L << 48) - 1, 65_535);
        assertEquals(new SampleId(1, 2, 0), SampleId.of(1, 2));
        assertEquals("epoch 4294967296 is out of range", refusal(1L << 32, 0, 0));
        assertEquals("epoch -1 is out of range", refusal(-1, 0, 0));
        assertEquals("position 281474976710656 is out of range", refusal(0, 1L << 48, 0));
        assertEquals("position -1 is out of range", refusal(0, -1, 0));
        assertEquals("attempt 65536 is out of range", refusal(0, 0, 65_536));
        assertEquals("attempt -1 is out of range", refusal(0, 0, -1));
    }

    private static String refusal(long epoch, long position, int attempt) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> new SampleId(epoch, position, attempt))
                .getMessage();
    }
}
