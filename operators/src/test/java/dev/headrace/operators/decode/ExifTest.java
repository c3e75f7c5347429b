package dev.headrace.operators.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExifTest {
    /// Intel order; the directory at 8 has 1 entry: tag 0x0112, type 3, count 1, value 6.
    private static final String TURN_RIGHT =
            "49492A0008000000" + "0100" + "120103000100000006000000";

    @Test
    void readsBothByteOrders() {
        assertEquals(Orientation.TURN_RIGHT, orientation(TURN_RIGHT));
        var motorola = "4D4D002A00000008" + "0001" + "011200030000000100080000";
        assertEquals(Orientation.TURN_LEFT, orientation(motorola));
    }

    @Test
    void takesWhatIsBrokenForUpright() {
        var whole = HexFormat.of().parseHex(TURN_RIGHT);
        for (int length = 0; length < whole.length; length++) {
            var cut = MemorySegment.ofArray(Arrays.copyOf(whole, length));
            assertEquals(Orientation.UPRIGHT, Exif.ofTiff(cut), length + " bytes");
        }
        assertEquals(Orientation.UPRIGHT, orientation(TURN_RIGHT.replace("06000000", "09000000")));
        assertEquals(Orientation.UPRIGHT, orientation(TURN_RIGHT.replace("08000000", "FFFFFFFF")));
        assertEquals(Orientation.UPRIGHT, orientation(TURN_RIGHT.replace("4949", "4950")));
    }

    @Test
    void staysWithinAnyBytes() {
        for (long seed = 0; seed < 2000; seed++) {
            var random = new Random(seed);
            var bytes = HexFormat.of().parseHex(TURN_RIGHT);
            for (int flips = 0; flips < 3; flips++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            var block = MemorySegment.ofArray(bytes);
            assertNotNull(Exif.ofTiff(block), "seed " + seed);
            assertNotNull(Exif.ofPng(block), "seed " + seed);
        }
    }

    private static Orientation orientation(String hex) {
        return Exif.ofTiff(MemorySegment.ofArray(HexFormat.of().parseHex(hex)).asReadOnly());
    }
}
