package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The orientation that a camera wrote down. What is broken or missing counts as upright: people
/// cut and edit these blocks more often than pictures.
final class Exif {
    private static final int ORIENTATION = 0x0112;
    private static final int SHORT = 3;
    private static final int ENTRY_BYTES = 12;
    private static final int PNG_EXIF = 0x65584966; // "eXIf"
    private static final ValueLayout.OfInt BIG_INT =
            JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private Exif() {}

    /// The orientation in a block of TIFF structure, such as a whole TIFF file. Source: TIFF
    /// 6.0, section 2.
    static Orientation ofTiff(MemorySegment tiff) {
        long size = tiff.byteSize();
        if (size < 8) {
            return Orientation.UPRIGHT;
        }
        var order =
                switch (tiff.get(JAVA_SHORT_UNALIGNED, 0)) {
                    case 0x4949 -> ByteOrder.LITTLE_ENDIAN;
                    case 0x4D4D -> ByteOrder.BIG_ENDIAN;
                    default -> null;
                };
        if (order == null) {
            return Orientation.UPRIGHT;
        }
        var shorts = JAVA_SHORT_UNALIGNED.withOrder(order);
        var ints = JAVA_INT_UNALIGNED.withOrder(order);
        long directory = Integer.toUnsignedLong(tiff.get(ints, 4));
        if (tiff.get(shorts, 2) != 42 || directory > size - 2) {
            return Orientation.UPRIGHT;
        }
        int entries = Short.toUnsignedInt(tiff.get(shorts, directory));
        for (int i = 0; i < entries; i++) {
            long entry = directory + 2 + (long) i * ENTRY_BYTES;
            if (entry + ENTRY_BYTES > size) {
                break;
            }
            if (Short.toUnsignedInt(tiff.get(shorts, entry)) == ORIENTATION
                    && tiff.get(shorts, entry + 2) == SHORT) {
                return Orientation.of(Short.toUnsignedInt(tiff.get(shorts, entry + 8)));
            }
        }
        return Orientation.UPRIGHT;
    }

    /// The orientation in a PNG's `eXIf` chunk. Source: PNG (third edition), section 11.3.5.4.
    static Orientation ofPng(MemorySegment png) {
        long chunk = 8;
        while (chunk + 12 <= png.byteSize()) {
            long length = Integer.toUnsignedLong(png.get(BIG_INT, chunk));
            if (length > png.byteSize() - chunk - 12) {
                break;
            }
            if (png.get(BIG_INT, chunk + 4) == PNG_EXIF) {
                return ofTiff(png.asSlice(chunk + 8, length));
            }
            chunk += length + 12;
        }
        return Orientation.UPRIGHT;
    }
}
