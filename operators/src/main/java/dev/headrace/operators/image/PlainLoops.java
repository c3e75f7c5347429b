package dev.headrace.operators.image;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The loops for a JVM without the Vector API, each in a method of its own: that is how the
/// compiler vectorizes some of them by itself.
///
/// It does so from off-heap memory to an array and back, not between two places off-heap, of which
/// it cannot know that they do not overlap; nor where bytes are widened without sign. Hence bytes
/// are copied to arrays as `value - 128` first.
final class PlainLoops implements Loops {
    private static final int BIAS = 128;

    byte[] first = {};
    private byte[] second = {};
    private float[] channel = {};

    PlainLoops() {}

    @Override
    public void addRows(
            MemorySegment in,
            long at,
            long stride,
            float[] weights,
            int w,
            int count,
            float[] row,
            int n) {
        reserve(n);
        bias(in, at, first, n);
        scale(first, weights[w], row, n);
        int k = 1;
        for (; k + 1 < count; k += 2) {
            bias(in, at + k * stride, first, n);
            bias(in, at + (k + 1) * stride, second, n);
            addTwo(first, weights[w + k], second, weights[w + k + 1], row, n);
        }
        if (k < count) {
            bias(in, at + k * stride, first, n);
            addOne(first, weights[w + k], row, n);
        }
    }

    private void reserve(int n) {
        if (!Loops.fits(first.length, n)) {
            first = new byte[n];
            second = new byte[n];
        }
    }

    private static void bias(MemorySegment in, long at, byte[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = (byte) (in.get(JAVA_BYTE, at + i) ^ 0x80);
        }
    }

    private static void scale(byte[] one, float a, float[] row, int n) {
        for (int i = 0; i < n; i++) {
            row[i] = a * ((float) one[i] + BIAS);
        }
    }

    private static void addOne(byte[] one, float a, float[] row, int n) {
        for (int i = 0; i < n; i++) {
            row[i] = row[i] + a * ((float) one[i] + BIAS);
        }
    }

    private static void addTwo(byte[] one, float a, byte[] other, float b, float[] row, int n) {
        for (int i = 0; i < n; i++) {
            row[i] = row[i] + a * ((float) one[i] + BIAS) + b * ((float) other[i] + BIAS);
        }
    }

    @Override
    public void addColumns(
            float[] one,
            float[] other,
            Taps taps,
            int channels,
            float[] outOfOne,
            float[] outOfOther) {
        addColumns(one, taps, channels, outOfOne);
        addColumns(other, taps, channels, outOfOther);
    }

    private static void addColumns(float[] row, Taps taps, int channels, float[] out) {
        Arrays.fill(out, 0, channels * taps.out(), 0);
        int k = 0;
        for (; channels == 3 && k + 4 <= taps.count(); k += 4) {
            addFourTaps3(row, taps, k, out);
        }
        for (; channels == 3 && k + 2 <= taps.count(); k += 2) {
            addTwoTaps3(row, taps, k, out);
        }
        for (; channels == 3 && k < taps.count(); k++) {
            addTap3(row, taps, k, out);
        }
        for (; k < taps.count(); k++) {
            for (int c = 0; c < channels; c++) {
                addTap(row, taps, k, out, c, channels);
            }
        }
    }

    private static void addTap(float[] row, Taps taps, int k, float[] out, int c, int channels) {
        var first = taps.first();
        var weights = taps.weights();
        int count = taps.count();
        for (int x = 0; x < taps.out(); x++) {
            int o = channels * x + c;
            out[o] = out[o] + weights[x * count + k] * row[channels * (first[x] + k) + c];
        }
    }

    private static void addFourTaps3(float[] row, Taps taps, int k, float[] out) {
        var first = taps.first();
        var weights = taps.weights();
        int count = taps.count();
        for (int x = 0; x < taps.out(); x++) {
            int i = 3 * (first[x] + k);
            int w = x * count + k;
            float a = weights[w];
            float b = weights[w + 1];
            float c = weights[w + 2];
            float d = weights[w + 3];
            int o = 3 * x;
            out[o] = out[o] + a * row[i] + b * row[i + 3] + c * row[i + 6] + d * row[i + 9];
            out[o + 1] =
                    out[o + 1] + a * row[i + 1] + b * row[i + 4] + c * row[i + 7] + d * row[i + 10];
            out[o + 2] =
                    out[o + 2] + a * row[i + 2] + b * row[i + 5] + c * row[i + 8] + d * row[i + 11];
        }
    }

    private static void addTap3(float[] row, Taps taps, int k, float[] out) {
        var first = taps.first();
        var weights = taps.weights();
        int count = taps.count();
        for (int x = 0; x < taps.out(); x++) {
            int i = 3 * (first[x] + k);
            float a = weights[x * count + k];
            int o = 3 * x;
            out[o] = out[o] + a * row[i];
            out[o + 1] = out[o + 1] + a * row[i + 1];
            out[o + 2] = out[o + 2] + a * row[i + 2];
        }
    }

    private static void addTwoTaps3(float[] row, Taps taps, int k, float[] out) {
        var first = taps.first();
        var weights = taps.weights();
        int count = taps.count();
        for (int x = 0; x < taps.out(); x++) {
            int i = 3 * (first[x] + k);
            float a = weights[x * count + k];
            float b = weights[x * count + k + 1];
            int o = 3 * x;
            out[o] = out[o] + a * row[i] + b * row[i + 3];
            out[o + 1] = out[o + 1] + a * row[i + 1] + b * row[i + 4];
            out[o + 2] = out[o + 2] + a * row[i + 2] + b * row[i + 5];
        }
    }

    @Override
    public void widen(MemorySegment in, long at, float[] row, int n) {
        reserve(n);
        bias(in, at, first, n);
        for (int i = 0; i < n; i++) {
            row[i] = (float) first[i] + BIAS;
        }
    }

    @Override
    public void narrow(float[] row, MemorySegment out, long at, int n) {
        for (int i = 0; i < n; i++) {
            float clamped = Math.max(0f, Math.min(255f, row[i] + 0.5f));
            out.set(JAVA_BYTE, at + i, (byte) (int) clamped);
        }
    }

    @Override
    public void normalize(float[] row, boolean rounded, float[] mean, float[] factor, int n) {
        if (rounded) {
            round(row, n);
        }
        for (int i = 0; i < n; i++) {
            row[i] = (row[i] - mean[i]) * factor[i];
        }
    }

    @Override
    public void scale(float[] row, boolean rounded, float factor, float addend, int n) {
        if (rounded) {
            round(row, n);
        }
        for (int i = 0; i < n; i++) {
            row[i] = row[i] * factor + addend;
        }
    }

    private static void round(float[] row, int n) {
        for (int i = 0; i < n; i++) {
            row[i] = (int) Math.max(0f, Math.min(255f, row[i] + 0.5f));
        }
    }

    @Override
    public void split(
            float[] row,
            int channels,
            int width,
            boolean reversed,
            MemorySegment out,
            long at,
            long plane) {
        if (!Loops.fits(channel.length, width)) {
            channel = new float[width];
        }
        if (reversed) {
            Loops.reverse(row, channels, width);
        }
        for (int c = 0; c < channels; c++) {
            pick(row, c, channels, channel, width);
            MemorySegment.copy(channel, 0, out, JAVA_FLOAT_UNALIGNED, 4 * (at + c * plane), width);
        }
    }

    private static void pick(float[] row, int c, int channels, float[] channel, int width) {
        for (int x = 0; x < width; x++) {
            channel[x] = row[x * channels + c];
        }
    }
}
