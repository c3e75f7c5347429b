package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.INT64;
import static dev.headrace.engine.data.ElementType.UINT64;
import static dev.headrace.engine.data.ElementType.UINT8;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.util.Objects.requireNonNull;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;

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
public record Cast(ElementType type) implements Transform {
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
        } else if (in.type() == UINT8 && type == FLOAT32) {
            uint8ToFloat32(in, out);
        } else if (in.type() == FLOAT32 && type == UINT8) {
            float32ToUint8(in, out);
        } else if (in.type() == INT64 && type == UINT64 || in.type() == UINT64 && type == INT64) {
            acrossSign(in, out, type == UINT64 ? 0 : Long.MAX_VALUE);
        } else {
            for (long i = 0, n = in.shape().volume(); i < n; i++) {
                out.number(i, in.number(i));
            }
        }
    }

    private static void uint8ToFloat32(Tensor in, Tensor out) {
        var from = in.segment();
        var to = out.segment();
        for (long i = 0, n = in.shape().volume(); i < n; i++) {
            to.set(JAVA_FLOAT_UNALIGNED, 4 * i, from.get(JAVA_BYTE, i) & 0xFF);
        }
    }

    private static void float32ToUint8(Tensor in, Tensor out) {
        var from = in.segment();
        var to = out.segment();
        for (long i = 0, n = in.shape().volume(); i < n; i++) {
            double whole = Math.rint(from.get(JAVA_FLOAT_UNALIGNED, 4 * i)); // halves to even
            to.set(JAVA_BYTE, i, (byte) (int) Math.clamp(whole, 0.0, 255.0)); // (int) NaN is 0
        }
    }

    /// The bits are the same where both types have the value: where the highest bit is 0.
    private static void acrossSign(Tensor in, Tensor out, long otherwise) {
        for (long i = 0, n = in.shape().volume(); i < n; i++) {
            long bits = in.int64(i);
            out.int64(i, bits >= 0 ? bits : otherwise);
        }
    }
}
