package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT16;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.headrace.engine.data.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Normalizes an image row by row: the work of [Normalize]. One a worker, for its buffers; not safe
/// from two threads.
final class NormalizedRows {
    private final float[] means;
    private final float[] factors;
    private int channels;
    private float[] mean = {};
    private float[] factor = {};
    private short[] halves = {};
    private MemorySegment planesOfRow = MemorySegment.NULL;
    private final Filling filling = new Filling();

    /// Normalizes by `(in - means[c]) · factors[c]`; one of each stands for all channels.
    NormalizedRows(float[] means, float[] factors) {
        this.means = means;
        this.factors = factors;
    }

    /// Takes the rows of an image and fills the output, until the next is begun.
    ///
    /// @param out a float tensor of layout `HWC` or `CHW`
    /// @param rounded whether the rows are rounded to intensities first
    /// @param reversed whether they come with the last pixel first
    Rows filling(Tensor out, Loops loops, boolean rounded, boolean reversed) {
        boolean planes = out.spec().layout().equals("CHW");
        int depth = (int) out.shape().extent(planes ? 0 : 2);
        int width = (int) out.shape().extent(planes ? 2 : 1);
        spread(depth, depth * width);
        filling.its = loops;
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
            if (planes && half) {
                splitHalves(numbers, y, plane);
            } else if (planes) {
                its.split(numbers, depth, width, reversed, segment, (long) y * width, plane);
            } else {
                if (reversed) {
                    Loops.reverse(numbers, depth, width);
                }
                writeRow(numbers, y, n, half);
            }
        }

        /// Splits the row to memory of our own first, and not to an array: the loops that split are
        /// compiled for what lies off-heap.
        private void splitHalves(float[] numbers, int y, long plane) {
            int n = depth * width;
            reserve(n);
            its.split(numbers, depth, width, reversed, planesOfRow, 0, width);
            MemorySegment.copy(planesOfRow, JAVA_FLOAT_UNALIGNED, 0, numbers, 0, n);
            toHalves(numbers, halves, n);
            for (int c = 0; c < depth; c++) {
                long at = 2 * (c * plane + (long) y * width);
                MemorySegment.copy(halves, c * width, segment, JAVA_SHORT_UNALIGNED, at, width);
            }
        }

        private void writeRow(float[] numbers, int y, int n, boolean half) {
            if (half) {
                reserve(n);
                toHalves(numbers, halves, n);
                MemorySegment.copy(halves, 0, segment, JAVA_SHORT_UNALIGNED, 2L * y * n, n);
            } else {
                MemorySegment.copy(numbers, 0, segment, JAVA_FLOAT_UNALIGNED, 4L * y * n, n);
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

    private void reserve(int n) {
        if (!Loops.fits(halves.length, n)) {
            halves = new short[n];
            planesOfRow = Arena.ofAuto().allocate(4L * n, 64);
        }
    }

    private static void toHalves(float[] in, short[] out, int n) {
        for (int i = 0; i < n; i++) {
            out[i] = Float.floatToFloat16(in[i]);
        }
    }
}
