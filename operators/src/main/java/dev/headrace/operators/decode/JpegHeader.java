package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.headrace.engine.error.BadSample;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

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
    private int[] componentIds = {};
    private int mcuWidth;
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
                header.componentIds.length,
                header.orientation,
                header.pixels(),
                header.mcuWidth,
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
            readSegment(marker, file.asSlice(at + 2, length - 2));
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

    private void readSegment(int marker, MemorySegment segment) {
        switch (marker) {
            case APP0 -> jfif |= segment.byteSize() >= 14 && begins(segment, "JFIF\0");
            case APP1 -> {
                if (!exif && begins(segment, "Exif\0")) {
                    exif = true;
                    orientation = Exif.ofTiff(segment.asSlice(Math.min(6, segment.byteSize())));
                }
            }
            case APP14 -> {
                if (segment.byteSize() >= 12 && begins(segment, "Adobe")) {
                    adobeTransform = Byte.toUnsignedInt(segment.get(JAVA_BYTE, 11));
                }
            }
            default -> {
                if (marker >= 0xC0 && marker <= 0xCF && (marker & 3) != 0
                        || marker == 0xC0) { // a frame; C4, C8 and CC are tables
                    readFrame(marker, segment);
                }
            }
        }
    }

    private void readFrame(int marker, MemorySegment frame) {
        int components = frame.byteSize() < 6 ? 0 : Byte.toUnsignedInt(frame.get(JAVA_BYTE, 5));
        if (components == 0 || frame.byteSize() < 6 + 3L * components) {
            throw ends();
        }
        height = shortAt(at + 3);
        width = shortAt(at + 5);
        componentIds = new int[components];
        for (int i = 0; i < components; i++) {
            componentIds[i] = Byte.toUnsignedInt(frame.get(JAVA_BYTE, 6 + 3L * i));
        }
        boolean sequential = marker == 0xC0 || marker == 0xC1 || marker == 0xC9;
        progressive = marker == 0xC2 || marker == 0xCA;
        mcuWidth = sequential || progressive ? mcuWidth(frame, components) : 0;
    }

    /// 0 unless the samplings are usual ones, as libturbojpeg knows them: only the first channel,
    /// and black, have more samples than the others.
    private static int mcuWidth(MemorySegment frame, int components) {
        if (components == 1) {
            return 8;
        }
        int first = sampling(frame, 0);
        for (int i = 1; i < components; i++) {
            if (sampling(frame, i) != (i == 3 ? first : 0x11)) {
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
    private static int sampling(MemorySegment frame, int component) {
        return Byte.toUnsignedInt(frame.get(JAVA_BYTE, 7 + 3L * component));
    }

    private Pixels pixels() {
        return switch (componentIds.length) {
            case 1 -> Pixels.GREY;
            case 3 -> isRgb() ? Pixels.RGB : Pixels.YCBCR;
            case 4 -> adobeTransform <= 0 ? Pixels.CMYK : Pixels.YCCK;
            case 0 -> throw broken("its header states no extents");
            default -> throw broken("it has " + componentIds.length + " channels");
        };
    }

    private boolean isRgb() {
        if (jfif || adobeTransform >= 0) {
            return !jfif && adobeTransform == 0;
        }
        return componentIds[0] == 'R' && componentIds[1] == 'G' && componentIds[2] == 'B';
    }

    private static boolean begins(MemorySegment segment, String text) {
        var bytes = MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII));
        long size = bytes.byteSize();
        return segment.byteSize() >= size
                && MemorySegment.mismatch(segment, 0, size, bytes, 0, size) == -1;
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
