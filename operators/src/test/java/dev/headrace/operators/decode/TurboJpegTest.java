package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.engine.error.BadSample;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        bytes[segment(bytes, 0xDB) + 4] = 5; // a table of quantization that there cannot be
        try (var arena = Arena.ofConfined();
                var decoder = new TurboJpeg()) {
            var out = arena.allocate(3L * good.height() * good.width());
            decode(decoder, good.bytes(), arena, out); // of which nothing may be left
            var refused = assertThrows(BadSample.class, () -> decode(decoder, bytes, arena, out));
            assertEquals(
                    "this JPEG cannot be decoded: Bogus DQT index 5 (libturbojpeg)",
                    refused.what());
            out.fill((byte) 0);
            decode(decoder, good.bytes(), arena, out);
            assertArrayEquals(good.rgb(), out.toArray(JAVA_BYTE));
        }
    }

    /// Frames of motion JPEG lack the tables of Huffman codes that everybody knows.
    @Test
    void takesNoTablesFromTheFileBefore() {
        assumeTrue(TurboJpeg.isThere());
        var frame = ImageFiles.named("420.jpg");
        var bytes = frame.bytes();
        int tables = segment(bytes, 0xC4);
        int rest = segment(bytes, 0xDA);
        var without = Arrays.copyOf(bytes, bytes.length - (rest - tables));
        System.arraycopy(bytes, rest, without, tables, bytes.length - rest);
        var other = ImageFiles.named("progressive.jpg");
        try (var arena = Arena.ofConfined();
                var decoder = new TurboJpeg()) {
            var out = arena.allocate(3L * frame.height() * frame.width());
            decode(decoder, without, arena, out);
            assertArrayEquals(frame.rgb(), out.toArray(JAVA_BYTE));
            var next = arena.allocate(3L * other.height() * other.width());
            decode(decoder, other.bytes(), arena, next);
            decode(decoder, without, arena, out);
            assertArrayEquals(frame.rgb(), out.toArray(JAVA_BYTE));
        }
    }

    @Test
    void refusesLosslessFiles() {
        assumeTrue(TurboJpeg.isThere());
        var bytes = ImageFiles.named("444.jpg").bytes();
        bytes[segment(bytes, 0xC0) + 1] = (byte) 0xC3;
        try (var arena = Arena.ofConfined();
                var decoder = new TurboJpeg()) {
            var out = arena.allocate(3 * 33 * 47);
            var refused = assertThrows(BadSample.class, () -> decode(decoder, bytes, arena, out));
            assertTrue(
                    refused.what().contains("it is lossless")
                            || refused.what().contains("Unsupported JPEG process"),
                    refused.what());
        }
    }

    /// Each scan costs the time of an image, and little of a file.
    @Test
    void refusesMoreScansThanAnyoneNeeds() {
        assumeTrue(TurboJpeg.isThere());
        var good = ImageFiles.named("progressive.jpg");
        try (var arena = Arena.ofConfined();
                var decoder = new TurboJpeg()) {
            var out = arena.allocate(3L * good.height() * good.width());
            var header = JpegHeader.read(MemorySegment.ofArray(good.bytes()));
            var part = TurboJpeg.around(header, new ShrunkRegion(16, 16, 8, 8, 1));
            decode(decoder, withScans(good.bytes(), 400), arena, out, part);
            var many = withScans(good.bytes(), 600);
            for (var window : List.of(part, ShrunkRegion.whole(header, 1))) {
                var refused =
                        assertThrows(
                                BadSample.class, () -> decode(decoder, many, arena, out, window));
                assertTrue(refused.what().contains("500 scans"), refused.what());
            }
        }
    }

    /// A file with one of its scans, for which more is never too much, many times more.
    private static byte[] withScans(byte[] file, int times) {
        var text = new String(file, ISO_8859_1);
        int scan = text.indexOf("\u00FF\u00DA\0\u0008\1\3\1\1\u003F\1"); // all but the last bits
        var table = text.substring(text.lastIndexOf("\u00FF\u00C4", scan), scan);
        var data = text.substring(scan + 10, text.indexOf("\u00FF\u00C4", scan));
        var whole = table + text.substring(scan, scan + 9) + "\0" + data; // of no bits missing
        int end = text.lastIndexOf("\u00FF\u00D9");
        return (text.substring(0, end) + whole.repeat(times) + text.substring(end))
                .getBytes(ISO_8859_1);
    }

    @Test
    void doesNotSeeThatAFileIsBrokenBelowWhatIsDecoded() {
        assumeTrue(DecodeImage.jpegDecoder().contains("parts of images"));
        var whole = ImageFiles.named("444.jpg").bytes();
        var bytes = Arrays.copyOf(whole, whole.length - 300);
        try (var arena = Arena.ofConfined();
                var decoder = new TurboJpeg()) {
            var out = arena.allocate(3 * 33 * 47);
            decode(decoder, bytes, arena, out, new ShrunkRegion(0, 0, 8, 47, 1));
            var rows = out.asSlice(0, 3 * 8 * 47).toArray(JAVA_BYTE);
            assertArrayEquals(Arrays.copyOf(ImageFiles.named("444.jpg").rgb(), rows.length), rows);
            var refused =
                    assertThrows(
                            BadSample.class,
                            () ->
                                    decode(
                                            decoder,
                                            bytes,
                                            arena,
                                            out,
                                            new ShrunkRegion(32, 0, 1, 47, 1)));
            assertEquals(
                    "this JPEG cannot be decoded: Premature end of JPEG file (libturbojpeg)",
                    refused.what());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8})
    void aShrunkPixelIsTheMeanOfThoseItStandsFor(int shrink) {
        assumeTrue(TurboJpeg.isThere());
        var file = ImageFiles.named("444.jpg"); // 33 × 47: what is left over is not compared
        try (var arena = Arena.ofConfined();
                var decoder = new TurboJpeg()) {
            var whole = arena.allocate(3 * 33 * 47);
            decode(decoder, file.bytes(), arena, whole);
            var window =
                    new ShrunkRegion(
                            0, 0, Math.ceilDiv(33, shrink), Math.ceilDiv(47, shrink), shrink);
            var small = arena.allocate(3 * window.pixels());
            decode(decoder, file.bytes(), arena, small, window);
            for (int y = 0; y < 33 / shrink; y++) {
                for (int x = 0; x < 47 / shrink; x++) {
                    double sum = 0;
                    for (int i = 0; i < shrink * shrink; i++) {
                        long row = (long) y * shrink + i / shrink;
                        sum += green(whole, 47, row, (long) x * shrink + i % shrink);
                    }
                    double mean = sum / shrink / shrink;
                    // the mean is taken before the colours are clamped to 0 to 255
                    assertEquals(mean, green(small, window.width(), y, x), 12, y + ", " + x);
                }
            }
        }
    }

    private static int green(MemorySegment pixels, long width, long y, long x) {
        return Byte.toUnsignedInt(pixels.get(JAVA_BYTE, 3 * (y * width + x) + 1));
    }

    /// Where a segment begins; the lengths of segments lead there.
    private static int segment(byte[] file, int marker) {
        int at = 2;
        while ((file[at + 1] & 0xFF) != marker) {
            at += 2 + ((file[at + 2] & 0xFF) << 8 | file[at + 3] & 0xFF);
        }
        return at;
    }

    private static void decode(TurboJpeg decoder, byte[] bytes, Arena arena, MemorySegment out) {
        var header = JpegHeader.read(MemorySegment.ofArray(bytes));
        decode(decoder, bytes, arena, out, ShrunkRegion.whole(header, 1));
    }

    private static void decode(
            TurboJpeg decoder, byte[] bytes, Arena arena, MemorySegment out, ShrunkRegion window) {
        var file = arena.allocateFrom(JAVA_BYTE, bytes);
        decoder.decode(file, JpegHeader.read(file), window, DecodeImage.Colour.RGB, out);
    }
}
