package dev.headrace.operators.tensor;

import static com.google.common.base.Preconditions.checkArgument;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Descriptor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;

/// Copies a box of elements from one tensor into another, each with its own steps along the axes.
/// What lies in one piece on both sides is copied in one piece.
///
/// Elements that are moved one by one are taken along the longest axis on which they lie side by
/// side in either tensor, since that loop costs least by element; a piece of it at a time, so that
/// what is read or written with gaps is still in the processor's cache for the next axis. Bounds
/// are checked once, for the box: for each element that would take longer than moving it.
public final class Strided {
    /// Pieces of fewer bytes are moved one element at a time: {@value}.
    private static final long LEAST_RUN = 32;

    /// How many elements are moved along one axis before the others have their turn: {@value}.
    private static final int PIECE = 1024;

    private static final int MOST_AXES = 8; // as in Strided.cu

    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private final long[] fromSteps;
    private final long[] toSteps;
    private final long[] extents;
    private final int width;
    private int axes;

    private Strided(long[] fromSteps, long[] toSteps, long[] extents, int width) {
        this.fromSteps = fromSteps.clone();
        this.toSteps = toSteps.clone();
        this.extents = extents.clone();
        this.width = width;
        merge();
    }

    /// Copies a box.
    ///
    /// @param start of the box in `from`, in bytes
    /// @param fromSteps bytes from one element to the next, along each axis of the box
    /// @param target of the box in `to`, in bytes
    /// @param toSteps likewise
    /// @param extents of the box
    /// @param width bytes of an element: 1, 2, 4 or 8
    static void copy(
            MemorySegment from,
            long start,
            long[] fromSteps,
            MemorySegment to,
            long target,
            long[] toSteps,
            long[] extents,
            int width) {
        for (long extent : extents) {
            if (extent == 0) {
                return;
            }
        }
        check(from, start, fromSteps, extents, width);
        check(to, target, toSteps, extents, width);
        checkArgument(!to.isReadOnly(), "the target is read-only");
        new Strided(fromSteps, toSteps, extents, width)
                .copy(from.address() + start, to.address() + target);
    }

    /// Copies a tensor of any strides into a dense one of the same extents.
    ///
    /// @param from memory that holds it
    /// @param start of its first element in `from`, in bytes
    /// @param fromSteps bytes from one element to the next, along each axis; also 0 or negative
    /// @throws IllegalArgumentException if `from` is on the heap, or was closed
    /// @throws IndexOutOfBoundsException if it does not hold all
    /// @throws ArithmeticException if the places are beyond any memory
    public static void copy(MemorySegment from, long start, long[] fromSteps, Tensor to) {
        int width = to.type().bytes();
        var toSteps = steps(to.shape(), width);
        copy(from, start, fromSteps, to.segment(), 0, toSteps, to.shape().extents(), width);
    }

    /// What copies on a device as [#copy(MemorySegment, long, long[], Tensor)] does here.
    public static Kernel kernel() {
        return Kernel.beside(Strided.class, "strided");
    }

    /// Tells the kernel of one sample, as [#copy(MemorySegment, long, long[], Tensor)] is told.
    ///
    /// @return how many pieces of work the sample is
    /// @throws BadSample if more than {@value #MOST_AXES} axes are left where those that are passed
    ///     through in one go are one
    public static long describe(
            Tensor from, long start, long[] fromSteps, Tensor to, Descriptor descriptor) {
        int width = to.type().bytes();
        var box = new Strided(fromSteps, steps(to.shape(), width), to.shape().extents(), width);
        if (box.axes > MOST_AXES) {
            throw new BadSample(
                    "a device copies along at most %s axes, got %s"
                            .formatted(MOST_AXES, to.spec()));
        }
        long count = to.shape().volume();
        descriptor.pointer(from).pointer(to).int64(start).int64(count).int32(width).int32(box.axes);
        for (long extent : Arrays.copyOf(box.extents, MOST_AXES)) {
            descriptor.int64(extent);
        }
        for (long step : Arrays.copyOf(box.fromSteps, MOST_AXES)) {
            descriptor.int64(step);
        }
        return count;
    }

    /// Bytes from one element to the next along each axis of a dense tensor.
    public static long[] steps(Shape shape, int width) {
        var steps = new long[shape.rank()];
        long step = width;
        for (int axis = steps.length - 1; axis >= 0; axis--) {
            steps[axis] = step;
            step *= shape.extent(axis);
        }
        return steps;
    }

