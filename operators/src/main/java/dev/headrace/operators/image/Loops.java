package dev.headrace.operators.image;

import java.lang.foreign.MemorySegment;

/// The hot loops over rows of an image, in a plain form and in one for vectors, which give the same
/// bytes.
///
/// A row is an array of `float32`, the channels of a pixel side by side; it has room for [#SLACK]
/// numbers behind those that count. Sums are made in the order of the taps, each product and each
/// sum rounded. One a worker, for its buffers; not safe from two threads.
interface Loops {
    /// How many numbers a row has room for behind its last: {@value}.
    int SLACK = 64;

    /// A row of more numbers than this is not kept for images that need far less: {@value}, 4 MiB.
    int LONG_ROW = 1 << 20;

    /// Adds up rows of intensities: `row[i] = Σ weights[w + k] · in[at + k·stride + i]`, over
    /// `count` rows.
    ///
    /// @param n numbers of a row
    void addRows(
            MemorySegment in,
            long at,
            long stride,
            float[] weights,
            int w,
            int count,
            float[] row,
            int n);

    /// Adds up the pixels of two rows, each by itself: pixel `x` is the sum of the taps of `x`.
    ///
    /// @param other may be the same row, and so may its output
    /// @param channels of a pixel
    void addColumns(
            float[] one,
            float[] other,
            Taps taps,
            int channels,
            float[] outOfOne,
            float[] outOfOther);

    /// Intensities as numbers: `row[i] = in[at + i]`.
    void widen(MemorySegment in, long at, float[] row, int n);

    /// Writes intensities, each number rounded to the next one, halves up, within 0 to 255.
    void narrow(float[] row, MemorySegment out, long at, int n);

    /// Moves numbers around 0: `row[i] = (row[i] - mean[i]) · factor[i]`.
    ///
    /// @param rounded whether they are rounded first, as [#narrow] does
    void normalize(float[] row, boolean rounded, float[] mean, float[] factor, int n);

    /// Spreads numbers and moves them: `row[i] = row[i] · factor + addend`.
    ///
    /// @param rounded whether they are rounded first, as [#narrow] does
    void scale(float[] row, boolean rounded, float factor, float addend, int n);

    /// Writes each channel to a plane of its own: pixel `x` to `out[at + x]`, `out[at + plane + x]`
    /// and so on. Places are in `float32` elements.
    ///
    /// @param reversed whether the last pixel comes first
    void split(
            float[] row,
            int channels,
            int width,
            boolean reversed,
            MemorySegment out,
            long at,
            long plane);

    /// Reverses the pixels of a row.
    static void reverse(float[] row, int channels, int width) {
        if (channels == 3) {
            reverse3(row, width);
            return;
        }
        for (int x = 0, y = width - 1; x < y; x++, y--) {
            for (int c = 0; c < channels; c++) {
                float one = row[x * channels + c];
                row[x * channels + c] = row[y * channels + c];
                row[y * channels + c] = one;
            }
        }
    }

    /// As the other, for pixels of three, without a loop in the loop, which takes twice as long.
    private static void reverse3(float[] row, int width) {
        for (int x = 0; x < width / 2; x++) {
            int one = 3 * x;
            int other = 3 * (width - 1 - x);
            float a = row[one];
            float b = row[one + 1];
            float c = row[one + 2];
            row[one] = row[other];
            row[one + 1] = row[other + 1];
            row[one + 2] = row[other + 2];
            row[other] = a;
            row[other + 1] = b;
            row[other + 2] = c;
        }
    }

    /// A row for so many numbers that count.
    ///
    /// @param row one that may fit
    static float[] atLeast(float[] row, int n) {
        return fits(row.length, n + SLACK) ? row : new float[n + SLACK];
    }

    /// Whether a row can be used for so many numbers, and is not far too long to be kept for them.
    static boolean fits(int length, int n) {
        return length >= n && (length <= LONG_ROW || length / 8 <= n);
    }
}
