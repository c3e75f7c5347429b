package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Context;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;

/// Resizes a window of an image, reading no pixel outside it.
///
/// Row by row of the output: the rows of the window that make it are added up with their weights,
/// then the columns of that one row, in `float32` all the way. One a worker, for its buffers and
/// its tables of weights; not safe from two threads.
final class Resampler {
    /// How many numbers the kept tables may hold: {@value}, about 1 MiB.
    static final int TABLE_LIMIT = 1 << 18;

    /// How many rows of the window are kept at once: {@value}. More taps than that are right too,
    /// but slower.
    private static final int SLOTS = 16;

    /// How many numbers a row may have, of the window or of the output: {@value}.
    static final int ROW_LIMIT = 1 << 26;

    /// The most pixels of an output: {@value}, as many as are decoded by default.
    static final long MOST_PIXELS = 100_000_000;

    private record Extents(int in, int out, Filter filter, boolean antialias) {}

    private final LinkedHashMap<Extents, Taps> tables = new LinkedHashMap<>(16, 0.75f, true);
    private int tableSize;
    private final int[] rowIn = new int[SLOTS];
    private byte[] rows = {};
    private float[] row = {};
    private float[] result = {};

    Resampler() {}

    /// The worker's own.
    static Resampler of(Context context) {
        return context.keep(Resampler.class, Resampler::new);
    }

    /// Checks what an operator that resizes is asked for.
    ///
    /// @throws IllegalArgumentException if it cannot be done
    static void checkOutput(int height, int width, Filter filter, ElementType type) {
        checkArgument(height >= 1 && width >= 1, "cannot resize to %s×%s", height, width);
        checkArgument(
                (long) height * width <= MOST_PIXELS,
                "cannot resize to %s×%s, more than %s pixels",
                height,
                width,
                MOST_PIXELS);
        checkArgument(filter != null, "filter is missing");
        checkArgument(
                type == UINT8 || type == FLOAT32, "resizing gives UINT8 or FLOAT32, not %s", type);
    }

    /// Fills `out` with the window's pixels.
    ///
    /// @param in `UINT8` `HWC`, with the window in it
    /// @param out `UINT8` or `FLOAT32` `HWC` of the same number of channels
    ///
    /// @throws BadSample if a row is longer than [#ROW_LIMIT]
    void run(Tensor in, Window window, Tensor out, Filter filter, boolean antialias) {
        int channels = rowLength(in.shape().extent(2), 1);
        int width = rowLength(window.width(), channels);
        int outHeight = (int) out.shape().extent(0);
        int outWidth = rowLength(out.shape().extent(1), channels);
        var down = taps(window.height(), outHeight, filter, antialias);
        var across = taps(window.width(), outWidth / channels, filter, antialias);
        reserve(width, across.count() * channels, outWidth);

        var from = in.segment();
        var to = out.segment();
        long stride = in.shape().extent(1) * channels;
        long corner = window.y() * stride + (long) window.x() * channels;
        for (int y = 0; y < outHeight; y++) {
            Arrays.fill(row, 0, width, ResampleLoops.BIAS); // the weights add up to 1
            for (int k = 0; k < down.count(); k += 2) {
                int a = Math.min(down.first()[y] + k, window.height() - 1);
                int b = Math.min(a + 1, window.height() - 1);
                int w = y * down.count() + k;
                ResampleLoops.addRows(
                        rows,
                        slot(from, corner, stride, a, width),
                        slot(from, corner, stride, b, width),
                        down.weights()[w],
                        down.weights()[w + 1],
                        row,
                        width);
            }
            Arrays.fill(result, 0, outWidth, 0);
            addColumns(across, channels);
            if (out.type() == UINT8) {
                ResampleLoops.round(result, to, (long) y * outWidth, outWidth);
            } else {
                MemorySegment.copy(
                        result, 0, to, JAVA_FLOAT_UNALIGNED, 4L * y * outWidth, outWidth);
            }
        }
    }

    private static int rowLength(long pixels, long channels) {
        long length = pixels * channels;
        if (length > ROW_LIMIT) {
            throw new BadSample(
                    "a row of " + length + " numbers is too long to resize: over " + ROW_LIMIT);
        }
        return (int) length;
    }

    private void addColumns(Taps taps, int channels) {
        int k = 0;
        for (; channels == 3 && k + 4 <= taps.count(); k += 4) {
            ResampleLoops.addFours3(row, taps, k, result);
        }
        for (; channels == 3 && k < taps.count(); k += 2) {
            ResampleLoops.addPairs3(row, taps, k, result);
        }
        for (; k < taps.count(); k += 2) {
            for (int channel = 0; channel < channels; channel++) {
                ResampleLoops.addPairs(row, taps, k, result, channel, channels);
            }
        }
    }

    /// Where a row of the window lies in `rows`, brought there if need be.
    private int slot(MemorySegment from, long corner, long stride, int y, int width) {
        int slot = y % SLOTS;
        if (rowIn[slot] != y) {
            ResampleLoops.bias(from, corner + y * stride, rows, slot * width, width);
            rowIn[slot] = y;
        }
        return slot * width;
    }

    private void reserve(int width, int pastEnd, int outWidth) {
        Arrays.fill(rowIn, -1);
        if (rows.length < SLOTS * width) {
            rows = new byte[SLOTS * width];
        }
        if (row.length < width + pastEnd) {
            row = new float[width + pastEnd];
        }
        Arrays.fill(row, width, width + pastEnd, 0); // read with weight 0
        if (result.length < outWidth) {
            result = new float[outWidth];
        }
    }

    /// How many numbers the kept tables hold.
    int tableSize() {
        return tableSize;
    }

    private Taps taps(int in, int out, Filter filter, boolean antialias) {
        var extents = new Extents(in, out, filter, antialias);
        var known = tables.get(extents);
        if (known != null) {
            return known;
        }
        var made = Taps.of(in, out, filter, antialias);
        tableSize += made.size();
        while (tableSize > TABLE_LIMIT && !tables.isEmpty()) {
            tableSize -= tables.pollFirstEntry().getValue().size();
        }
        tables.put(extents, made);
        return made;
    }
}
