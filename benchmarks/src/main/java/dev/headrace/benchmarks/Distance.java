package dev.headrace.benchmarks;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.function.LongPredicate;

/// How far the values of two files are apart.
///
/// @param values how many were compared
/// @param greatest the greatest distance
/// @param different the share of values that differ at all
/// @param mean the mean distance
/// @param beyondOne the share of values that are more than 1 apart
record Distance(long values, double greatest, double different, double mean, double beyondOne) {
    /// The distance between bytes, as numbers of 0 to 255.
    ///
    /// @param counts which values to look at, by their place
    static Distance ofBytes(Path one, Path other, LongPredicate counts) throws IOException {
        Value value = (file, i) -> file.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
        return between(one, other, 1, value, counts);
    }

    /// The distance between `float32` values.
    ///
    /// @param counts which values to look at, by their place
    static Distance ofFloats(Path one, Path other, LongPredicate counts) throws IOException {
        Value value = (file, i) -> file.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
        return between(one, other, Float.BYTES, value, counts);
    }

    private interface Value {
        double at(MemorySegment file, long index);
    }

    private static Distance between(
            Path one, Path other, int width, Value value, LongPredicate counts) throws IOException {
        try (var arena = Arena.ofConfined();
                var first = FileChannel.open(one);
                var second = FileChannel.open(other)) {
            if (first.size() != second.size()) {
                throw new IOException(
                        one + " has " + first.size() + " bytes, " + other + " " + second.size());
            }
            var a = first.map(FileChannel.MapMode.READ_ONLY, 0, first.size(), arena);
            var b = second.map(FileChannel.MapMode.READ_ONLY, 0, second.size(), arena);
            long all = first.size() / width;
            long values = 0;
            long different = 0;
            long beyondOne = 0;
            double greatest = 0;
            double sum = 0;
            for (long i = 0; i < all; i++) {
                if (!counts.test(i)) {
                    continue;
                }
                values++;
                double distance = Math.abs(value.at(a, i) - value.at(b, i));
                greatest = Math.max(greatest, distance);
                different += distance == 0 ? 0 : 1;
                beyondOne += distance > 1 ? 1 : 0;
                sum += distance;
            }
            return new Distance(
                    values,
                    greatest,
                    (double) different / values,
                    sum / values,
                    (double) beyondOne / values);
        }
    }
}
