package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Context;
import dev.headrace.engine.operator.Descriptor;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Resizes a window of an image, reading no pixel outside it; or reads an image as it is.
///
/// Row by row of the output: the rows of the window that make it are added up with their weights,
/// then the columns of that one row, in `float32` all the way. One a worker, for its buffers and
/// its tables of weights; not safe from two threads.
final class Resampler {
    /// How many numbers the kept tables may have room for before the oldest is filled again:
    /// {@value}, about 4 MiB, enough for all windows of photographs of 500×375.
    static final int TABLE_LIMIT = 1 << 20;

    /// How many numbers a row may have, of the window or of the output: {@value}.
    static final int ROW_LIMIT = 1 << 26;

    /// The most pixels of an output: {@value}, as many as are decoded by default.
    static final long MOST_PIXELS = 100_000_000;

    private record Extents(Taps.Span in, int out, Filter filter, boolean antialias) {}

    /// The taps of rows and those of columns.
    private record Both(Taps down, Taps across) {}

    private final LinkedHashMap<Extents, Taps> tables = new LinkedHashMap<>(16, 0.75f, true);
    private int tableSize;
    private final Supplier<Loops> loops;
    private final float[][] rows = {{}, {}};
    private final float[][] results = {{}, {}};
    private float[] whole = {};

    Resampler(Supplier<Loops> loops) {
        this.loops = loops;
    }

    /// The worker's own.
    static Resampler of(Context context) {
        return context.keep(Resampler.class, () -> new Resampler(LoopsChoice.HERE.forWorker()));
    }

    /// The loops that it runs now.
    Loops loops() {
        return loops.get();
    }

    /// Reads an image row by row.
    ///
    /// @param in `H×W×C` of `uint8` or `float32`
    /// @throws BadSample if a row is longer than [#ROW_LIMIT]
    void read(Tensor in, Rows target) {
        int n = rowLength(in.shape().extent(1), in.shape().extent(2));
        whole = Loops.atLeast(whole, n);
        var its = loops.get();
        var from = in.segment();
        for (int y = 0, height = (int) in.shape().extent(0); y < height; y++) {
            if (in.type() == UINT8) {
                its.widen(from, (long) y * n, whole, n);
            } else {
                MemorySegment.copy(from, JAVA_FLOAT_UNALIGNED, 4L * y * n, whole, 0, n);
            }
            target.put(y, whole);
        }
    }

    /// Checks what an operator that resizes is asked for.
    ///
    /// @throws IllegalArgumentException if it cannot be done
    static void checkOutput(int height, int width, Filter filter, ElementType type) {
        checkArgument(height >= 1 && width >= 1, "cannot resize to %s×%s", height, width);
        checkArgument(filter != null, "filter is missing");
        checkArgument(
                type == UINT8 || type == FLOAT32, "resizing gives UINT8 or FLOAT32, not %s", type);
    }

    /// Checks an output that has at least so many pixels.
    ///
    /// @throws IllegalArgumentException if they are too many
    static void checkPixels(int height, int width) {
        checkArgument(
                (long) height * width <= MOST_PIXELS,
                "cannot resize to %s×%s, more than %s pixels",
                height,
                width,
                MOST_PIXELS);
    }

