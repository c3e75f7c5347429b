package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.engine.error.BadSample;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class TurboJpegTest {
    @Test
    void canBeTurnedOff() {
        var found = TurboJpeg.find("none");
        assertFalse(found.library().isPresent());
        assertEquals("ImageIO (libturbojpeg is turned off)", found.description());
    }

    @Test
    void saysThatAPathIsNoLibrary() {
        var found = TurboJpeg.find("/no/such/libturbojpeg.so");
        assertFalse(found.library().isPresent());
        assertEquals("ImageIO (/no/such/libturbojpeg.so is no libturbojpeg)", found.description());
    }

    @Test
    void saysWhichVersionRunsOrHowToGetOne() {
        var found = TurboJpeg.find(null);
        assertTrue(
                found.description()
                        .matches(
                                found.library().isPresent()
                                        ? "libturbojpeg [0-9.]+ \\((whole|parts of) images\\)"
                                        : "ImageIO \\(install libturbojpeg0 for speed\\)"),
                found.description());
        assertTrue(DecodeImage.jpegDecoder().matches("libturbojpeg.*|ImageIO .*"));
    }

    @Test
    void decodesAGoodFileAfterOneWhoseTablesAreBroken() {
        assumeTrue(TurboJpeg.isThere());
        var good = ImageFiles.named("420.jpg");
        var bytes = good.bytes();
        int tables = 2;
        while ((bytes[tables + 1] & 0xFF) != 0xC4) { // the lengths of segments lead there
            tables += 2 + ((bytes[tables + 2] & 0xFF) << 8 | bytes[tables + 3] & 0xFF);
        }
        bytes[tables + 5] = -1; // more codes of one bit than there are
        try (var arena = Arena.ofConfined();
                var decoder = new TurboJpeg()) {
            var out = arena.allocate(3L * good.height() * good.width());
            assertThrows(BadSample.class, () -> decode(decoder, bytes, arena, out));
            decode(decoder, good.bytes(), arena, out);
            assertArrayEquals(good.rgb(), out.toArray(JAVA_BYTE));
        }
    }

    private static void decode(TurboJpeg decoder, byte[] bytes, Arena arena, MemorySegment out) {
        var file = arena.allocateFrom(JAVA_BYTE, bytes);
        var header = JpegHeader.read(file);
        decoder.decode(file, header, Window.whole(header, 1), DecodeImage.Colour.RGB, out);
    }
}
