package dev.headrace.operators.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;

/// The loops of [Resampler], each in a method of its own: that is how the compiler vectorizes them.
///
/// It does so from off-heap memory to an array and back, not between two places off-heap, of which
/// it cannot know that they do not overlap; nor where bytes are widened without sign. Hence bytes
/// are copied to arrays as `value - 128` first. Sums are made in the order of the taps, each
/// product and each sum rounded to `float32`.
final class ResampleLoops {
    /// What is taken from an intensity to make it a signed byte.
    static final int BIAS = 128;

    private ResampleLoops() {}

    /// Copies intensities to signed bytes: `out[at + i] = in[from + i] - 128`.
    static void bias(MemorySegment in, long from, byte[] out, int at, int n) {
        for (int i = 0; i < n; i++) {
            out[at + i] = (byte) (in.get(JAVA_BYTE, from + i) ^ 0x80);
        }
    }

    /// Adds two weighed rows: `sums[i] += a · rows[atA + i] + b · rows[atB + i]`.
    static void addRows(byte[] rows, int atA, int atB, float a, float b, float[] sums, int n) {
        for (int i = 0; i < n; i++) {
            sums[i] = sums[i] + a * rows[atA + i] + b * rows[atB + i];
        }
    }

    /// Adds two taps, from the `k`th, to each pixel of 3 channels.
    static void addPairs3(float[] row, Taps taps, int k, float[] sums) {
        var first = taps.first();
        var weights = taps.weights();
        int count = taps.count();
        for (int x = 0; x < first.length; x++) {
            int i = 3 * (first[x] + k);
            float a = weights[x * count + k];
            float b = weights[x * count + k + 1];
            sums[3 * x] = sums[3 * x] + a * row[i] + b * row[i + 3];
            sums[3 * x + 1] = sums[3 * x + 1] + a * row[i + 1] + b * row[i + 4];
            sums[3 * x + 2] = sums[3 * x + 2] + a * row[i + 2] + b * row[i + 5];
        }
    }

    /// Adds four taps, from the `k`th, to each pixel of 3 channels.
    static void addFours3(float[] row, Taps taps, int k, float[] sums) {
        var first = taps.first();
        var weights = taps.weights();
        int count = taps.count();
        for (int x = 0; x < first.length; x++) {
            int i = 3 * (first[x] + k);
            int w = x * count + k;
            float a = weights[w];
            float b = weights[w + 1];
            float c = weights[w + 2];
            float d = weights[w + 3];
            int o = 3 * x;
            sums[o] = sums[o] + a * row[i] + b * row[i + 3] + c * row[i + 6] + d * row[i + 9];
            sums[o + 1] =
                    sums[o + 1]
                            + a * row[i + 1]
                            + b * row[i + 4]
                            + c * row[i + 7]
                            + d * row[i + 10];
            sums[o + 2] =
                    sums[o + 2]
                            + a * row[i + 2]
                            + b * row[i + 5]
                            + c * row[i + 8]
                            + d * row[i + 11];
        }
    }

    /// Adds two taps, from the `k`th, to one channel of each pixel.
    static void addPairs(float[] row, Taps taps, int k, float[] sums, int channel, int channels) {
        var first = taps.first();
        var weights = taps.weights();
        int count = taps.count();
        for (int x = 0; x < first.length; x++) {
            int i = channels * (first[x] + k) + channel;
            float a = weights[x * count + k];
            float b = weights[x * count + k + 1];
            int o = channels * x + channel;
            sums[o] = sums[o] + a * row[i] + b * row[i + channels];
        }
    }

    /// Rounds to intensities, halves up, and clamps to 0 to 255.
    static void round(float[] sums, MemorySegment out, long at, int n) {
        for (int i = 0; i < n; i++) {
            float clamped = Math.max(0f, Math.min(255f, sums[i] + 0.5f));
            out.set(JAVA_BYTE, at + i, (byte) (int) clamped);
        }
    }
}
