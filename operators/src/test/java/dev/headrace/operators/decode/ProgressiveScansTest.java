package dev.headrace.operators.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Files are written by hand: markers and a few bytes of data, which is not looked into.
class ProgressiveScansTest {
    private final ByteArrayOutputStream file = new ByteArrayOutputStream();

    private ProgressiveScansTest bytes(int... all) {
        for (int each : all) {
            file.write(each);
        }
        return this;
    }

    /// The beginning of a file of two channels, 1 and 7.
    private ProgressiveScansTest frame() {
        return bytes(0xFF, 0xD8, 0xFF, 0xC2, 0, 14, 8, 0, 9, 0, 9, 2).bytes(1, 0x11, 0, 7, 0x11, 0);
    }

    /// A scan of one channel, then data with a marker of a restart and a byte 0xFF.
    private ProgressiveScansTest scan(int channel, int from, int to, int missingBits) {
        return bytes(0xFF, 0xDA, 0, 8, 1, channel, 0, from, to, missingBits)
                .bytes(17, 0xFF, 0xD0, 4, 0xFF, 0, 0xDA, 3);
    }

    private boolean isComplete() {
        bytes(0xFF, 0xD9);
        var segment = Arena.ofAuto().allocate(file.size());
        MemorySegment.copy(file.toByteArray(), 0, segment, ValueLayout.JAVA_BYTE, 0, file.size());
        return ProgressiveScans.areComplete(segment);
    }

    @Test
    void allCoefficientsOfAllChannelsAreNeeded() {
        assertTrue(frame().scan(1, 0, 63, 0).scan(7, 0, 0, 0).scan(7, 1, 63, 0).isComplete());
    }

    @Test
    void aChannelMayBeWithoutItsScan() {
        assertEquals(false, frame().scan(1, 0, 63, 0).isComplete());
    }

    @Test
    void aCoefficientMayBeMissing() {
        assertEquals(
                false, frame().scan(1, 0, 63, 0).scan(7, 0, 4, 0).scan(7, 6, 63, 0).isComplete());
    }

    @Test
    void lastBitsMayBeMissingUntilAScanBringsThem() {
        frame().scan(1, 0, 63, 0).scan(7, 0, 0, 0).scan(7, 1, 63, 2).scan(7, 1, 63, 0x21);
        var unfinished = file.toByteArray();
        assertEquals(false, isComplete());
        file.reset();
        file.writeBytes(unfinished);
        assertTrue(scan(7, 1, 63, 0x10).isComplete());
    }

    @Test
    void aFileMayEndAnywhere() {
        var whole = frame().scan(1, 0, 63, 0).scan(7, 0, 63, 0).file.toByteArray();
        for (int length = 0; length < whole.length - 8; length++) { // without the last data
            var segment = Arena.ofAuto().allocate(Math.max(1, length));
            MemorySegment.copy(whole, 0, segment, ValueLayout.JAVA_BYTE, 0, length);
            assertEquals(false, ProgressiveScans.areComplete(segment), length + " bytes");
        }
    }

    @Test
    void anyBytesAreReadToTheirEnd() {
        for (long seed = 0; seed < 2000; seed++) {
            var random = new Random(seed);
            var noise = new byte[random.nextInt(1, 300)];
            random.nextBytes(noise);
            for (int i = 0; i < noise.length; i += 1 + random.nextInt(6)) {
                noise[i] = (byte) 0xFF;
                if (i + 1 < noise.length) {
                    noise[i + 1] = (byte) (random.nextBoolean() ? 0xC2 : 0xDA);
                }
            }
            var segment = Arena.ofAuto().allocate(noise.length);
            MemorySegment.copy(noise, 0, segment, ValueLayout.JAVA_BYTE, 0, noise.length);
            ProgressiveScans.areComplete(segment);
        }
    }
}
