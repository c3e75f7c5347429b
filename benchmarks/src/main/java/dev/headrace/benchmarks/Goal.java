package dev.headrace.benchmarks;

import java.util.Locale;

/// What a figure is to reach.
///
/// @param atLeast whether it is to be so much or more, rather than so much or less
/// @param bound so much
record Goal(boolean atLeast, double bound) {
    static Goal atLeast(double bound) {
        return new Goal(true, bound);
    }

    static Goal atMost(double bound) {
        return new Goal(false, bound);
    }

    boolean isReached(double value) {
        return atLeast ? value >= bound : value <= bound;
    }

    /// How far a value is on the way to the goal, which is at 1; more is better.
    double share(double value) {
        if (value == bound) {
            return 1; // of 0, none may be had and none was had
        }
        if (atLeast) {
            return value / bound;
        }
        return value > 0 ? bound / value : Double.POSITIVE_INFINITY;
    }

    /// To be read, as in `≥ 2.50`.
    ///
    /// @param number how one number is written
    String text(String number) {
        return (atLeast ? "≥ " : "≤ ") + String.format(Locale.ROOT, number, bound);
    }
}
