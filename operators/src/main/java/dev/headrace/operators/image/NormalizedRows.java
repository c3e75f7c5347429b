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

    /// Takes the rows of an image and fills the output, a float tensor of layout `HWC` or `CHW`.
    ///
    /// @param rounded whether they are rounded to intensities first
    /// @param reversed whether the last pixel of each row comes first
    Rows filling(Tensor out, boolean rounded, boolean reversed) {
        boolean planes = out.spec().layout().equals("CHW");
        int depth = (int) out.shape().extent(planes ? 0 : 2);
        int height = (int) out.shape().extent(planes ? 1 : 0);
        int width = (int) out.shape().extent(planes ? 2 : 1);
        int n = depth * width;
        spread(depth, n);
        var to = out.segment();
        boolean half = out.type() == FLOAT16;
        return (y, numbers) -> {
            loops.normalize(numbers, rounded, mean, factor, n);
            if (planes && !half) {
                long at = (long) y * width;
                loops.split(numbers, depth, width, reversed, to, at, (long) height * width);
                return;
            }
            if (reversed) {
                Loops.reverse(numbers, depth, width);
            }
            if (!half) {
                MemorySegment.copy(numbers, 0, to, JAVA_FLOAT_UNALIGNED, 4L * y * n, n);
            } else if (!planes) {
                halve(numbers, 0, 1, n, to, (long) y * n);
            } else {
                for (int c = 0; c < depth; c++) {
                    halve(numbers, c, depth, width, to, ((long) c * height + y) * width);
                }
            }
        };
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
