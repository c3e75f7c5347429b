package dev.headrace.operators.image;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableSet;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.Context;
import java.util.Optional;

/// What an operator of this package takes: images of layout `HWC`, in one text for what is known
/// before there is data and for each sample.
///
/// @param operator its name, for messages
/// @param types the element types taken, empty for any
/// @param filled whether there must be a pixel
record ImageInput(String operator, ImmutableSet<ElementType> types, boolean filled) {
    private static final String NO_LAYOUT =
            ", which has no layout; state it where the value is made, as outputLayouts(\"HWC\") of a"
                    + " PythonFunction does";
    private static final String NOT_DECODED =
            "; if these are the bytes of a file, decode them first, as DecodeImage does";

    /// Images of these element types, or of any if none is given.
    static ImageInput of(String operator, ElementType... types) {
        return new ImageInput(operator, ImmutableSet.copyOf(types), false);
    }

    /// Images of these element types with at least one pixel.
    static ImageInput filled(String operator, ElementType... types) {
        return new ImageInput(operator, ImmutableSet.copyOf(types), true);
    }

    /// Refuses a sample that is no such image.
    ///
    /// @throws BadSample if it is not
    void check(TensorSpec in) {
        boolean empty = filled && in.shape().volume() == 0;
        if (!takes(in.type()) || !in.layout().equals("HWC") || empty) {
            throw new BadSample(
                    refusal(in, hint(in.layout(), in.shape().rank(), Optional.of(in.type()))));
        }
    }

    /// Refuses what can be no such image.
    ///
    /// @throws IllegalArgumentException if it cannot
    void check(SpecPattern in) {
        boolean empty = filled && (in.extent(0) == 0 || in.extent(1) == 0 || in.extent(2) == 0);
        boolean fits =
                in.type().map(this::takes).orElse(true)
                        && in.layout().map("HWC"::equals).orElse(true)
                        && (in.rank() < 0 || in.rank() == 3)
                        && !empty;
        if (!fits) {
            throw new IllegalArgumentException(
                    refusal(in, hint(in.layout().orElse("?"), in.rank(), in.type())));
        }
    }

    private boolean takes(ElementType type) {
        return types.isEmpty() || types.contains(type);
    }

    private String refusal(Object in, String hint) {
        var list = types.stream().map(ElementType::name).collect(joining(" or "));
        return operator
                + " takes "
                + (list.isEmpty() ? "" : list + " ")
                + "HWC"
                + (filled ? " of at least one pixel" : "")
                + ", got "
                + in
                + hint;
    }

    /// What to do, where it is plain what was forgotten.
    private static String hint(String layout, int rank, Optional<ElementType> type) {
        if (!layout.isEmpty()) {
            return "";
        }
        return switch (rank) {
            case -1, 3 -> NO_LAYOUT;
            case 1 -> type.equals(Optional.of(ElementType.UINT8)) ? NOT_DECODED : "";
            default -> "";
        };
    }

    /// Checks a constant yes or no when an operator is made.
    ///
    /// @throws IllegalArgumentException if it is neither 0 nor 1
    static Argument checkedFlag(Argument argument, String name) {
        if (argument == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
        if (argument instanceof Constant constant) {
            for (double number : constant.value().numbers()) {
                if (number != 0 && number != 1) {
                    throw new IllegalArgumentException(notAFlag(number, name));
                }
            }
        }
        return argument;
    }

    /// A sample's yes (1) or no (0).
    ///
    /// @throws BadSample if it is neither
    static boolean flag(Context context, Argument argument, String name) {
        double number = context.number(argument);
        if (number != 0 && number != 1) {
            throw new BadSample(notAFlag(number, name));
        }
        return number == 1;
    }

    private static String notAFlag(double number, String name) {
        return name + " " + number + " is neither 0 nor 1";
    }
}
