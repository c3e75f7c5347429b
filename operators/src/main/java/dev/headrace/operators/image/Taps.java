package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;

/// Which pixels of a row make each pixel of a resized row, and with what weights.
///
/// Pixel `i` of `out` has its centre at `(i + 1/2) · in / out` of the input's length; pixel `j` of
/// the input has its own at `j + 1/2`. Each pixel has the same even number of taps, those not
/// needed with weight 0; they may lie beyond the row's end.
final class Taps {
    private final int count;
    private final int[] first;
    private final float[] weights;

    private Taps(int count, int out) {
        this.count = count;
        this.first = new int[out];
        this.weights = new float[Math.multiplyExact(count, out)];
    }

    /// The taps from rows of `in` to rows of `out` pixels.
    ///
    /// @param antialias whether the filter grows as the row shrinks. If so, weights beyond the ends
    ///     are dropped and the others add up to 1 by themselves, as in Pillow; if not, pixels
    ///     at the ends are repeated, as in DALI
    static Taps of(int in, int out, Filter filter, boolean antialias) {
        checkArgument(in > 0 && out > 0, "cannot resize %s pixels to %s", in, out);
        return filter == Filter.NEAREST ? nearest(in, out) : filtered(in, out, filter, antialias);
    }

    /// In whole numbers: a centre that lies on the border of two pixels takes the latter, always.
    private static Taps nearest(int in, int out) {
        var taps = new Taps(2, out);
        for (int i = 0; i < out; i++) {
            taps.first[i] = (int) ((2L * i + 1) * in / (2L * out));
            taps.weights[2 * i] = 1;
        }
        return taps;
    }

    private static Taps filtered(int in, int out, Filter filter, boolean antialias) {
        double scale = (double) in / out;
        double stretch = antialias ? Math.max(1, scale) : 1;
        double reach = filter.radius() * stretch;
        int reached = (int) Math.ceil(2 * reach);
        int needed = Math.min(in, reached);
        var taps = new Taps(needed + (needed & 1), out);
        var weights = new double[taps.count];
        for (int i = 0; i < out; i++) {
            double centre = (i + 0.5) * scale;
            int low = (int) Math.floor(centre - reach + 0.5);
            int high = Math.min(low + reached, (int) Math.floor(centre + reach + 0.5));
            int first = Math.clamp(low, 0, in - 1);
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

    /// How many taps each pixel has: even, at least 2.
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
