package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.UINT8;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import dev.headrace.engine.data.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// Takes an image row by row, as numbers, and makes something of it.
interface Rows {
    /// Takes one row.
    ///
    /// @param y which one, from 0
    /// @param row the channels of a pixel side by side, then [Loops#SLACK] more numbers; it may be
    ///     changed
    void put(int y, float[] row);

    /// The same, for rows that come with the last pixel first.
    ///
    /// @param channels of a pixel
    /// @param width pixels of a row
    default Rows reversed(int channels, int width) {
        return (y, row) -> {
            Loops.reverse(row, channels, width);
            put(y, row);
        };
    }

    /// The same, for rows of which the last comes first.
    ///
    /// @param height how many they are
    default Rows upsideDown(int height) {
        return (y, row) -> put(height - 1 - y, row);
    }

    /// Rows on their way to others, each number changed by itself: so it does not matter where in
    /// its row it stands.
    ///
    /// @param change of a row
    record Changed(Consumer<float[]> change, Rows behind) implements Rows {
        @Override
        public void put(int y, float[] row) {
            change.accept(row);
            behind.put(y, row);
        }

        @Override
        public Rows reversed(int channels, int width) {
            return new Changed(change, behind.reversed(channels, width));
        }
    }

    /// Fills an image: with intensities where it is of `uint8`, rounded as by [Loops#narrow], with
    /// the numbers as they are where of `float32`.
    ///
    /// @param out `H×W×C`
    static Rows filling(Tensor out, Loops loops) {
        int n = (int) (out.shape().extent(1) * out.shape().extent(2));
        var to = out.segment();
        return out.type() == UINT8
                ? (y, row) -> loops.narrow(row, to, (long) y * n, n)
                : (y, row) -> MemorySegment.copy(row, 0, to, JAVA_FLOAT_UNALIGNED, 4L * y * n, n);
    }
}
