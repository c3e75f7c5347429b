package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT16;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.headrace.engine.data.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;

/// Normalizes an image row by row: the work of [Normalize]. One a worker, for its buffers; not safe
/// from two threads.
final class NormalizedRows {
    private final Supplier<Loops> loops;
    private final float[] means;
    private final float[] factors;
    private int channels;
    private float[] mean = {};
    private float[] factor = {};
    private float[] row = {};
    private short[] halves = {};
    private final Filling filling = new Filling();

    /// Normalizes by `(in - means[c]) · factors[c]`; one of each stands for all channels.
    NormalizedRows(Supplier<Loops> loops, float[] means, float[] factors) {
        this.loops = loops;
        this.means = means;
        this.factors = factors;
    }

    /// The loops that it runs now.
    Loops loops() {
        return loops.get();
    }

    /// A row for so many numbers, to be filled and given to [#filling].
    float[] row(int n) {
        row = Loops.atLeast(row, n);
        return row;
    }

    /// Takes the rows of an image and fills the output, until the next is begun.
    ///
    /// @param out a float tensor of layout `HWC` or `CHW`
    /// @param rounded whether the rows are rounded to intensities first
    /// @param reversed whether they come with the last pixel first
    Rows filling(Tensor out, boolean rounded, boolean reversed) {
        boolean planes = out.spec().layout().equals("CHW");
        int depth = (int) out.shape().extent(planes ? 0 : 2);
        int width = (int) out.shape().extent(planes ? 2 : 1);
        spread(depth, depth * width);
        filling.its = loops.get();
        filling.out = out;
        filling.segment = out.segment();
        filling.planes = planes;
        filling.depth = depth;
        filling.width = width;
        filling.rounded = rounded;
        filling.reversed = reversed;
        return filling;
    }

    /// Fills one image after the other.
    private final class Filling implements Rows {
        private Loops its;
        private Tensor out;
        private MemorySegment segment;
        private boolean planes;
        private int depth;
        private int width;
        private boolean rounded;
        private boolean reversed;

        @Override
        public Rows reversed(int channels, int pixels) {
            reversed = !reversed;
            return this;
        }

        @Override
        public void put(int y, float[] numbers) {
            int n = depth * width;
            its.normalize(numbers, rounded, mean, factor, n);
            boolean half = out.type() == FLOAT16;
            long plane = planes ? out.shape().extent(1) * width : 0;
            if (planes && !half) {
                its.split(numbers, depth, width, reversed, segment, (long) y * width, plane);
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
        if (depth == channels && Loops.fits(mean.length, n + Loops.SLACK)) {
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
        if (!Loops.fits(halves.length, n)) {
            halves = new short[n];
        }
        for (int i = 0; i < n; i++) {
            halves[i] = Float.floatToFloat16(numbers[first + i * step]);
        }
        MemorySegment.copy(halves, 0, out, JAVA_SHORT_UNALIGNED, 2 * at, n);
    }
}
