package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.headrace.engine.error.BadSample;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;

/// The formats of image files that are taken, told apart by their first bytes.
enum Format {
    JPEG("FFD8FF"),
    PNG("89504E470D0A1A0A"),
    BMP("424D"),
    GIF("47494638"),
    TIFF("49492A00", "4D4D002A");

    private static final int SHOWN = 9;
    private static final Format[] VALUES = values();

    private final byte[][] beginnings;

    Format(String... beginnings) {
        this.beginnings = new byte[beginnings.length][];
        for (int i = 0; i < beginnings.length; i++) {
            this.beginnings[i] = HexFormat.of().parseHex(beginnings[i]);
        }
    }

    /// The format of a file.
    ///
    /// @param taker the operator's name, for the message
    /// @throws BadSample if it is none of these; shows how the file begins
    static Format of(MemorySegment file, String taker) {
        for (var format : VALUES) {
            for (var beginning : format.beginnings) {
                if (begins(file, beginning)) {
                    return format;
                }
            }
        }
        throw new BadSample(taker + " takes JPEG, PNG, BMP, GIF or TIFF, got " + describe(file));
    }

    private static boolean begins(MemorySegment file, byte[] beginning) {
        if (file.byteSize() < beginning.length) {
            return false;
        }
        for (int i = 0; i < beginning.length; i++) {
            if (file.get(JAVA_BYTE, i) != beginning[i]) {
                return false;
            }
        }
        return true;
    }

    private static String describe(MemorySegment file) {
        long size = file.byteSize();
        if (size == 0) {
            return "0 bytes";
        }
        var head = file.asSlice(0, Math.min(SHOWN, size)).toArray(JAVA_BYTE);
        var more = size > SHOWN ? "…" : "";
        var text = new StringBuilder();
        for (byte each : head) {
            if (each < ' ' || each > '~') {
                var hex = HexFormat.ofDelimiter(" ").formatHex(head);
                return size + " bytes that begin with " + hex + more;
            }
            text.append((char) each);
        }
        return size + " bytes that begin with \"" + text + more + "\"";
    }
}
