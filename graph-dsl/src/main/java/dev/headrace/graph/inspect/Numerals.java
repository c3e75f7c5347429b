package dev.headrace.graph.inspect;

import com.google.common.primitives.ImmutableLongArray;
import java.math.BigDecimal;
import java.math.MathContext;

/// Numbers as people read them.
final class Numerals {
    private static final MathContext THREE_DIGITS = new MathContext(3);
    private static final MathContext FOUR_DIGITS = new MathContext(4);
    private static final String BARS = "▁▂▃▄▅▆▇█";

    private Numerals() {}

    /// In full if it is whole and has at most 20 digits, else with four significant digits.
    static String text(BigDecimal number) {
        if (number.signum() == 0) {
            return "0";
        }
        var bare = number.stripTrailingZeros();
        if (bare.scale() <= 0 && bare.precision() - bare.scale() <= 20) {
            return bare.toPlainString();
        }
        var rounded = number.round(FOUR_DIGITS).stripTrailingZeros();
        int exponent = rounded.precision() - rounded.scale() - 1;
        return exponent >= -4 && exponent < 6
                ? rounded.toPlainString()
                : rounded.movePointLeft(exponent).stripTrailingZeros().toPlainString()
                        + "e"
                        + exponent;
    }

    /// With three significant digits.
    static String rough(double number) {
        return Double.isFinite(number)
                ? text(new BigDecimal(number).round(THREE_DIGITS))
                : Double.toString(number);
    }

    /// A part of a whole, in whole percents, so that only all is 100 % and only none is 0 %.
    static String percent(long part, long whole) {
        double percent = 100.0 * part / whole;
        if (part > 0 && percent < 1) {
            return "< 1 %";
        }
        return part < whole && percent > 99 ? "> 99 %" : Math.round(percent) + " %";
    }

    /// Bars side by side, the greatest in full; a dot where there is nothing.
    static String bars(ImmutableLongArray counts) {
        long most = counts.stream().max().orElse(0);
        return counts.stream()
                .map(count -> count == 0 ? -1 : (long) Math.ceil(8.0 * count / most) - 1)
                .mapToObj(level -> level < 0 ? "·" : BARS.substring((int) level, (int) level + 1))
                .reduce("", String::concat);
    }
}
