package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.FLOAT16;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.UINT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableSet;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.SampleContext;
import java.lang.foreign.MemorySegment;

/// Each element as the nearest one of another type.
///
/// To integers a value is rounded (halves to even) and clamped to the type's range, and NaN becomes
/// 0. To `BOOL` anything but 0 becomes 1. To floats a value is rounded to nearest even; `FLOAT16`
/// and `BFLOAT16` by way of `FLOAT32`. Between 64-bit integers and floats the way is by `FLOAT64`;
/// between integers nothing is lost but by clamping.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any | any |
/// | out | `type` | that of `in` |
///
/// @param type of the output
public record Cast(ElementType type) implements CudaTransform {
    private static final ImmutableSet<ElementType> BY_BLOCKS =
            ImmutableSet.of(UINT8, FLOAT16, FLOAT32);

    public Cast {
        requireNonNull(type, "type");
    }

    /// A cast to this type.
    public static Cast to(ElementType type) {
        return new Cast(type);
    }

    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        return in.withType(type);
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        return in.withType(type);
    }

    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        if (in.type() == type) {
            out.copyFrom(in);
        } else if (BY_BLOCKS.contains(in.type()) && BY_BLOCKS.contains(type)) {
            context.keep(Block.class, Block::new).cast(in, out);
        } else if (in.type() == INT64 && type == UINT64 || in.type() == UINT64 && type == INT64) {
            acrossSign(in, out, type == UINT64 ? 0 : Long.MAX_VALUE);
        } else {
            for (long i = 0, n = in.shape().volume(); i < n; i++) {
                out.number(i, in.number(i));
            }
        }
    }

    @Override
    public Kernel kernel() {
        return Kernel.beside(Cast.class, "cast");
    }

    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        long count = in.shape().volume();
        descriptor
                .pointer(in)
                .pointer(out)
                .int64(count)
                .int32(in.type().ordinal())
                .int32(type.ordinal())
                .int32(type.bytes());
        return count;
    }

    /// The bits are the same where both types have the value: where the highest bit is 0.
    private static void acrossSign(Tensor in, Tensor out, long otherwise) {
        for (long i = 0, n = in.shape().volume(); i < n; i++) {
            long bits = in.int64(i);
            out.int64(i, bits >= 0 ? bits : otherwise);
        }
    }

    /// A part of a tensor as `float32`, the worker's own. Each step is a loop from array to array,
    /// or between one and memory, which the compiler makes vectors of by itself.
    private static final class Block {
        private static final int MOST = 1024;

        private final float[] numbers = new float[MOST];
        private final byte[] bytes = new byte[MOST];
        private final short[] halves = new short[MOST];

        void cast(Tensor in, Tensor out) {
            long volume = in.shape().volume();
            for (long at = 0; at < volume; at += MOST) {
                int n = (int) Math.min(MOST, volume - at);
                read(in.type(), in.segment(), at, n);
                write(out.type(), out.segment(), at, n);
            }
        }

        private void read(ElementType type, MemorySegment in, long at, int n) {
            if (type == UINT8) {
                bias(in, at, bytes, n);
                widen(bytes, numbers, n);
            } else if (type == FLOAT16) {
                MemorySegment.copy(in, JAVA_SHORT_UNALIGNED, 2 * at, halves, 0, n);
                fromHalves(halves, numbers, n);
            } else {
                MemorySegment.copy(in, JAVA_FLOAT_UNALIGNED, 4 * at, numbers, 0, n);
            }
        }

        private void write(ElementType type, MemorySegment out, long at, int n) {
            if (type == UINT8) {
                narrow(numbers, bytes, n);
                MemorySegment.copy(bytes, 0, out, JAVA_BYTE, at, n);
            } else if (type == FLOAT16) {
                toHalves(numbers, halves, n);
                MemorySegment.copy(halves, 0, out, JAVA_SHORT_UNALIGNED, 2 * at, n);
            } else {
                MemorySegment.copy(numbers, 0, out, JAVA_FLOAT_UNALIGNED, 4 * at, n);
            }
        }

        /// Bytes as `value - 128`, since those that are widened without sign are no vectors.
        private static void bias(MemorySegment in, long at, byte[] out, int n) {
            for (int i = 0; i < n; i++) {
                out[i] = (byte) (in.get(JAVA_BYTE, at + i) ^ 0x80);
            }
        }

        private static void widen(byte[] in, float[] out, int n) {
            for (int i = 0; i < n; i++) {
                out[i] = (float) in[i] + 128;
            }
        }

        /// A sum with 2^23 has no room for a fraction: it is rounded as it should be.
        private static void narrow(float[] in, byte[] out, int n) {
            for (int i = 0; i < n; i++) {
                in[i] = Math.max(0f, Math.min(255f, in[i])) + 0x1p23f;
            }
            for (int i = 0; i < n; i++) {
                out[i] = (byte) (int) in[i]; // (int) NaN is 0
            }
        }

        private static void fromHalves(short[] in, float[] out, int n) {
            for (int i = 0; i < n; i++) {
                out[i] = Float.float16ToFloat(in[i]);
            }
        }

        private static void toHalves(float[] in, short[] out, int n) {
            for (int i = 0; i < n; i++) {
                out[i] = Float.floatToFloat16(in[i]);
            }
        }
    }
}
