package dev.headrace.benchmarks;

import java.util.List;
import java.util.Locale;

/// A median with the least and the greatest.
record Spread(double median, double least, double greatest) {
    static Spread of(List<Double> values) {
        var sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /// Samples a second.
    static Spread perSecond(List<Side.Rate> rates) {
        return of(rates.stream().map(Side.Rate::perSecond).toList());
    }

    /// To be read.
    ///
    /// @param number how one number is written
    String text(String number) {
        return String.format(
                Locale.ROOT,
                number + " (" + number + " to " + number + ")",
                median,
                least,
                greatest);
    }
}
