package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.headrace.engine.data.ElementType;
import java.lang.foreign.MemorySegment;

/// The loops of [Normalize], each over one channel of one row. Places and steps are in elements.
///
/// An intensity of 8 bits has but 256 results a channel, so they are looked up. One a worker, for
/// its buffers; not safe from two threads.
final class NormalizeLoops {
    /// One of the loops.
    @FunctionalInterface
    interface Loop {
        /// Fills one channel of one row.
        ///
        /// @param c the channel, of those with a mean of their own
        /// @param inStep from one element to the next; below 0 for a mirrored row
        /// @param n elements of the row
        void run(
                int c,
                MemorySegment in,
                long from,
                int inStep,
                MemorySegment out,
                long to,
                int outStep,
                int n);
    }

    private final float[] mean;
    private final float[] factor;
    private final float[][] floats;
    private final short[][] halves;
    private byte[] row = {};
    private float[] result = {};

    /// Loops for `out = (in - mean[c]) · factor[c]`.
    NormalizeLoops(float[] mean, float[] factor) {
        this.mean = mean;
        this.factor = factor;
        this.floats = new float[mean.length][256];
        this.halves = new short[mean.length][256];
        for (int c = 0; c < mean.length; c++) {
            for (int value = 0; value < 256; value++) {
                floats[c][value] = (value - mean[c]) * factor[c];
                halves[c][value] = Float.floatToFloat16(floats[c][value]);
            }
        }
    }

    /// The loop between two element types.
    Loop loop(ElementType in, ElementType out) {
        if (in == UINT8) {
            return out == FLOAT32 ? this::bytesToFloats : this::bytesToHalves;
        }
        return out == FLOAT32 ? this::floatsToFloats : this::floatsToHalves;
    }

    private void bytesToFloats(
            int c,
            MemorySegment in,
            long from,
            int inStep,
            MemorySegment out,
            long to,
            int outStep,
            int n) {
        int span = n == 0 ? 0 : Math.abs(inStep) * (n - 1) + 1;
        long lowest = inStep < 0 ? from - span + 1 : from;
        if (row.length < span || result.length < n) {
            row = new byte[span];
            result = new float[n];
        }
        // by way of arrays, which takes little more than half the time
        MemorySegment.copy(in, JAVA_BYTE, lowest, row, 0, span);
        int first = inStep < 0 ? span - 1 : 0;
        switch (inStep) { // a step known when compiled needs fewer checks
            case 3 -> lookUp(floats[c], row, first, 3, result, n);
            case -3 -> lookUp(floats[c], row, first, -3, result, n);
            default -> lookUp(floats[c], row, first, inStep, result, n);
        }
        if (outStep == 1) {
            MemorySegment.copy(result, 0, out, JAVA_FLOAT_UNALIGNED, 4 * to, n);
        } else {
            for (int x = 0; x < n; x++) {
                out.set(JAVA_FLOAT_UNALIGNED, 4 * (to + (long) x * outStep), result[x]);
            }
        }
    }

    private void bytesToHalves(
            int c,
            MemorySegment in,
            long from,
            int inStep,
            MemorySegment out,
            long to,
            int outStep,
            int n) {
        lookUp(halves[c], in, from, inStep, out, 2 * to, 2 * outStep, n);
    }

    private void floatsToFloats(
            int c,
            MemorySegment in,
            long from,
            int inStep,
            MemorySegment out,
            long to,
            int outStep,
            int n) {
        for (int x = 0; x < n; x++) {
            float value = in.get(JAVA_FLOAT_UNALIGNED, 4 * (from + (long) x * inStep));
            out.set(
                    JAVA_FLOAT_UNALIGNED,
                    4 * (to + (long) x * outStep),
                    (value - mean[c]) * factor[c]);
        }
    }

    private void floatsToHalves(
            int c,
            MemorySegment in,
            long from,
            int inStep,
            MemorySegment out,
            long to,
            int outStep,
            int n) {
        for (int x = 0; x < n; x++) {
            float value = in.get(JAVA_FLOAT_UNALIGNED, 4 * (from + (long) x * inStep));
            out.set(
                    JAVA_SHORT_UNALIGNED,
                    2 * (to + (long) x * outStep),
                    Float.floatToFloat16((value - mean[c]) * factor[c]));
        }
    }

    private static void lookUp(float[] table, byte[] row, int at, int step, float[] result, int n) {
        for (int x = 0; x < n; x++) {
            result[x] = table[row[at + x * step] & 0xFF];
        }
    }

    private static void lookUp(
            short[] table,
            MemorySegment in,
            long at,
            int step,
            MemorySegment out,
            long to,
            int toStep,
            int n) {
        for (int x = 0; x < n; x++) {
            out.set(JAVA_SHORT_UNALIGNED, to, table[in.get(JAVA_BYTE, at) & 0xFF]);
            at += step;
            to += toStep;
        }
    }
}
