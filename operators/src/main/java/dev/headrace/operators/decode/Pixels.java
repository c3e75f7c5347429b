package dev.headrace.operators.decode;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// What the samples of a stored pixel mean, and how they become red, green and blue.
///
/// The arithmetic is libjpeg's, 16 fraction bits with halves rounded up, so that both JPEG
/// decoders give the same bytes. Source: T. Lane, "jdcolor.c" of libjpeg 6b; its constants are
/// those of JFIF 1.02, after ITU-R BT.601.
enum Pixels {
    GREY(1),
    RGB(3),
    YCBCR(3),
    /// Ink as Adobe's programs store it in JPEG: 255 is none.
    CMYK(4),
    /// The same, where 255 minus each of the first three is stored as luma and chroma.
    YCCK(4);

    private static final int HALF = 1 << 15;

    private final int channels;

    Pixels(int channels) {
        this.channels = channels;
    }

    /// Samples of a pixel.
    int channels() {
        return channels;
    }

    /// Writes one row of pixels.
    ///
    /// @param samples from 0 to 255, those of a pixel side by side, `stride` to a pixel
    /// @param at byte of `out` where the row begins
    void write(
            int[] samples,
            int stride,
            int width,
            DecodeImage.Colour colour,
            MemorySegment out,
            long at) {
        for (int x = 0; x < width; x++) {
            int i = x * stride;
            long o = at + (long) x * colour.channels();
            switch (this) {
                case GREY -> grey(samples[i], colour, out, o);
                case RGB -> rgb(samples[i], samples[i + 1], samples[i + 2], colour, out, o);
                case CMYK -> {
                    int black = samples[i + 3];
                    int red = over(samples[i], black);
                    int green = over(samples[i + 1], black);
                    rgb(red, green, over(samples[i + 2], black), colour, out, o);
                }
                case YCBCR, YCCK -> ycc(samples, i, colour, out, o);
            }
        }
    }

    private void ycc(int[] samples, int i, DecodeImage.Colour colour, MemorySegment out, long o) {
        int luma = samples[i];
        if (this == YCBCR && colour == DecodeImage.Colour.GREY) {
            grey(luma, colour, out, o);
            return;
        }
        int cb = samples[i + 1] - 128;
        int cr = samples[i + 2] - 128;
        int red = clamp(luma + (91881 * cr + HALF >> 16));
        int green = clamp(luma + (-22554 * cb - 46802 * cr + HALF >> 16));
        int blue = clamp(luma + (116130 * cb + HALF >> 16));
        if (this == YCCK) {
            int black = samples[i + 3];
            rgb(
                    over(255 - red, black),
                    over(255 - green, black),
                    over(255 - blue, black),
                    colour,
                    out,
                    o);
        } else {
            rgb(red, green, blue, colour, out, o);
        }
    }

    private static void grey(int value, DecodeImage.Colour colour, MemorySegment out, long o) {
        for (int channel = 0; channel < colour.channels(); channel++) {
            out.set(JAVA_BYTE, o + channel, (byte) value);
        }
    }

    private static void rgb(
            int red, int green, int blue, DecodeImage.Colour colour, MemorySegment out, long o) {
        switch (colour) {
            case RGB -> {
                out.set(JAVA_BYTE, o, (byte) red);
                out.set(JAVA_BYTE, o + 1, (byte) green);
                out.set(JAVA_BYTE, o + 2, (byte) blue);
            }
            case BGR -> {
                out.set(JAVA_BYTE, o, (byte) blue);
                out.set(JAVA_BYTE, o + 1, (byte) green);
                out.set(JAVA_BYTE, o + 2, (byte) red);
            }
            case GREY -> {
                int luma = 19595 * red + 38470 * green + 7471 * blue + HALF >> 16;
                out.set(JAVA_BYTE, o, (byte) luma);
            }
        }
    }

    /// What shines through two inks, rounded: `a·b / 255`, exact for 0 to 255.
    static int over(int a, int b) {
        int product = a * b + 128;
        return product + (product >> 8) >> 8;
    }

    private static int clamp(int value) {
        return Math.clamp(value, 0, 255);
    }
}
