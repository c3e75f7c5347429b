package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;

/// Which pixels of a row make each pixel of a resized row, and with what weights.
///
/// The row is seen through a span that may begin and end within a pixel. Pixel `i` of `out` has its
/// centre at `start + (i + 1/2) · length / out`; pixel `j` of the row has its own at `j + 1/2`.
/// Each
/// pixel has the same number of taps, those not needed with weight 0; none lies beyond the row.
final class Taps {
    private final int count;
    private final int[] first;
    private final float[] weights;

    /// A span of a row.
    ///
    /// @param pixels of the row, at least 1
    /// @param start where the span begins, in units of 1 / `unit` pixel, from the row's beginning
    /// @param length of the span in the same units, above 0; it ends within the row
    /// @param unit how many units are a pixel
    record Span(int pixels, int start, int length, int unit) {
        /// All of a row.
        static Span whole(int pixels) {
            return new Span(pixels, 0, pixels, 1);
        }
    }

    private Taps(int count, int out) {
        this.count = count;
        this.first = new int[out];
        this.weights = new float[Math.multiplyExact(count, out)];
    }

    /// The taps from a span of a row to rows of `out` pixels.
    ///
    /// @param antialias whether the filter grows as the row shrinks. If so, weights beyond the ends
    ///     are dropped and the others add up to 1 by themselves, as in Pillow; if not, pixels
    ///     at the ends are repeated, as in DALI
    static Taps of(Span span, int out, Filter filter, boolean antialias) {
        checkArgument(span.pixels > 0 && out > 0, "cannot resize %s to %s", span, out);
        return filter == Filter.NEAREST
                ? nearest(span, out)
                : filtered(span, out, filter, antialias);
    }

    /// In whole numbers: a centre that lies on the border of two pixels takes the latter, always.
    private static Taps nearest(Span span, int out) {
        var taps = new Taps(1, out);
        for (int i = 0; i < out; i++) {
            long twice = 2L * out * span.start + (2L * i + 1) * span.length;
            taps.first[i] = (int) (twice / (2L * out * span.unit));
            taps.weights[i] = 1;
        }
        return taps;
    }

    private static Taps filtered(Span span, int out, Filter filter, boolean antialias) {
        int in = span.pixels;
        double scale = (double) span.length / span.unit / out;
        double start = (double) span.start / span.unit;
        double stretch = antialias ? Math.max(1, scale) : 1;
        double reach = filter.radius() * stretch;
        int reached = (int) Math.ceil(2 * reach);
        var taps = new Taps(Math.min(in, reached), out);
        var weights = new double[taps.count];
        for (int i = 0; i < out; i++) {
            double centre = start + (i + 0.5) * scale;
            int low = (int) Math.floor(centre - reach + 0.5);
            int high = Math.min(low + reached, (int) Math.floor(centre + reach + 0.5));
            int first = Math.clamp(low, 0, in - taps.count);
            double sum = 0;
            for (int j = low; j < high; j++) {
                boolean inside = j >= 0 && j < in;
                if (inside || !antialias) {
                    double weight = filter.weight((j + 0.5 - centre) / stretch);
                    weights[Math.clamp(j, 0, in - 1) - first] += weight;
                    sum += weight;
                }
            }
            taps.first[i] = first;
            for (int k = 0; k < taps.count; k++) {
                taps.weights[i * taps.count + k] = (float) (weights[k] / sum);
                weights[k] = 0;
            }
        }
        return taps;
    }

    /// How many taps each pixel has, at least 1.
    int count() {
        return count;
    }

    /// The place of each pixel's first tap.
    int[] first() {
        return first;
    }

    /// The weights, pixel after pixel.
    float[] weights() {
        return weights;
    }

    /// How many numbers it holds.
    int size() {
        return first.length + weights.length;
    }
}