    /// Resizes a window, row by row.
    ///
    /// @param spec of the output, `H×W×C`
    /// @param target gives what takes the rows, not yet rounded; asked when all that may fail here
    ///     is done
    /// @throws BadSample if a row is longer than [#ROW_LIMIT]
    void run(
            Source from,
            TensorSpec spec,
            Filter filter,
            boolean antialias,
            Function<TensorSpec, Rows> target) {
        var both = both(from, spec, filter, antialias);
        var down = both.down();
        var across = both.across();
        int height = down.out();
        int channels = (int) spec.shape().extent(2);
        int n = from.columns().pixels() * channels;
        for (int i = 0; i < 2; i++) {
            rows[i] = Loops.atLeast(rows[i], n);
            results[i] = Loops.atLeast(results[i], across.out() * channels);
        }
        var its = loops.get();
        var out = target.apply(spec);
        var segment = from.pixels().segment();
        long stride = from.stride();
        long corner = from.corner();
        for (int y = 0; y < height; y += 2) { // in twos, which share the weights of columns
            int these = Math.min(2, height - y);
            for (int i = 0; i < these; i++) {
                long at = corner + down.first()[y + i] * stride;
                int w = (y + i) * down.count();
                its.addRows(segment, at, stride, down.weights(), w, down.count(), rows[i], n);
            }
            int last = these - 1;
            its.addColumns(rows[0], rows[last], across, channels, results[0], results[last]);
            for (int i = 0; i < these; i++) {
                out.put(y + i, results[i]);
            }
        }
    }

    /// The taps for an output, with the rows of both no longer than they may be.
    private Both both(Source from, TensorSpec spec, Filter filter, boolean antialias) {
        int channels = rowLength(from.pixels().shape().extent(2), 1);
        rowLength(from.columns().pixels(), channels);
        int height = (int) spec.shape().extent(0);
        int width = (int) spec.shape().extent(1);
        var down = taps(from.rows(), height, filter, antialias);
        var across = taps(from.columns(), width, filter, antialias);
        rowLength(width, channels);
        return new Both(down, across);
    }

    /// What resizes on a device as [#run] does here.
    static Kernel kernel() {
        return Kernel.beside(Resampler.class, "resample");
    }

    /// Tells the kernel of one sample, as [#run] is told.
    ///
    /// @return how many pieces of work the sample is
    /// @throws BadSample as [#run]
    long describe(
            Source from, Tensor out, Filter filter, boolean antialias, Descriptor descriptor) {
        var both = both(from, out.spec(), filter, antialias);
        descriptor
                .pointer(from.pixels())
                .pointer(out)
                .int64(from.corner())
                .int64(from.stride())
                .int64(out.shape().volume())
                .int64(out.shape().extent(1))
                .int64(out.shape().extent(2));
        for (var taps : List.of(both.down(), both.across())) {
            descriptor
                    .int32(taps.count())
                    .array(MemorySegment.ofArray(taps.first()).asSlice(0, 4L * taps.out()))
                    .array(
                            MemorySegment.ofArray(taps.weights())
                                    .asSlice(0, 4L * taps.out() * taps.count()));
        }
        descriptor.int32(out.type() == FLOAT32 ? 1 : 0);
        return out.shape().volume();
    }

    /// How many numbers a row has.
    ///
    /// @throws BadSample if they are more than [#ROW_LIMIT]
    static int rowLength(long pixels, long channels) {
        long length = pixels * channels;
        if (length > ROW_LIMIT) {
            throw new BadSample("a row of " + length + " numbers is too long: over " + ROW_LIMIT);
        }
        return (int) length;
    }

    /// How many numbers the kept tables have room for.
    int tableSize() {
        return tableSize;
    }

    /// How many numbers the kept rows have room for.
    int rowSize() {
        return Stream.of(rows, results).flatMap(Stream::of).mapToInt(row -> row.length).sum();
    }

    private Taps taps(Taps.Span in, int out, Filter filter, boolean antialias) {
        var extents = new Extents(in, out, filter, antialias);
        var known = tables.get(extents);
        if (known != null) {
            return known;
        }
        var taps = new Taps();
        while (tableSize > TABLE_LIMIT && tables.size() > 1) { // the last one may be in use
            var oldest = tables.pollFirstEntry().getValue();
            tableSize -= oldest.size();
            if (oldest.size() <= TABLE_LIMIT) {
                taps = oldest;
            }
        }
        taps.fill(in, out, filter, antialias);
        tableSize += taps.size();
        tables.put(extents, taps);
        return taps;
    }
}
