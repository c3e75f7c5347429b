package dev.headrace.engine.data;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

/// What a tensor is, without its bytes. Elements lie densely, the last axis innermost.
///
/// @param type the type of each element
/// @param shape the extents
/// @param layout one letter an axis (`N` samples, `F` frames, `H` rows, `W` columns, `C` channels,
///     others as the user likes), or empty where axes have no names
public record TensorSpec(ElementType type, Shape shape, String layout) {
    /// Specs of images made lately, each at a place by its parts: an operator makes the same ones
    /// sample after sample.
    private static final TensorSpec[] LATELY = new TensorSpec[256];

    public TensorSpec {
        requireNonNull(type, "type");
        requireNonNull(shape, "shape");
        checkArgument(
                layout.isEmpty() || layout.length() == shape.rank(),
                "layout %s has %s axes, shape %s has %s",
                layout,
                layout.length(),
                shape,
                shape.rank());
    }

    /// A spec of these parts.
    ///
    /// @param layout one letter an axis, or empty
    public static TensorSpec of(ElementType type, String layout, long... extents) {
        return new TensorSpec(type, Shape.of(extents), layout);
    }

    /// The spec of a row.
    ///
    /// @param layout one letter, or empty
    public static TensorSpec of(ElementType type, String layout, long length) {
        return new TensorSpec(type, Shape.of(length), layout);
    }

    /// The spec of an image, or of anything else with three axes.
    ///
    /// @param layout one letter an axis, or empty
    public static TensorSpec of(
            ElementType type, String layout, long outer, long middle, long inner) {
        long mixed = ((outer * 31 + middle) * 31 + inner) * 31 + type.ordinal();
        int place = (int) mixed & LATELY.length - 1;
        var known = LATELY[place];
        if (known == null
                || known.type != type
                || !known.layout.equals(layout)
                || !known.shape.is(outer, middle, inner)) {
            known = new TensorSpec(type, Shape.of(outer, middle, inner), layout);
            LATELY[place] = known;
        }
        return known;
    }

    /// A single number.
    public static TensorSpec scalar(ElementType type) {
        return new TensorSpec(type, Shape.SCALAR, "");
    }

    /// Bytes of the whole tensor.
    public long bytes() {
        return shape.volume() * type.bytes();
    }

    /// Number of axes.
    public int rank() {
        return shape.rank();
    }

    /// The axis of this letter, counted from the outermost, or -1.
    public int axis(char letter) {
        return layout.indexOf(letter);
    }

    /// Extent along the axis of this letter.
    ///
    /// @throws IllegalArgumentException if no axis has it
    public long extent(char letter) {
        int axis = axis(letter);
        checkArgument(axis >= 0, "%s has no axis %s", this, letter);
        return shape.extent(axis);
    }

    /// The same with another element type.
    public TensorSpec withType(ElementType other) {
        return other == type ? this : new TensorSpec(other, shape, layout);
    }

    /// The same with another shape, of the same rank unless there is no layout.
    public TensorSpec withShape(Shape other) {
        return new TensorSpec(type, other, layout);
    }

    /// The same with another extent at one axis.
    public TensorSpec withExtent(int axis, long extent) {
        var changed = shape.withExtent(axis, extent);
        return changed == shape ? this : new TensorSpec(type, changed, layout);
    }

    /// The same with another layout.
    public TensorSpec withLayout(String other) {
        return new TensorSpec(type, shape, other);
    }

    /// The spec of `count` such tensors in one block; a layout gains a leading `N`.
    public TensorSpec stacked(long count) {
        return new TensorSpec(
                type,
                shape.stacked(count),
                layout.isEmpty() || layout.indexOf('N') >= 0 ? "" : "N" + layout);
    }

    /// As in `UINT8 HWC 480×640×3`.
    @Override
    public String toString() {
        return type + (layout.isEmpty() ? " " : " " + layout + " ") + shape;
    }
}
