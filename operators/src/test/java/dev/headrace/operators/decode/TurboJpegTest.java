package dev.headrace.operators.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
                                        ? "libturbojpeg [0-9.]+"
                                        : "ImageIO \\(install libturbojpeg0 for speed\\)"),
                found.description());
        assertTrue(DecodeImage.jpegDecoder().matches("libturbojpeg.*|ImageIO .*"));
    }
}
