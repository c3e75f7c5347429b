package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// Whether the scans of a progressive JPEG bring all coefficients to their full precision. Where
/// they do not, libjpeg smooths blocks by what lies around them ("jdcoefct.c"), so that a part of
/// the image is not what the whole has there. Source: ITU-T T.81, annexes B.2.3 and G.
final class ProgressiveScans {
    private static final int COEFFICIENTS = 64;
    private static final int FRAME = 0xC2;
    private static final int ARITHMETIC_FRAME = 0xCA;
    private static final int START_OF_SCAN = 0xDA;
    private static final int END_OF_IMAGE = 0xD9;

    private final MemorySegment file;
    private long at = 2; // behind the start of image
    private int[] componentIds = {};
    private boolean[][] precise = {};

    private ProgressiveScans(MemorySegment file) {
        this.file = file;
    }

    /// Looks through a whole file, without decoding it.
    ///
    /// @param file of a progressive JPEG whose header can be read
    static boolean areComplete(MemorySegment file) {
        return new ProgressiveScans(file).readAll();
    }

    private boolean readAll() {
        for (int marker = nextMarker(); marker != END_OF_IMAGE; marker = nextMarker()) {
            if (marker == 0x01 || marker >= 0xD0 && marker <= 0xD8) {
                continue; // these stand alone
            }
            if (at + 2 > file.byteSize()) {
                break;
            }
            int length = byteAt(at) << 8 | byteAt(at + 1);
            if (length < 2 || at + length > file.byteSize()) {
                break;
            }
            if (marker == FRAME || marker == ARITHMETIC_FRAME) {
                readFrame();
            } else if (marker == START_OF_SCAN) {
                readScan();
            }
            at += length;
        }
        for (var component : precise) {
            for (boolean coefficient : component) {
                if (!coefficient) {
                    return false;
                }
            }
        }
        return precise.length > 0;
    }

    /// The next marker that is one, in headers or behind the data of a scan.
    private int nextMarker() {
        long end = file.byteSize() - 1;
        while (at < end) {
            if (file.get(JAVA_BYTE, at++) == (byte) 0xFF) {
                int marker = byteAt(at);
                if (marker != 0 && marker != 0xFF) {
                    at++;
                    return marker;
                }
            }
        }
        return END_OF_IMAGE;
    }

    private void readFrame() {
        componentIds = new int[byteAt(at + 7)];
        precise = new boolean[componentIds.length][COEFFICIENTS];
        for (int i = 0; i < componentIds.length; i++) {
            componentIds[i] = byteAt(at + 8 + 3L * i);
        }
    }

    /// Each scan says which coefficients it brings, and how many of their last bits are missing.
    private void readScan() {
        int components = byteAt(at + 2);
        long behind = at + 3 + 2L * components;
        int from = byteAt(behind);
        int to = Math.min(byteAt(behind + 1), COEFFICIENTS - 1);
        boolean whole = (byteAt(behind + 2) & 0xF) == 0;
        for (int i = 0; i < components; i++) {
            for (int c = 0; c < componentIds.length; c++) {
                if (componentIds[c] == byteAt(at + 3 + 2L * i)) {
                    for (int k = from; k <= to; k++) {
                        precise[c][k] = whole;
                    }
                }
            }
        }
    }

    /// What lies behind the end reads as 0.
    private int byteAt(long index) {
        return index < file.byteSize() ? Byte.toUnsignedInt(file.get(JAVA_BYTE, index)) : 0;
    }
}
