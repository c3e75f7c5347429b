package dev.headrace.operators.tensor;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Tensor;
import java.lang.foreign.MemorySegment;

/// Copies a box of elements from one tensor into another, each with its own steps along the axes.
/// What lies in one piece on both sides is copied in one piece.
public final class Strided {
    private final MemorySegment from;
    private final long[] fromSteps;
    private final MemorySegment to;
    private final long[] toSteps;
    private final long[] extents;
    private final int width;
    private final int loops;
    private final long run;

    private Strided(
            MemorySegment from,
            long[] fromSteps,
            MemorySegment to,
            long[] toSteps,
            long[] extents,
            int width) {
        this.from = from;
        this.fromSteps = fromSteps;
        this.to = to;
        this.toSteps = toSteps;
        this.extents = extents;
        this.width = width;
        int outer = extents.length;
        long dense = width;
        while (outer > 0 && fromSteps[outer - 1] == dense && toSteps[outer - 1] == dense) {
            dense *= extents[--outer];
        }
        loops = outer;
        run = dense;
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
        new Strided(from, fromSteps, to, toSteps, extents, width).copy(0, start, target);
    }

    /// Copies a tensor of any strides into a dense one of the same extents.
    ///
    /// @param from memory that holds it
    /// @param start of its first element in `from`, in bytes
    /// @param fromSteps bytes from one element to the next, along each axis; also 0 or negative
    public static void copy(MemorySegment from, long start, long[] fromSteps, Tensor to) {
        int width = to.type().bytes();
        var toSteps = steps(to.shape(), width);
        copy(from, start, fromSteps, to.segment(), 0, toSteps, to.shape().extents(), width);
    }

    /// Bytes from one element to the next along each axis of a dense tensor.
    static long[] steps(Shape shape, int width) {
        var steps = new long[shape.rank()];
        long step = width;
        for (int axis = steps.length - 1; axis >= 0; axis--) {
            steps[axis] = step;
            step *= shape.extent(axis);
        }
        return steps;
    }

    private void copy(int axis, long start, long target) {
        if (axis == loops) {
            MemorySegment.copy(from, start, to, target, run);
        } else if (axis == loops - 1 && run == width) {
            copyElements(start, fromSteps[axis], target, toSteps[axis], extents[axis]);
        } else {
            for (long i = 0; i < extents[axis]; i++) {
                copy(axis + 1, start + i * fromSteps[axis], target + i * toSteps[axis]);
            }
        }
    }

    private void copyElements(long start, long step, long target, long toStep, long count) {
        switch (width) {
            case 1 -> {
                for (long i = 0; i < count; i++) {
                    to.set(JAVA_BYTE, target + i * toStep, from.get(JAVA_BYTE, start + i * step));
                }
            }
            case 2 -> {
                for (long i = 0; i < count; i++) {
                    short element = from.get(JAVA_SHORT_UNALIGNED, start + i * step);
                    to.set(JAVA_SHORT_UNALIGNED, target + i * toStep, element);
                }
            }
            case 4 -> {
                for (long i = 0; i < count; i++) {
                    int element = from.get(JAVA_INT_UNALIGNED, start + i * step);
                    to.set(JAVA_INT_UNALIGNED, target + i * toStep, element);
                }
            }
            default -> {
                for (long i = 0; i < count; i++) {
                    long element = from.get(JAVA_LONG_UNALIGNED, start + i * step);
                    to.set(JAVA_LONG_UNALIGNED, target + i * toStep, element);
                }
            }
        }
    }
}
