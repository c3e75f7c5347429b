package dev.headrace.engine.random;

/// Normally distributed numbers, made of sums, products, quotients and square roots alone, each
/// rounded by itself: so a device that rounds each too computes the same bits (`Gaussian.cuh`).
///
/// Source of the formula: G. Box and M. Muller, "A Note on the Generation of Random Normal
/// Deviates", 1958, the cosine form. Pure; safe from any thread.
public final class Gaussian {
    private static final double ROOT_2 = 1.4142135623730951;
    private static final double LOG_2 = 0.6931471805599453;
    private static final double TURN = 6.283185307179586;

    /// The last powers of the series below, whose rest is less than half of a last bit.
    private static final int LAST_OF_LOG = 23;

    private static final int LAST_OF_COSINE = 16;
    private static final int LAST_OF_SINE = 17;

    private Gaussian() {}

    /// One of mean 0 and standard deviation 1.
    ///
    /// @param one drawn evenly from 0 (inclusive) to 1 (exclusive), a multiple of 2^-53
    /// @param other likewise
    public static double of(double one, double other) {
        return Math.sqrt(-2 * log(1 - one)) * cosine(other);
    }

    /// The natural logarithm: of `m · 2^e`, with m around 1, it is that of m and e times that of 2.
    /// With `s = (m - 1) / (m + 1)` that of m is `2 (s + s³/3 + s⁵/5 + …)`.
    ///
    /// @param number from 2^-53 to 1
    public static double log(double number) {
        int exponent = Math.getExponent(number);
        double m = number * Math.scalb(1.0, -exponent);
        if (m > ROOT_2) {
            m = m / 2;
            exponent = exponent + 1;
        }
        double s = (m - 1) / (m + 1);
        double square = s * s;
        double sum = 0;
        for (int power = LAST_OF_LOG; power > 0; power -= 2) {
            sum = sum * square + 1.0 / power;
        }
        return exponent * LOG_2 + 2 * s * sum;
    }

    /// The cosine of a part of a turn: up to its sign the cosine or the sine of how far that is
    /// from the nearest quarter, by their series around 0.
    ///
    /// @param turns from 0 to 1
    public static double cosine(double turns) {
        int quarter = (int) (4 * turns + 0.5);
        double angle = TURN * (turns - 0.25 * quarter);
        double square = angle * angle;
        boolean even = quarter % 2 == 0;
        double sum = 1;
        for (int power = even ? LAST_OF_COSINE : LAST_OF_SINE; power > 1; power -= 2) {
            sum = 1 - sum * square * (1.0 / (power * (power - 1)));
        }
        double size = even ? sum : sum * angle;
        return quarter == 1 || quarter == 2 ? -size : size;
    }
}
