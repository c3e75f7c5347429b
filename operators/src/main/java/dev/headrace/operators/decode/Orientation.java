package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// How stored rows and columns lie in the upright picture, in the order of the Exif tag's values
/// 1 to 8. Source: Exif 2.32 (CIPA DC-008-2019), section 4.6.4, tag `Orientation`.
enum Orientation {
    UPRIGHT,
    MIRRORED,
    UPSIDE_DOWN,
    FLIPPED,
    TRANSPOSED,
    TURN_RIGHT,
    TRANSVERSED,
    TURN_LEFT;

    private static final Orientation[] VALUES = values();

    /// The orientation of a tag's value; upright where it is not from 1 to 8.
    static Orientation of(int tag) {
        return tag >= 1 && tag <= VALUES.length ? VALUES[tag - 1] : UPRIGHT;
    }

    /// Whether the upright picture is as high as the stored one is wide.
    boolean swaps() {
        return compareTo(TRANSPOSED) >= 0;
    }

    /// Where some pixels of the upright picture are stored.
    ///
    /// @param height stored rows, of the whole
    /// @param width stored columns, of the whole
    ShrunkRegion stored(ShrunkRegion upright, int height, int width) {
        return mirrored(swaps() ? upright.transposed() : upright, height, width);
    }

    /// Where some stored pixels lie in the upright picture.
    ///
    /// @param height stored rows, of the whole
    /// @param width stored columns, of the whole
    ShrunkRegion upright(ShrunkRegion stored, int height, int width) {
        var window = mirrored(stored, height, width);
        return swaps() ? window.transposed() : window;
    }

    private ShrunkRegion mirrored(ShrunkRegion window, int height, int width) {
        if (this == UPRIGHT || this == TRANSPOSED) {
            return window;
        }
        int bottom = window.top() + window.height();
        int right = window.left() + window.width();
        boolean fromBottom =
                switch (this) {
                    case UPSIDE_DOWN, FLIPPED, TURN_RIGHT, TRANSVERSED -> true;
                    case UPRIGHT, MIRRORED, TRANSPOSED, TURN_LEFT -> false;
                };
        boolean fromRight =
                switch (this) {
                    case MIRRORED, UPSIDE_DOWN, TRANSVERSED, TURN_LEFT -> true;
                    case UPRIGHT, FLIPPED, TRANSPOSED, TURN_RIGHT -> false;
                };
        return new ShrunkRegion(
                fromBottom ? height - bottom : window.top(),
                fromRight ? width - right : window.left(),
                window.height(),
                window.width(),
                window.shrink());
    }

    /// Copies stored pixels to where they lie in the upright picture.
    ///
    /// @param from stored rows, `height × width × channels` bytes
    /// @param to as many bytes, apart from the former
    void copy(MemorySegment from, MemorySegment to, long height, long width, int channels) {
        if (this == UPRIGHT) {
            MemorySegment.copy(from, 0, to, 0, height * width * channels);
            return;
        }
        // where the upright picture's first pixel is stored, and the steps from there down and
        // right, in pixels
        long last = height * width - 1;
        long lowest = last - width + 1;
        long rightmost = width - 1;
        switch (this) {
            case UPRIGHT -> throw new AssertionError("copied above");
            case MIRRORED -> walk(from, to, height, width, channels, rightmost, width, -1);
            case UPSIDE_DOWN -> walk(from, to, height, width, channels, last, -width, -1);
            case FLIPPED -> walk(from, to, height, width, channels, lowest, -width, 1);
            case TRANSPOSED -> walk(from, to, width, height, channels, 0, 1, width);
            case TURN_RIGHT -> walk(from, to, width, height, channels, lowest, 1, -width);
            case TRANSVERSED -> walk(from, to, width, height, channels, last, -1, -width);
            case TURN_LEFT -> walk(from, to, width, height, channels, rightmost, -1, width);
        }
    }

    private static void walk(
            MemorySegment from,
            MemorySegment to,
            long rows,
            long columns,
            int channels,
            long first,
            long down,
            long right) {
        long written = 0;
        for (long row = 0; row < rows; row++) {
            long pixel = first + row * down;
            for (long column = 0; column < columns; column++) {
                for (int channel = 0; channel < channels; channel++) {
                    to.set(JAVA_BYTE, written++, from.get(JAVA_BYTE, pixel * channels + channel));
                }
                pixel += right;
            }
        }
    }
}
