package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.headrace.engine.error.BadSample;
import dev.headrace.operators.decode.DecodeImage.Colour;
import dev.headrace.operators.decode.ImageFiles.ImageFile;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// JPEG without libturbojpeg, on every machine: the same bytes as with it, but where a file has
/// a tolerance.
class ImageIoDecoderTest {
    @TestFactory
    Stream<DynamicTest> decodesJpegAsPillowDoes() {
        return ImageFiles.all().stream()
                .filter(ImageFile::isJpeg)
                .filter(ImageFile::isForImageIo)
                .map(
                        file ->
                                dynamicTest(
                                        file.name(),
                                        () -> {
                                            var rgb = decode(file.bytes(), Colour.RGB);
                                            int allowed = file.imageIoTolerance();
                                            int difference = difference(file.rgb(), rgb);
                                            assertTrue(difference <= allowed, "by " + difference);
                                            var grey = decode(file.bytes(), Colour.GREY);
                                            assertArrayEquals(file.grey(), grey);
                                        }));
    }

    private static int difference(byte[] expected, byte[] actual) {
        assertEquals(expected.length, actual.length);
        int largest = 0;
        for (int i = 0; i < expected.length; i++) {
            int difference = Byte.toUnsignedInt(expected[i]) - Byte.toUnsignedInt(actual[i]);
            largest = Math.max(largest, Math.abs(difference));
        }
        return largest;
    }

    @Test
    void takesAWarningForAFailure() {
        var jpeg = ImageFiles.named("420.jpg").bytes();
        var cut = Arrays.copyOf(jpeg, jpeg.length - 300);
        var refused = assertThrows(BadSample.class, () -> decode(cut, Colour.RGB));
        assertEquals(
                "this JPEG cannot be decoded: Truncated File - Missing EOI marker (ImageIO)",
                refused.what());
    }

    private static byte[] decode(byte[] bytes, Colour colour) {
        try (var arena = Arena.ofConfined()) {
            var file = arena.allocateFrom(JAVA_BYTE, bytes);
            var header = JpegHeader.read(file);
            var stored = arena.allocate(header.pixels() * colour.channels());
            var upright = arena.allocate(header.pixels() * colour.channels());
            ImageIoDecoder.decode(file, header, colour, stored);
            header.orientation()
                    .copy(stored, upright, header.height(), header.width(), colour.channels());
            return upright.toArray(JAVA_BYTE);
        }
    }
}
