package dev.headrace.operators.tensor;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Longs;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.SampleContext;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;

/// Makes a tensor longer at the ends of some axes: to at least an extent, to a multiple of one, or
/// both. What is long enough stays as it is.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any | has the axes |
/// | out | that of `in` | `⌈max(extent, atLeast) ÷ multiple⌉ · multiple` along the axes |
///
/// @param axes one character each: a letter of the layout, or a digit that counts from the
///     outermost
/// @param atLeast for each axis the least extent of the output, 0 or more
/// @param multipleOf for each axis what the output's extent is a multiple of, 1 or more
/// @param fill the value of new elements, converted as by [Tensor#number(long, double)]
public record Pad(
        String axes, ImmutableList<Long> atLeast, ImmutableList<Long> multipleOf, double fill)
        implements CudaTransform {
    public Pad {
        Axes.checked(axes);
        checkArgument(
                atLeast.size() == axes.length() && multipleOf.size() == axes.length(),
                "axes %s take an extent each, got %s and multiples %s",
                axes,
                atLeast,
                multipleOf);
        for (long extent : atLeast) {
            checkArgument(extent >= 0, "extent %s is negative", extent);
        }
        for (long multiple : multipleOf) {
            checkArgument(multiple >= 1, "a multiple of %s, at least 1 is needed", multiple);
        }
    }

    /// Pads to at least these extents, with 0.
    ///
    /// @param axes as in `HW`
    /// @param extents one for each axis
    public static Pad to(String axes, long... extents) {
        return new Pad(
                axes,
                list(extents),
                ImmutableList.copyOf(Collections.nCopies(axes.length(), 1L)),
                0);
    }

    /// Pads to multiples of these numbers, with 0.
    ///
    /// @param axes as in `HW`
    /// @param multiples one for each axis
    public static Pad toMultiple(String axes, long... multiples) {
        return to(axes, new long[axes.length()]).multipleOf(multiples);
    }

    private static ImmutableList<Long> list(long... numbers) {
        return ImmutableList.copyOf(Longs.asList(numbers));
    }

    /// The same, and to multiples of these numbers.
    public Pad multipleOf(long... multiples) {
        return new Pad(axes, atLeast, list(multiples), fill);
    }

    /// The same with another value for new elements.
    public Pad with(double value) {
        return new Pad(axes, atLeast, multipleOf, value);
    }

    private long padded(int which, long extent) {
        long multiple = multipleOf.get(which);
        return Math.ceilDiv(Math.max(extent, atLeast.get(which)), multiple) * multiple;
    }

    /// @throws dev.headrace.engine.error.BadSample if `in` lacks an axis
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        var out = in;
        for (int i = 0; i < axes.length(); i++) {
            int axis = Axes.find(axes.charAt(i), in, "Pad");
            out = out.withExtent(axis, padded(i, in.shape().extent(axis)));
        }
        return out;
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        var out = in;
        for (int i = 0; i < axes.length(); i++) {
            int axis = Axes.find(axes.charAt(i), in, "Pad");
            if (axis == Axes.UNKNOWN) {
                return in.withOpenShape();
            }
            long extent = in.extent(axis);
            out = out.withExtent(axis, extent == SpecPattern.ANY ? extent : padded(i, extent));
        }
        return out;
    }

    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        if (in.shape().equals(out.shape())) {
            out.copyFrom(in);
            return;
        }
        int width = out.type().bytes();
        fill(out, width);
        Strided.copy(
                in.segment(),
                0,
                Strided.steps(in.shape(), width),
                out.segment(),
                0,
                Strided.steps(out.shape(), width),
                in.shape().extents(),
                width);
    }

    @Override
    public Kernel kernel() {
        return Kernel.beside(Pad.class, "pad");
    }

    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        var box = box(in.shape(), out.shape());
        var one = TensorValue.of(TensorSpec.of(out.type(), "", 1), fill).bytes();
        long count = out.shape().volume();
        descriptor
                .pointer(in)
                .pointer(out)
                .array(MemorySegment.ofArray(one))
                .array(MemorySegment.ofArray(box))
                .int64(count)
                .int32(box.length / 2)
                .int32(one.length);
        return count;
    }

    /// For each axis its extents before and after, those that are not padded as parts of the one
    /// before them.
    private static long[] box(Shape in, Shape out) {
        var box = new long[2 * out.rank()];
        int used = 0;
        for (int axis = 0; axis < out.rank(); axis++) {
            long before = in.extent(axis);
            long after = out.extent(axis);
            if (before == after && used > 0) {
                box[used - 2] *= before;
                box[used - 1] *= after;
            } else {
                box[used++] = before;
                box[used++] = after;
            }
        }
        return Arrays.copyOf(box, used);
    }

    /// Writes one element, then doubles what is written.
    private void fill(Tensor out, int width) {
        var to = out.segment();
        if (to.byteSize() == 0) {
            return;
        }
        out.number(0, fill);
        for (long done = width; done < to.byteSize(); done *= 2) {
            MemorySegment.copy(to, 0, to, done, Math.min(done, to.byteSize() - done));
        }
    }
}
