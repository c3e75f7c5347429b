package dev.headrace.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// A median with the least and the greatest.
record Spread(double median, double least, double greatest) {
    static Spread of(List<Double> values) {
        var sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        double median =
                sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /// One divided by the other, round by round.
    static Spread ofRatios(List<Double> one, List<Double> other) {
        return of(IntStream.range(0, one.size()).mapToObj(i -> one.get(i) / other.get(i)).toList());
    }

    /// Samples a second.
    static Spread perSecond(List<Side.Rate> rates) {
        return of(rates.stream().map(Side.Rate::perSecond).toList());
    }

    /// To be read; what did not vary is one number.
    ///
    /// @param number how one number is written
    String text(String number) {
        if (least == greatest) {
            return String.format(Locale.ROOT, number, median);
        }
        return String.format(
                Locale.ROOT,
                number + " (" + number + " to " + number + ")",
                median,
                least,
                greatest);
    }
}
