package dev.headrace.operators.image;

import static java.nio.ByteOrder.nativeOrder;
import static jdk.incubator.vector.VectorOperators.F2I;
import static jdk.incubator.vector.VectorOperators.I2B;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.ZERO_EXTEND_B2I;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The loops by the Vector API, for vectors of at least 256 bits. It is only touched where
/// [LoopsChoice] has found that the JVM has its module.
///
/// The compiler keeps vectors in registers only where species are constants, a method has one loop,
/// and no vector goes through another method of ours, which it might not inline: hence repetition.
/// Where fewer numbers are left than a vector has lanes, the last vector overlaps the one
/// before it, which writes the same once more; rows that are shorter go the plain way.
final class VectorLoops implements Loops {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = FLOATS.length();
    private static final VectorSpecies<Byte> BYTES = // there are none below 64 bits
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * LANES)));
    private static final VectorSpecies<Float> PIXEL = FloatVector.SPECIES_128;

    // Of three vectors of pixels side by side, lane i of the plane of channel c is number 3i + c.
    // Since 3 and the number of lanes have no common divisor, these come from different lanes: so
    // two blends bring them into one vector, and one rearrangement into their order.
    private static final VectorMask<Float> SECOND_0 = lanesFrom(1, 0);
    private static final VectorMask<Float> SECOND_1 = lanesFrom(1, 1);
    private static final VectorMask<Float> SECOND_2 = lanesFrom(1, 2);
    private static final VectorMask<Float> THIRD_0 = lanesFrom(2, 0);
    private static final VectorMask<Float> THIRD_1 = lanesFrom(2, 1);
    private static final VectorMask<Float> THIRD_2 = lanesFrom(2, 2);
    private static final VectorShuffle<Float> ORDER_0 = order(0, false);
    private static final VectorShuffle<Float> ORDER_1 = order(1, false);
    private static final VectorShuffle<Float> ORDER_2 = order(2, false);
    private static final VectorShuffle<Float> BACKWARDS_0 = order(0, true);
    private static final VectorShuffle<Float> BACKWARDS_1 = order(1, true);
    private static final VectorShuffle<Float> BACKWARDS_2 = order(2, true);

    private final PlainLoops plain = new PlainLoops();

    VectorLoops() {}

    /// How wide vectors are here, which may be too narrow for these loops.
    static int bits() {
        return FLOATS.vectorBitSize();
    }

    private static VectorMask<Float> lanesFrom(int vector, int channel) {
        var lanes = new boolean[LANES];
        for (int i = 0; i < LANES; i++) {
            int number = 3 * i + channel;
            if (number / LANES == vector) {
                lanes[number % LANES] = true;
            }
        }
        return VectorMask.fromArray(FLOATS, lanes, 0);
    }

    private static VectorShuffle<Float> order(int channel, boolean backwards) {
        return VectorShuffle.fromOp(
                FLOATS, i -> (3 * (backwards ? LANES - 1 - i : i) + channel) % LANES);
    }

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
        if (n < LANES) {
            plain.addRows(in, at, stride, weights, w, count, row, n);
            return;
        }
        addRows(in, at, stride, weights, w, count, row, 0, n - n % LANES);
        if (n % LANES > 0) {
            addRows(in, at, stride, weights, w, count, row, n - LANES, n);
        }
    }

    /// The numbers from one place to another, a multiple of lanes further.
    private static void addRows(
            MemorySegment in,
            long at,
            long stride,
            float[] weights,
            int w,
            int count,
            float[] row,
            int from,
            int to) {
        if (count == 1) {
            addOne(in, at, weights[w], row, from, to);
            return;
        }
        addTwo(in, at, at + stride, weights[w], weights[w + 1], row, from, to);
        int k = 2;
        for (; k + 1 < count; k += 2) {
            long one = at + k * stride;
            addTwoMore(in, one, one + stride, weights[w + k], weights[w + k + 1], row, from, to);
        }
        if (k < count) {
            addOneMore(in, at + k * stride, weights[w + k], row, from, to);
        }
    }

    private static void addOne(MemorySegment in, long a, float wa, float[] row, int from, int to) {
        for (int i = from; i < to; i += LANES) {
            ((FloatVector)
                            ByteVector.fromMemorySegment(BYTES, in, a + i, nativeOrder())
                                    .convertShape(ZERO_EXTEND_B2I, INTS, 0)
                                    .convertShape(I2F, FLOATS, 0))
                    .mul(wa)
                    .intoArray(row, i);
        }
    }

    private static void addTwo(
            MemorySegment in, long a, long b, float wa, float wb, float[] row, int from, int to) {
        for (int i = from; i < to; i += LANES) {
            ((FloatVector)
                            ByteVector.fromMemorySegment(BYTES, in, a + i, nativeOrder())
                                    .convertShape(ZERO_EXTEND_B2I, INTS, 0)
                                    .convertShape(I2F, FLOATS, 0))
                    .mul(wa)
                    .add(
                            ((FloatVector)
                                            ByteVector.fromMemorySegment(
                                                            BYTES, in, b + i, nativeOrder())
                                                    .convertShape(ZERO_EXTEND_B2I, INTS, 0)
                                                    .convertShape(I2F, FLOATS, 0))
                                    .mul(wb))
                    .intoArray(row, i);
        }
    }

    private static void addOneMore(
            MemorySegment in, long a, float wa, float[] row, int from, int to) {
        for (int i = from; i < to; i += LANES) {
            FloatVector.fromArray(FLOATS, row, i)
                    .add(
                            ((FloatVector)
                                            ByteVector.fromMemorySegment(
                                                            BYTES, in, a + i, nativeOrder())
                                                    .convertShape(ZERO_EXTEND_B2I, INTS, 0)
                                                    .convertShape(I2F, FLOATS, 0))
                                    .mul(wa))
                    .intoArray(row, i);
        }
    }

    private static void addTwoMore(
            MemorySegment in, long a, long b, float wa, float wb, float[] row, int from, int to) {
        for (int i = from; i < to; i += LANES) {
            var sum =
                    FloatVector.fromArray(FLOATS, row, i)
                            .add(
                                    ((FloatVector)
                                                    ByteVector.fromMemorySegment(
                                                                    BYTES, in, a + i, nativeOrder())
                                                            .convertShape(ZERO_EXTEND_B2I, INTS, 0)
                                                            .convertShape(I2F, FLOATS, 0))
                                            .mul(wa));
            sum.add(
                            ((FloatVector)
                                            ByteVector.fromMemorySegment(
                                                            BYTES, in, b + i, nativeOrder())
                                                    .convertShape(ZERO_EXTEND_B2I, INTS, 0)
                                                    .convertShape(I2F, FLOATS, 0))
                                    .mul(wb))
                    .intoArray(row, i);
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
        int count = taps.count();
        if (channels != 3 || count == 1) {
            plain.addColumns(one, other, taps, channels, outOfOne, outOfOther);
            return;
        }
        var first = taps.first();
        var weights = taps.weights();
        int pixels = taps.out();
        switch (count) {
            case 2 -> addTwoTaps(one, other, first, pixels, weights, outOfOne, outOfOther);
            case 3 -> addThreeTaps(one, other, first, pixels, weights, outOfOne, outOfOther);
            case 4 -> addFourTaps(one, other, first, pixels, weights, outOfOne, outOfOther);
            case 5 -> addFiveTaps(one, other, first, pixels, weights, outOfOne, outOfOther);
            default -> {
                addTaps(one, first, pixels, weights, count, outOfOne);
                addTaps(other, first, pixels, weights, count, outOfOther);
            }
        }
    }

    // Each of these writes four numbers a pixel, of which the next pixel overwrites the fourth.

    private static void addTwoTaps(
            float[] one,
            float[] other,
            int[] first,
            int pixels,
            float[] weights,
            float[] outOfOne,
            float[] outOfOther) {
        for (int x = 0; x < pixels; x++) {
            int i = 3 * first[x];
            float w0 = weights[2 * x];
            float w1 = weights[2 * x + 1];
            FloatVector.fromArray(PIXEL, one, i)
                    .mul(w0)
                    .add(FloatVector.fromArray(PIXEL, one, i + 3).mul(w1))
                    .intoArray(outOfOne, 3 * x);
            FloatVector.fromArray(PIXEL, other, i)
                    .mul(w0)
                    .add(FloatVector.fromArray(PIXEL, other, i + 3).mul(w1))
                    .intoArray(outOfOther, 3 * x);
        }
    }

    private static void addThreeTaps(
            float[] one,
            float[] other,
            int[] first,
            int pixels,
            float[] weights,
            float[] outOfOne,
            float[] outOfOther) {
        for (int x = 0; x < pixels; x++) {
            int i = 3 * first[x];
            float w0 = weights[3 * x];
            float w1 = weights[3 * x + 1];
            float w2 = weights[3 * x + 2];
            FloatVector.fromArray(PIXEL, one, i)
                    .mul(w0)
                    .add(FloatVector.fromArray(PIXEL, one, i + 3).mul(w1))
                    .add(FloatVector.fromArray(PIXEL, one, i + 6).mul(w2))
                    .intoArray(outOfOne, 3 * x);
            FloatVector.fromArray(PIXEL, other, i)
                    .mul(w0)
                    .add(FloatVector.fromArray(PIXEL, other, i + 3).mul(w1))
                    .add(FloatVector.fromArray(PIXEL, other, i + 6).mul(w2))
                    .intoArray(outOfOther, 3 * x);
        }
    }

    private static void addFourTaps(
            float[] one,
            float[] other,
            int[] first,
            int pixels,
            float[] weights,
            float[] outOfOne,
            float[] outOfOther) {
        for (int x = 0; x < pixels; x++) {
            int i = 3 * first[x];
            float w0 = weights[4 * x];
            float w1 = weights[4 * x + 1];
            float w2 = weights[4 * x + 2];
            float w3 = weights[4 * x + 3];
            FloatVector.fromArray(PIXEL, one, i)
                    .mul(w0)
                    .add(FloatVector.fromArray(PIXEL, one, i + 3).mul(w1))
                    .add(FloatVector.fromArray(PIXEL, one, i + 6).mul(w2))
                    .add(FloatVector.fromArray(PIXEL, one, i + 9).mul(w3))
                    .intoArray(outOfOne, 3 * x);
            FloatVector.fromArray(PIXEL, other, i)
                    .mul(w0)
                    .add(FloatVector.fromArray(PIXEL, other, i + 3).mul(w1))
                    .add(FloatVector.fromArray(PIXEL, other, i + 6).mul(w2))
                    .add(FloatVector.fromArray(PIXEL, other, i + 9).mul(w3))
                    .intoArray(outOfOther, 3 * x);
        }
    }

    private static void addFiveTaps(
            float[] one,
            float[] other,
            int[] first,
            int pixels,
            float[] weights,
            float[] outOfOne,
            float[] outOfOther) {
        for (int x = 0; x < pixels; x++) {
            int i = 3 * first[x];
            float w0 = weights[5 * x];
            float w1 = weights[5 * x + 1];
            float w2 = weights[5 * x + 2];
            float w3 = weights[5 * x + 3];
            float w4 = weights[5 * x + 4];
            FloatVector.fromArray(PIXEL, one, i)
                    .mul(w0)
                    .add(FloatVector.fromArray(PIXEL, one, i + 3).mul(w1))
                    .add(FloatVector.fromArray(PIXEL, one, i + 6).mul(w2))
                    .add(FloatVector.fromArray(PIXEL, one, i + 9).mul(w3))
                    .add(FloatVector.fromArray(PIXEL, one, i + 12).mul(w4))
                    .intoArray(outOfOne, 3 * x);
            FloatVector.fromArray(PIXEL, other, i)
                    .mul(w0)
                    .add(FloatVector.fromArray(PIXEL, other, i + 3).mul(w1))
                    .add(FloatVector.fromArray(PIXEL, other, i + 6).mul(w2))
                    .add(FloatVector.fromArray(PIXEL, other, i + 9).mul(w3))
                    .add(FloatVector.fromArray(PIXEL, other, i + 12).mul(w4))
                    .intoArray(outOfOther, 3 * x);
        }
    }

    /// More taps than those: a loop in the loop costs much where it is short.
    private static void addTaps(
            float[] row, int[] first, int pixels, float[] weights, int count, float[] out) {
        for (int x = 0; x < pixels; x++) {
            int i = 3 * first[x];
            int w = count * x;
            var sum =
                    FloatVector.fromArray(PIXEL, row, i)
                            .mul(weights[w])
                            .add(FloatVector.fromArray(PIXEL, row, i + 3).mul(weights[w + 1]))
                            .add(FloatVector.fromArray(PIXEL, row, i + 6).mul(weights[w + 2]))
                            .add(FloatVector.fromArray(PIXEL, row, i + 9).mul(weights[w + 3]));
            for (int k = 4; k < count; k++) {
                sum = sum.add(FloatVector.fromArray(PIXEL, row, i + 3 * k).mul(weights[w + k]));
            }
            sum.intoArray(out, 3 * x);
        }
    }

    @Override
    public void widen(MemorySegment in, long at, float[] row, int n) {
        if (n < LANES) {
            plain.widen(in, at, row, n);
            return;
        }
        widen(in, at, row, 0, n - n % LANES);
        if (n % LANES > 0) {
            widen(in, at, row, n - LANES, n);
        }
    }

    private static void widen(MemorySegment in, long at, float[] row, int from, int to) {
        for (int i = from; i < to; i += LANES) {
            ((FloatVector)
                            ByteVector.fromMemorySegment(BYTES, in, at + i, nativeOrder())
                                    .convertShape(ZERO_EXTEND_B2I, INTS, 0)
                                    .convertShape(I2F, FLOATS, 0))
                    .intoArray(row, i);
        }
    }

    @Override
    public void narrow(float[] row, MemorySegment out, long at, int n) {
        if (n < LANES) {
            plain.narrow(row, out, at, n);
            return;
        }
        narrow(row, 0, n - n % LANES, out, at);
        if (n % LANES > 0) {
            narrow(row, n - LANES, n, out, at);
        }
    }

    private static void narrow(float[] row, int from, int to, MemorySegment out, long at) {
        for (int i = from; i < to; i += LANES) {
            ((IntVector) FloatVector.fromArray(FLOATS, row, i).add(0.5f).convertShape(F2I, INTS, 0))
                    .max(0)
                    .min(255)
                    .convertShape(I2B, BYTES, 0)
                    .reinterpretAsBytes()
                    .intoMemorySegment(out, at + i, nativeOrder());
        }
    }

    @Override
    public void normalize(float[] row, boolean rounded, float[] mean, float[] factor, int n) {
        if (rounded) {
            roundAndNormalize(row, mean, factor, n);
        } else {
            plain.normalize(row, false, mean, factor, n); // the compiler does as well
        }
    }

    private static void roundAndNormalize(float[] row, float[] mean, float[] factor, int n) {
        for (int i = 0; i < n; i += LANES) {
            ((FloatVector)
                            ((IntVector)
                                            FloatVector.fromArray(FLOATS, row, i)
                                                    .add(0.5f)
                                                    .convertShape(F2I, INTS, 0))
                                    .max(0)
                                    .min(255)
                                    .convertShape(I2F, FLOATS, 0))
                    .sub(FloatVector.fromArray(FLOATS, mean, i))
                    .mul(FloatVector.fromArray(FLOATS, factor, i))
                    .intoArray(row, i);
        }
    }

    @Override
    public void scale(float[] row, boolean rounded, float factor, float addend, int n) {
        if (rounded) {
            roundAndScale(row, factor, addend, n);
        } else {
            plain.scale(row, false, factor, addend, n); // the compiler does as well
        }
    }

    private static void roundAndScale(float[] row, float factor, float addend, int n) {
        for (int i = 0; i < n; i += LANES) {
            ((FloatVector)
                            ((IntVector)
                                            FloatVector.fromArray(FLOATS, row, i)
                                                    .add(0.5f)
                                                    .convertShape(F2I, INTS, 0))
                                    .max(0)
                                    .min(255)
                                    .convertShape(I2F, FLOATS, 0))
                    .mul(factor)
                    .add(addend)
                    .intoArray(row, i);
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
        int most = width - width % LANES;
        if (channels != 3 || width < LANES) {
            plain.split(row, channels, width, reversed, out, at, plane);
        } else if (reversed) {
            splitBackwards(row, 0, most, width, out, 4 * at, 4 * plane);
            if (most < width) {
                splitBackwards(row, width - LANES, width, width, out, 4 * at, 4 * plane);
            }
        } else {
            split(row, 0, most, out, 4 * at, 4 * plane);
            if (most < width) {
                split(row, width - LANES, width, out, 4 * at, 4 * plane);
            }
        }
    }

    private static void split(
            float[] row, int from, int end, MemorySegment out, long at, long plane) {
        for (int x = from; x < end; x += LANES) {
            long to = at + 4L * x;
            var a = FloatVector.fromArray(FLOATS, row, 3 * x);
            var b = FloatVector.fromArray(FLOATS, row, 3 * x + LANES);
            var c = FloatVector.fromArray(FLOATS, row, 3 * x + 2 * LANES);
            a.blend(b, SECOND_0)
                    .blend(c, THIRD_0)
                    .rearrange(ORDER_0)
                    .intoMemorySegment(out, to, nativeOrder());
            a.blend(b, SECOND_1)
                    .blend(c, THIRD_1)
                    .rearrange(ORDER_1)
                    .intoMemorySegment(out, to + plane, nativeOrder());
            a.blend(b, SECOND_2)
                    .blend(c, THIRD_2)
                    .rearrange(ORDER_2)
                    .intoMemorySegment(out, to + 2 * plane, nativeOrder());
        }
    }

    private static void splitBackwards(
            float[] row, int from, int end, int width, MemorySegment out, long at, long plane) {
        for (int x = from; x < end; x += LANES) {
            long to = at + 4L * (width - LANES - x);
            var a = FloatVector.fromArray(FLOATS, row, 3 * x);
            var b = FloatVector.fromArray(FLOATS, row, 3 * x + LANES);
            var c = FloatVector.fromArray(FLOATS, row, 3 * x + 2 * LANES);
            a.blend(b, SECOND_0)
                    .blend(c, THIRD_0)
                    .rearrange(BACKWARDS_0)
                    .intoMemorySegment(out, to, nativeOrder());
            a.blend(b, SECOND_1)
                    .blend(c, THIRD_1)
                    .rearrange(BACKWARDS_1)
                    .intoMemorySegment(out, to + plane, nativeOrder());
            a.blend(b, SECOND_2)
                    .blend(c, THIRD_2)
                    .rearrange(BACKWARDS_2)
                    .intoMemorySegment(out, to + 2 * plane, nativeOrder());
        }
    }
}
