package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT16;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.headrace.engine.data.Tensor;
import java.lang.foreign.MemorySegment;

/// Normalizes an image row by row: the work of [Normalize]. One a worker, for its buffers; not safe
/// from two threads.
final class NormalizedRows {
    private final Loops loops;
    private final float[] means;
    private final float[] factors;
    private int channels;
    private float[] mean = {};
    private float[] factor = {};
    private float[] row = {};
    private short[] halves = {};

    /// Normalizes by `(in - means[c]) · factors[c]`; one of each stands for all channels.
    NormalizedRows(Loops loops, float[] means, float[] factors) {
        this.loops = loops;
        this.means = means;
        this.factors = factors;
    }

    /// The loops that it runs.
    Loops loops() {
        return loops;
    }

    /// A row for so many numbers, to be filled and given to [#filling].
    float[] row(int n) {
        row = Loops.atLeast(row, n);
        return row;
    }

    /// Takes the rows of an image and fills the output.
    ///
    /// @param out a float tensor of layout `HWC` or `CHW`
    /// @param rounded whether the rows are rounded to intensities first
    /// @param reversed whether they come with the last pixel first
    Rows filling(Tensor out, boolean rounded, boolean reversed) {
        var filling = new Filling(out, rounded, reversed);
        spread(filling.depth, filling.depth * filling.width);
        return filling;
    }

    /// Fills one image.
    private final class Filling implements Rows {
        private final Tensor out;
        private final MemorySegment segment;
        private final boolean planes;
        private final int depth;
        private final int width;
        private final boolean rounded;
        private final boolean reversed;

        Filling(Tensor out, boolean rounded, boolean reversed) {
            this.out = out;
            this.segment = out.segment();
            this.planes = out.spec().layout().equals("CHW");
            this.depth = (int) out.shape().extent(planes ? 0 : 2);
            this.width = (int) out.shape().extent(planes ? 2 : 1);
            this.rounded = rounded;
            this.reversed = reversed;
        }

        @Override
        public Rows reversed(int channels, int pixels) {
            return new Filling(out, rounded, !reversed);
        }

        @Override
        public void put(int y, float[] numbers) {
            int n = depth * width;
            loops.normalize(numbers, rounded, mean, factor, n);
            boolean half = out.type() == FLOAT16;
            long plane = planes ? out.shape().extent(1) * width : 0;
            if (planes && !half) {
                loops.split(numbers, depth, width, reversed, segment, (long) y * width, plane);
                return;
            }
            if (reversed) {
                Loops.reverse(numbers, depth, width);
            }
            if (!half) {
                MemorySegment.copy(numbers, 0, segment, JAVA_FLOAT_UNALIGNED, 4L * y * n, n);
            } else if (!planes) {
                halve(numbers, 0, 1, n, segment, (long) y * n);
            } else {
                for (int c = 0; c < depth; c++) {
                    halve(numbers, c, depth, width, segment, c * plane + (long) y * width);
                }
            }
        }
    }

    /// Has means and factors lie as the numbers of a row do.
    private void spread(int depth, int n) {
        if (depth == channels && mean.length >= n + Loops.SLACK) {
            return;
        }
        channels = depth;
        mean = Loops.atLeast(mean, n);
        factor = Loops.atLeast(factor, n);
        for (int i = 0; i < mean.length; i++) {
            int c = means.length == 1 ? 0 : i % depth;
            mean[i] = means[c];
            factor[i] = factors[c];
        }
    }

    /// Writes every so many numbers of a row side by side.
    private void halve(float[] numbers, int first, int step, int n, MemorySegment out, long at) {
        if (halves.length < n) {
            halves = new short[n];
        }
        for (int i = 0; i < n; i++) {
            halves[i] = Float.floatToFloat16(numbers[first + i * step]);
        }
        MemorySegment.copy(halves, 0, out, JAVA_SHORT_UNALIGNED, 2 * at, n);
    }
}
