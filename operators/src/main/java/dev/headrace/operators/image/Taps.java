package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;

/// Which pixels of a row make each pixel of a resized row, and with what weights.
///
/// The row is seen through a span that may begin and end within a pixel. Pixel `i` of `out` has its
/// centre at `start + (i + 1/2) · length / out`; pixel `j` of the row has its own at `j + 1/2`.
/// Each pixel has the same number of taps, those not needed with weight 0; none lies beyond the
/// row.
///
/// A table can be filled again, so that its memory serves many.
final class Taps {
    private int out;
    private int count;
    private int[] first = {};
    private float[] weights = {};
    private double[] sums = {};

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

    /// The taps from a span of a row to rows of `out` pixels.
    static Taps of(Span span, int out, Filter filter, boolean antialias) {
        var taps = new Taps();
        taps.fill(span, out, filter, antialias);
        return taps;
    }

    /// Becomes the taps from a span of a row to rows of `out` pixels.
    ///
    /// @param antialias whether the filter grows as the row shrinks. If so, weights beyond the ends
    ///     are dropped and the others add up to 1 by themselves, as in Pillow; if not, pixels
    ///     at the ends are repeated, as in DALI
    void fill(Span span, int out, Filter filter, boolean antialias) {
        checkArgument(span.pixels > 0 && out > 0, "cannot resize %s to %s", span, out);
        if (filter == Filter.NEAREST) {
            reserve(1, out);
            nearest(span);
        } else {
            filtered(span, out, filter, antialias);
        }
    }

    private void reserve(int eachHas, int pixels) {
        count = eachHas;
        out = pixels;
        int numbers = Math.multiplyExact(eachHas, pixels);
        if (first.length < pixels) {
            first = new int[pixels];
        }
        if (weights.length < numbers) {
            weights = new float[numbers];
        }
        if (sums.length < eachHas) {
            sums = new double[eachHas];
        }
    }

    /// In whole numbers: a centre that lies on the border of two pixels takes the latter, always.
    private void nearest(Span span) {
        for (int i = 0; i < out; i++) {
            long twice = 2L * out * span.start + (2L * i + 1) * span.length;
            first[i] = (int) (twice / (2L * out * span.unit));
            weights[i] = 1;
        }
    }

    private void filtered(Span span, int pixels, Filter filter, boolean antialias) {
        int in = span.pixels;
        double scale = (double) span.length / span.unit / pixels;
        double start = (double) span.start / span.unit;
        double stretch = antialias ? Math.max(1, scale) : 1;
        double reach = filter.radius() * stretch;
        int reached = (int) Math.ceil(2 * reach);
        reserve(Math.min(in, reached), pixels);
        for (int i = 0; i < pixels; i++) {
            double centre = start + (i + 0.5) * scale;
            int low = (int) Math.floor(centre - reach + 0.5);
            int high = Math.min(low + reached, (int) Math.floor(centre + reach + 0.5));
            int from = Math.clamp(low, 0, in - count);
            double sum = 0;
            for (int j = low; j < high; j++) {
                boolean inside = j >= 0 && j < in;
                if (inside || !antialias) {
                    double weight = filter.weight((j + 0.5 - centre) / stretch);
                    sums[Math.clamp(j, 0, in - 1) - from] += weight;
                    sum += weight;
                }
            }
            first[i] = from;
            for (int k = 0; k < count; k++) {
                weights[i * count + k] = (float) (sums[k] / sum);
                sums[k] = 0;
            }
        }
    }

    /// How many pixels the resized row has.
    int out() {
        return out;
    }

    /// How many taps each pixel has, at least 1.
    int count() {
        return count;
    }

    /// The place of each pixel's first tap; the array may be longer.
    int[] first() {
        return first;
    }

    /// The weights, pixel after pixel; the array may be longer.
    float[] weights() {
        return weights;
    }

    /// How many numbers it has room for.
    int size() {
        return first.length + weights.length;
    }
}
