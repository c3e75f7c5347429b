package dev.headrace.engine.data;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import java.util.stream.Collectors;

/// The extents of a tensor, outermost first. Immutable. Rank 0 is a single number.
public final class Shape {
    /// The highest rank: {@value}.
    public static final int MAX_RANK = 64;

    private static final long MAX_VOLUME = 1L << 56;

    /// The shape of a single number.
    public static final Shape SCALAR = new Shape(new long[0], 1);

    private final long[] extents;
    private final long volume;

    private Shape(long[] extents, long volume) {
        this.extents = extents;
        this.volume = volume;
    }

    /// A shape of these extents.
    ///
    /// @throws IllegalArgumentException if an extent is negative, there are more than
    ///     [#MAX_RANK], or their product exceeds 2^56
    public static Shape of(long... extents) {
        return extents.length == 0 ? SCALAR : checked(extents.clone());
    }

    /// The shape of a row.
    ///
    /// @throws IllegalArgumentException as that of any number of extents
    public static Shape of(long length) {
        return checked(new long[] {length});
    }

    /// The shape of an image, or of anything else with three axes.
    ///
    /// @throws IllegalArgumentException as that of any number of extents
    public static Shape of(long outer, long middle, long inner) {
        return checked(new long[] {outer, middle, inner});
    }

    private static Shape checked(long[] extents) {
        checkArgument(extents.length <= MAX_RANK, "rank %s is above %s", extents.length, MAX_RANK);
        long volume = 1;
        boolean empty = false;
        for (long extent : extents) {
            if (extent < 0) {
                throw new IllegalArgumentException("negative extent in " + new Shape(extents, 0));
            }
            empty |= extent == 0;
        }
        for (int axis = 0; axis < extents.length && !empty; axis++) {
            if (extents[axis] > MAX_VOLUME / volume) {
                throw new IllegalArgumentException(
                        "shape " + new Shape(extents, 0) + " has too many elements");
            }
            volume *= extents[axis];
        }
        return new Shape(extents, empty ? 0 : volume);
    }

    /// Whether it has these three extents.
    boolean is(long outer, long middle, long inner) {
        return extents.length == 3
                && extents[0] == outer
                && extents[1] == middle
                && extents[2] == inner;
    }

    /// Number of axes.
    public int rank() {
        return extents.length;
    }

    /// Extent of an axis, counted from the outermost.
    ///
    /// @throws IndexOutOfBoundsException if there is no such axis
    public long extent(int axis) {
        return extents[axis];
    }

    /// Number of elements: the product of the extents, 1 for rank 0.
    public long volume() {
        return volume;
    }

    /// A copy of the extents.
    public long[] extents() {
        return extents.clone();
    }

    /// The same shape with another extent at one axis.
    public Shape withExtent(int axis, long extent) {
        if (extents[axis] == extent) {
            return this;
        }
        var changed = extents.clone();
        changed[axis] = extent;
        return checked(changed);
    }

    /// The shape of `count` such tensors in one block.
    public Shape stacked(long count) {
        var stacked = new long[extents.length + 1];
        stacked[0] = count;
        System.arraycopy(extents, 0, stacked, 1, extents.length);
        return checked(stacked);
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof Shape shape && Arrays.equals(extents, shape.extents));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(extents);
    }

    /// The extents with × between them, as in `480×640×3`; `scalar` for rank 0.
    @Override
    public String toString() {
        return extents.length == 0
                ? "scalar"
                : Arrays.stream(extents).mapToObj(Long::toString).collect(Collectors.joining("×"));
    }
}