    private static void check(
            MemorySegment memory, long start, long[] steps, long[] extents, int width) {
        checkArgument(memory.isNative(), "memory on the heap has no address");
        checkArgument(memory.scope().isAlive(), "the memory was closed");
        long first = start;
        long last = start;
        for (int axis = 0; axis < extents.length; axis++) {
            long way = Math.multiplyExact(steps[axis], extents[axis] - 1);
            first = Math.addExact(first, Math.min(0, way));
            last = Math.addExact(last, Math.max(0, way));
        }
        Objects.checkFromToIndex(first, Math.addExact(last, width), memory.byteSize());
    }

    /// Makes one axis of those that are passed through in one go, and leaves out those of one
    /// element.
    private void merge() {
        for (int axis = 0; axis < extents.length; axis++) {
            long extent = extents[axis];
            if (extent == 1) {
                continue;
            }
            int last = axes - 1;
            if (axes > 0
                    && fromSteps[last] == fromSteps[axis] * extent
                    && toSteps[last] == toSteps[axis] * extent) {
                extent *= extents[last];
            } else {
                last = axes++;
            }
            extents[last] = extent;
            fromSteps[last] = fromSteps[axis];
            toSteps[last] = toSteps[axis];
        }
    }

    private void copy(long start, long target) {
        int last = axes - 1;
        if (axes == 0) {
            MemorySegment.copy(MEMORY, start, MEMORY, target, width);
        } else if (isDense(last) && extents[last] * width >= LEAST_RUN) {
            copyRuns(0, start, target);
        } else {
            swap(longest(), last);
            long step = fromSteps[last];
            long toStep = toSteps[last];
            for (long done = 0; done < extents[last]; done += PIECE) {
                int count = (int) Math.min(PIECE, extents[last] - done);
                copyPiece(0, start + done * step, target + done * toStep, count);
            }
        }
    }

    private boolean isDense(int axis) {
        return fromSteps[axis] == width && toSteps[axis] == width;
    }

    private void copyRuns(int axis, long start, long target) {
        if (axis == axes - 1) {
            MemorySegment.copy(MEMORY, start, MEMORY, target, extents[axis] * width);
            return;
        }
        for (long i = 0; i < extents[axis]; i++) {
            copyRuns(axis + 1, start + i * fromSteps[axis], target + i * toSteps[axis]);
        }
    }

    /// The longest axis with elements side by side in one tensor, or the longest of all.
    private int longest() {
        int found = 0;
        for (int axis = 1; axis < axes; axis++) {
            boolean better = isBeside(axis) && !isBeside(found);
            boolean longer = extents[axis] >= extents[found];
            if (better || longer && isBeside(axis) == isBeside(found)) {
                found = axis;
            }
        }
        return found;
    }

    private boolean isBeside(int axis) {
        return fromSteps[axis] == width != (toSteps[axis] == width);
    }

    private void swap(int axis, int other) {
        for (var each : new long[][] {extents, fromSteps, toSteps}) {
            long kept = each[axis];
            each[axis] = each[other];
            each[other] = kept;
        }
    }

    private void copyPiece(int axis, long start, long target, int count) {
        if (axis == axes - 1) {
            copyElements(start, fromSteps[axis], target, toSteps[axis], count);
            return;
        }
        for (long i = 0; i < extents[axis]; i++) {
            copyPiece(axis + 1, start + i * fromSteps[axis], target + i * toSteps[axis], count);
        }
    }

    private void copyElements(long start, long step, long target, long toStep, int count) {
        switch (width) {
            case 1 -> copyBytes(start, step, target, toStep, count);
            case 2 -> copyShorts(start, step, target, toStep, count);
            case 4 -> copyInts(start, step, target, toStep, count);
            default -> copyLongs(start, step, target, toStep, count);
        }
    }

    private static void copyBytes(long from, long step, long to, long toStep, int count) {
        for (int i = 0; i < count; i++) {
            MEMORY.set(JAVA_BYTE, to, MEMORY.get(JAVA_BYTE, from));
            from += step;
            to += toStep;
        }
    }

    private static void copyShorts(long from, long step, long to, long toStep, int count) {
        for (int i = 0; i < count; i++) {
            MEMORY.set(JAVA_SHORT_UNALIGNED, to, MEMORY.get(JAVA_SHORT_UNALIGNED, from));
            from += step;
            to += toStep;
        }
    }

    private static void copyInts(long from, long step, long to, long toStep, int count) {
        for (int i = 0; i < count; i++) {
            MEMORY.set(JAVA_INT_UNALIGNED, to, MEMORY.get(JAVA_INT_UNALIGNED, from));
            from += step;
            to += toStep;
        }
    }

    private static void copyLongs(long from, long step, long to, long toStep, int count) {
        for (int i = 0; i < count; i++) {
            MEMORY.set(JAVA_LONG_UNALIGNED, to, MEMORY.get(JAVA_LONG_UNALIGNED, from));
            from += step;
            to += toStep;
        }
    }
}
