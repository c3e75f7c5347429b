package dev.headrace.operators.tensor;

import static com.google.common.base.Preconditions.checkArgument;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;

/// Axes written as text, one character each: a letter of the layout, or a digit, which counts from
/// the outermost axis and needs no layout; all letters or all digits.
final class Axes {
    /// In [#find(char, SpecPattern, String)]: not known yet.
    static final int UNKNOWN = -1;

    private Axes() {}

    /// Checks an operator's argument.
    static String checked(String axes) {
        checkArgument(!axes.isEmpty(), "axes are missing");
        checkArgument(
                axes.chars().allMatch(Character::isLetterOrDigit),
                "axes %s: each is a letter of the layout or a digit",
                axes);
        checkArgument(
                axes.chars().allMatch(Character::isLetter)
                        || axes.chars().allMatch(Character::isDigit),
                "axes %s are partly letters and partly digits", // so one could be there twice
                axes);
        checkArgument(
                axes.chars().distinct().count() == axes.length(), "axes %s: one is twice", axes);
        return axes;
    }

    /// The place of an axis in a tensor.
    static int find(char axis, TensorSpec in, String kind) {
        int place = Character.isDigit(axis) ? Character.digit(axis, 10) : in.axis(axis);
        if (place < 0 || place >= in.rank()) {
            throw new BadSample(refusal(axis, in, kind));
        }
        return place;
    }

    /// The place of an axis in a tensor not seen yet, or [#UNKNOWN].
    static int find(char axis, SpecPattern in, String kind) {
        var layout = in.layout().orElse("");
        int rank = in.rank() >= 0 || layout.isEmpty() ? in.rank() : layout.length();
        if (Character.isDigit(axis)) {
            int place = Character.digit(axis, 10);
            checkArgument(rank < 0 || place < rank, refusal(axis, in, kind));
            return place;
        }
        if (in.layout().isEmpty()) {
            return UNKNOWN;
        }
        checkArgument(layout.indexOf(axis) >= 0, refusal(axis, in, kind));
        return layout.indexOf(axis);
    }

    private static String refusal(char axis, Object in, String kind) {
        return kind + " takes a tensor with an axis " + axis + ", got " + in;
    }
}
