package dev.headrace.operators.image;

import static dev.headrace.operators.image.ImageInput.checkedFlag;
import static dev.headrace.operators.image.ImageInput.flag;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.Transform;
import dev.headrace.operators.tensor.Strided;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.Function;

/// A mirrored image: left for right, top for bottom, or both.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any | `H×W×C` |
/// | out | the same | the same |
///
/// @param leftRight whether columns are reversed: 1 for yes, 0 for no
/// @param upDown whether rows are reversed: 1 for yes, 0 for no
public record Flip(Argument leftRight, Argument upDown) implements RowStep, CudaTransform {
    private static final ImageInput TAKES = ImageInput.of("Flip");
    private static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
            JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    public Flip {
        checkedFlag(leftRight, "leftRight");
        checkedFlag(upDown, "upDown");
    }

    /// Left for right.
    public static Flip horizontal() {
        return horizontal(Argument.of(1));
    }

    /// Left for right where the argument is 1.
    public static Flip horizontal(Argument flip) {
        return new Flip(flip, Argument.of(0));
    }

    /// Top for bottom.
    public static Flip vertical() {
        return vertical(Argument.of(1));
    }

    /// Top for bottom where the argument is 1.
    public static Flip vertical(Argument flip) {
        return new Flip(Argument.of(0), flip);
    }

    /// @throws dev.headrace.engine.error.BadSample if `in` is not `HWC`
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        TAKES.check(in);
        return in;
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        TAKES.check(in);
        return in.withLayout("HWC").withExtents(in.extent(0), in.extent(1), in.extent(2));
    }

    /// @throws dev.headrace.engine.error.BadSample if an argument is neither 0 nor 1
    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        boolean columns = flag(context, leftRight, "leftRight");
        boolean rows = flag(context, upDown, "upDown");
        if (!columns && !rows) {
            out.copyFrom(in);
            return;
        }
        long height = in.shape().extent(0);
        int pixel = (int) in.shape().extent(2) * in.type().bytes();
        long row = in.shape().extent(1) * pixel;
        if (columns && pixel == 3 && row > 0) {
            for (long y = 0; y < height; y++) {
                long place = (rows ? height - 1 - y : y) * row;
                reverse3(in.segment(), place, out.segment(), y * row, (int) (row / 3));
            }
            return;
        }
        long start = (rows ? (height - 1) * row : 0) + (columns ? row - pixel : 0);
        long[] steps = {rows ? -row : row, columns ? -pixel : pixel, in.type().bytes()};
        Strided.copy(in.segment(), start, steps, out);
    }

    @Override
    public Kernel kernel() {
        return Strided.kernel();
    }

    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        var steps = Strided.steps(in.shape(), in.type().bytes());
        long start = 0;
        if (flag(context, upDown, "upDown")) {
            start += turn(steps, 0, in.spec());
        }
        if (flag(context, leftRight, "leftRight")) {
            start += turn(steps, 1, in.spec());
        }
        return Strided.describe(in, start, steps, out, descriptor);
    }

    /// Has an axis go backwards.
    ///
    /// @return where its last element lies
    private static long turn(long[] steps, int axis, TensorSpec in) {
        long last = Math.max(0, in.shape().extent(axis) - 1) * steps[axis];
        steps[axis] = -steps[axis];
        return last;
    }

    /// Normalizing reads the columns backwards as easily, which spares a pass over the image.
    @Override
    public Optional<SampleOperator> absorb(SampleOperator next) {
        return upDown.equals(Argument.of(0))
                        && next instanceof Normalize normalize
                        && normalize.keepsSides()
                ? Optional.of(new AndNormalize(this, normalize))
                : Optional.empty();
    }

    @Override
    public Rows taking(TensorSpec in, Function<TensorSpec, Rows> target, SampleContext context) {
        boolean columns = flag(context, leftRight, "leftRight");
        boolean rows = flag(context, upDown, "upDown");
        var behind = target.apply(outputSpec(in, context));
        var shape = in.shape();
        var turned =
                columns ? behind.reversed((int) shape.extent(2), (int) shape.extent(1)) : behind;
        return rows ? turned.upsideDown((int) shape.extent(0)) : turned;
    }

    /// A flip of columns with the normalization that follows it, in one pass.
    ///
    /// @param flip of columns only
    /// @param normalize without a mirror of its own
    record AndNormalize(Flip flip, Normalize normalize) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return normalize.outputSpec(flip.outputSpec(in, context.part(0)), context.part(1));
        }

        @Override
        public SpecPattern promise(SpecPattern in) {
            return normalize.promise(flip.promise(in));
        }

        @Override
        public String gain() {
            return "columns are read backwards instead";
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            boolean reversed = flag(context.part(0), flip.leftRight, "leftRight");
            normalize.run(in, out, reversed, context.part(1));
        }
    }

    /// Reverses pixels of 3 bytes. Two are moved at a time, in 8 bytes, of which the next two
    /// overwrite the last. The first is not read so, nor are the last written: that might be
    /// beyond the image.
    private static void reverse3(
            MemorySegment in, long from, MemorySegment out, long to, int width) {
        long last = from + 3L * (width - 1);
        move3(in, last, out, to);
        int pairs = Math.max(0, (width - 2) / 2);
        for (int i = 0; i < pairs; i++) {
            long two = in.get(LITTLE_ENDIAN_LONG, last - 6 - 6L * i);
            long turned = (two & 0xFF_FFFF) << 24 | two >>> 24 & 0xFF_FFFF;
            out.set(LITTLE_ENDIAN_LONG, to + 3 + 6L * i, turned);
        }
        for (int x = 1 + 2 * pairs; x < width; x++) {
            move3(in, last - 3L * x, out, to + 3L * x);
        }
    }

    private static void move3(MemorySegment in, long from, MemorySegment out, long to) {
        for (int i = 0; i < 3; i++) {
            out.set(JAVA_BYTE, to + i, in.get(JAVA_BYTE, from + i));
        }
    }
}
