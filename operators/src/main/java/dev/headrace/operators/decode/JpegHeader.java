package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.headrace.engine.error.BadSample;
import java.lang.foreign.MemorySegment;

/// Reads the markers of a JPEG up to its first scan. Sources: ITU-T T.81, annex B; for the
/// meaning of the samples T.872, section 6.5, in the form that libjpeg gives it ("jdapimin.c").
final class JpegHeader {
    private static final int APP0 = 0xE0;
    private static final int APP1 = 0xE1;
    private static final int APP14 = 0xEE;
    private static final int START_OF_SCAN = 0xDA;
    private static final int END_OF_IMAGE = 0xD9;

    private final MemorySegment file;
    private long at = 2; // behind the start of image
    private boolean jfif;
    private int adobeTransform = -1;
    private int height;
    private int width;
    private long frame; // where the last frame's header begins
    private int components;
    private boolean sequential;
    private boolean progressive;
    private Orientation orientation = Orientation.UPRIGHT;
    private boolean exif;

    private JpegHeader(MemorySegment file) {
        this.file = file;
    }

    /// Reads the header of a file that begins as a JPEG.
    static ImageHeader read(MemorySegment file) {
        var header = new JpegHeader(file);
        header.readMarkers();
        return new ImageHeader(
                Format.JPEG,
                header.height,
                header.width,
                header.components,
                header.orientation,
                header.pixels(),
                header.mcuWidth(),
                header.progressive);
    }

    private void readMarkers() {
        for (int marker = nextMarker(); marker != START_OF_SCAN; marker = nextMarker()) {
            if (marker == END_OF_IMAGE) {
                throw broken("it holds no image");
            }
            if (marker == 0x01 || marker >= 0xD0 && marker <= 0xD8) {
                continue; // these stand alone
            }
            int length = shortAt(at);
            if (length < 2 || at + length > file.byteSize()) {
                throw ends();
            }
            readSegment(marker, at + 2, length - 2);
            at += length;
        }
    }

    private int nextMarker() {
        while (byteAt(at) != 0xFF) {
            at++;
        }
        while (byteAt(at) == 0xFF) {
            at++;
        }
        return byteAt(at++);
    }

    /// Reads what stands behind a marker, from a place in the file, without its length.
    private void readSegment(int marker, long from, int size) {
        switch (marker) {
            case APP0 -> jfif |= size >= 14 && begins(from, size, "JFIF\0");
            case APP1 -> {
                if (!exif && begins(from, size, "Exif\0")) {
                    exif = true;
                    int skipped = Math.min(6, size);
                    orientation = Exif.ofTiff(file.asSlice(from + skipped, size - skipped));
                }
            }
            case APP14 -> {
                if (size >= 12 && begins(from, size, "Adobe")) {
                    adobeTransform = byteAt(from + 11);
                }
            }
            default -> {
                if (marker >= 0xC0 && marker <= 0xCF && (marker & 3) != 0
                        || marker == 0xC0) { // a frame; C4, C8 and CC are tables
                    readFrame(marker, from, size);
                }
            }
        }
    }

    private void readFrame(int marker, long from, int size) {
        components = size < 6 ? 0 : byteAt(from + 5);
        if (components == 0 || size < 6 + 3 * components) {
            throw ends();
        }
        frame = from;
        height = shortAt(from + 1);
        width = shortAt(from + 3);
        sequential = marker == 0xC0 || marker == 0xC1 || marker == 0xC9;
        progressive = marker == 0xC2 || marker == 0xCA;
    }

    /// 0 unless the samplings are usual ones, as libturbojpeg knows them: only the first channel,
    /// and black, have more samples than the others.
    private int mcuWidth() {
        if (!sequential && !progressive) {
            return 0;
        }
        if (components == 1) {
            return 8;
        }
        int first = sampling(0);
        for (int i = 1; i < components; i++) {
            if (sampling(i) != (i == 3 ? first : 0x11)) {
                return 0;
            }
        }
        return switch (first) {
            case 0x11, 0x12 -> 8;
            case 0x21, 0x22 -> 16;
            case 0x41 -> 32;
            default -> 0;
        };
    }

    /// Samples across and down in a unit, as digits of a hexadecimal number.
    private int sampling(int component) {
        return byteAt(frame + 7 + 3L * component);
    }

    private Pixels pixels() {
        return switch (components) {
            case 1 -> Pixels.GREY;
            case 3 -> isRgb() ? Pixels.RGB : Pixels.YCBCR;
            case 4 -> adobeTransform <= 0 ? Pixels.CMYK : Pixels.YCCK;
            case 0 -> throw broken("its header states no extents");
            default -> throw broken("it has " + components + " channels");
        };
    }

    private boolean isRgb() {
        if (jfif || adobeTransform >= 0) {
            return !jfif && adobeTransform == 0;
        }
        return isNamed(0, 'R') && isNamed(1, 'G') && isNamed(2, 'B');
    }

    private boolean isNamed(int component, char id) {
        return byteAt(frame + 6 + 3L * component) == id;
    }

    private boolean begins(long from, int size, String text) {
        if (size < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (byteAt(from + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private int byteAt(long index) {
        if (index >= file.byteSize()) {
            throw ends();
        }
        return Byte.toUnsignedInt(file.get(JAVA_BYTE, index));
    }

    private int shortAt(long index) {
        return byteAt(index) << 8 | byteAt(index + 1);
    }

    private BadSample ends() {
        return broken("its " + file.byteSize() + " bytes end within the header");
    }

    private static BadSample broken(String words) {
        return ImageHeader.broken(Format.JPEG, words, null);
    }
}
