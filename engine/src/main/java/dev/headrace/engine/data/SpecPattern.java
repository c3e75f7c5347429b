package dev.headrace.engine.data;

import com.google.common.primitives.ImmutableLongArray;
import java.util.Objects;
import java.util.Optional;

/// What is known of a tensor's spec before there is data: each part known or open.
///
/// Immutable. Propagated through a graph while it is built, it finds wrong graphs, presizes memory
/// and labels drawings.
public final class SpecPattern {
    /// The extent of an axis that is not known.
    public static final long ANY = -1;

    /// Nothing is known.
    public static final SpecPattern OPEN = new SpecPattern(null, null, null);

    private final ElementType type;
    private final String layout;
    private final ImmutableLongArray extents;

    private SpecPattern(ElementType type, String layout, ImmutableLongArray extents) {
        this.type = type;
        this.layout = layout;
        this.extents = extents;
    }

    /// All is known.
    public static SpecPattern exactly(TensorSpec spec) {
        return new SpecPattern(
                spec.type(), spec.layout(), ImmutableLongArray.copyOf(spec.shape().extents()));
    }

    /// All but some extents is known.
    ///
    /// @param extents [#ANY] where open
    public static SpecPattern of(ElementType type, String layout, long... extents) {
        return OPEN.withType(type).withLayout(layout).withExtents(extents);
    }

    /// The same with a known element type.
    public SpecPattern withType(ElementType known) {
        return new SpecPattern(known, layout, extents);
    }

    /// The same with a known layout, empty for none.
    public SpecPattern withLayout(String known) {
        return new SpecPattern(type, known, extents);
    }

    /// The same with a known rank and these extents, [#ANY] where open.
    public SpecPattern withExtents(long... known) {
        return new SpecPattern(type, layout, ImmutableLongArray.copyOf(known));
    }

    /// The same with another extent at one axis, if the rank is known; else this.
    public SpecPattern withExtent(int axis, long known) {
        if (extents == null || axis < 0 || axis >= extents.length()) {
            return this;
        }
        var changed = extents.toArray();
        changed[axis] = known;
        return withExtents(changed);
    }

    /// The same with rank and extents open.
    public SpecPattern withOpenShape() {
        return new SpecPattern(type, layout, null);
    }

    /// The element type, if known.
    public Optional<ElementType> type() {
        return Optional.ofNullable(type);
    }

    /// The layout, if known; empty text where it is known that there is none.
    public Optional<String> layout() {
        return Optional.ofNullable(layout);
    }

    /// The number of axes, or -1 if open.
    public int rank() {
        return extents == null ? -1 : extents.length();
    }

    /// The extent of an axis, or [#ANY]; also where the rank is open.
    public long extent(int axis) {
        return extents == null || axis >= extents.length() ? ANY : extents.get(axis);
    }

    /// The extent of the axis of this letter, or [#ANY].
    public long extent(char letter) {
        int axis = layout == null ? -1 : layout.indexOf(letter);
        return axis < 0 ? ANY : extent(axis);
    }

    /// The spec, if all is known.
    public Optional<TensorSpec> exact() {
        if (type == null || layout == null || extents == null || extents.contains(ANY)) {
            return Optional.empty();
        }
        return Optional.of(new TensorSpec(type, Shape.of(extents.toArray()), layout));
    }

    /// Whether a spec is of this pattern.
    public boolean admits(TensorSpec spec) {
        if ((type != null && type != spec.type())
                || (layout != null && !layout.equals(spec.layout()))
                || (extents != null && extents.length() != spec.rank())) {
            return false;
        }
        for (int axis = 0; extents != null && axis < extents.length(); axis++) {
            if (extents.get(axis) != ANY && extents.get(axis) != spec.shape().extent(axis)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SpecPattern pattern
                && type == pattern.type
                && Objects.equals(layout, pattern.layout)
                && Objects.equals(extents, pattern.extents);
    }

    @Override
    public int hashCode() {
        return Objects.hash(type, layout, extents);
    }

    /// As a spec, with `?` for what is open: `UINT8 HWC ?×?×3`; `?` alone if nothing is known, or
    /// only that there is no layout.
    @Override
    public String toString() {
        if (type == null && (layout == null || layout.isEmpty()) && extents == null) {
            return "?";
        }
        var text = new StringBuilder(type == null ? "?" : type.name());
        if (layout == null || !layout.isEmpty()) {
            text.append(' ').append(layout == null ? "?" : layout);
        }
        text.append(' ');
        if (extents == null) {
            text.append("?");
        } else if (extents.isEmpty()) {
            text.append("scalar");
        }
        for (int axis = 0; extents != null && axis < extents.length(); axis++) {
            text.append(axis == 0 ? "" : "×")
                    .append(extents.get(axis) == ANY ? "?" : Long.toString(extents.get(axis)));
        }
        return text.toString();
    }
}
