package dev.headrace.graph.inspect;

import com.google.common.primitives.ImmutableLongArray;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/// What the elements of some tensors of one type are like, all taken together.
///
/// Sums are of doubles. Of more than {@value #MOST} elements, one is looked at of each run of as
/// many neighbours, so that all parts of all tensors count alike; which one of them is a fixed
/// function of the place, without a period that channels or rows could have.
///
/// @param count how many there are
/// @param lookedAt how many of them were looked at: so many all that follows is about
/// @param nans how many are NaN
/// @param infinite how many are infinite
/// @param zeros how many are 0
/// @param spread of the finite ones, if there are any
record Elements(
        long count, long lookedAt, long nans, long infinite, long zeros, Optional<Spread> spread) {
    /// The most elements looked at, but for tensors of less than a run: {@value}.
    static final long MOST = 1L << 22;

    /// The most bars of a histogram: {@value}.
    static final int BARS = 8;

    /// How finite numbers lie.
    ///
    /// @param least exact
    /// @param greatest exact
    /// @param mean of all
    /// @param deviation the root of the mean square of the distances from the mean
    /// @param bars how many lie in each part between the least and the greatest: at most
    ///     {@value #BARS} parts, of integers all of as many values, the last of fewer where they do
    ///     not come out even
    record Spread(
            BigDecimal least,
            BigDecimal greatest,
            double mean,
            double deviation,
            ImmutableLongArray bars) {}

    /// Looks at all elements of tensors of one type.
    static Elements of(List<Tensor> tensors) {
        return of(tensors, MOST);
    }

    static Elements of(List<Tensor> tensors, long most) {
        return new Counting(tensors, most).elements();
    }

    /// Reads the elements, then counts what it has read.
    private static final class Counting {
        private final List<Tensor> tensors;
        private final long run;
        private final long count;
        private final double[] finite;
        private int read;
        private long nans;
        private long infinite;
        private long zeros;
        private double least = Double.POSITIVE_INFINITY;
        private double greatest = Double.NEGATIVE_INFINITY;
        private Tensor leastOf;
        private Tensor greatestOf;
        private long leastAt;
        private long greatestAt;

        Counting(List<Tensor> tensors, long most) {
            this.tensors = tensors;
            count = tensors.stream().mapToLong(tensor -> tensor.shape().volume()).sum();
            run = Math.max(1, (count + most - 1) / most);
            finite =
                    new double
                            [Math.toIntExact(
                                    tensors.stream()
                                            .mapToLong(
                                                    each -> (each.shape().volume() + run - 1) / run)
                                            .sum())];
        }

        private interface Visitor {
            void at(Tensor tensor, long index);
        }

        private void forEach(Visitor visitor) {
            for (var tensor : tensors) {
                long volume = tensor.shape().volume();
                for (long start = 0; start < volume; start += run) {
                    long width = Math.min(run, volume - start);
                    visitor.at(tensor, run == 1 ? start : start + scatter(start, width));
                }
            }
        }

        /// A place below `width` that looks random: the finalizer of SplitMix64. Source: Steele,
        /// Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
        private static long scatter(long start, long width) {
            long bits = start + 0x9E3779B97F4A7C15L;
            bits = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
            bits = (bits ^ bits >>> 27) * 0x94D049BB133111EBL;
            return Long.remainderUnsigned(bits ^ bits >>> 31, width);
        }

        Elements elements() {
            forEach(this::read);
            if (read > 0 && isLong(leastOf)) {
                read = 0;
                forEach((tensor, index) -> finite[read++] = offset(tensor, index));
            }
            return new Elements(count, finite.length, nans, infinite, zeros, spread());
        }

        private void read(Tensor tensor, long index) {
            double value = tensor.number(index);
            if (value == 0) {
                zeros++;
            }
            if (Double.isNaN(value)) {
                nans++;
            } else if (Double.isInfinite(value)) {
                infinite++;
            } else {
                finite[read++] = value;
                widen(tensor, index, value);
            }
        }

        private void widen(Tensor tensor, long index, double value) {
            if (value < least || (value == least && exceeds(leastOf, leastAt, tensor, index))) {
                least = value;
                leastOf = tensor;
                leastAt = index;
            }
            if (value > greatest
                    || (value == greatest && exceeds(tensor, index, greatestOf, greatestAt))) {
                greatest = value;
                greatestOf = tensor;
                greatestAt = index;
            }
        }

        /// Whether one 64-bit integer exceeds another that is the same as a double.
        private static boolean exceeds(Tensor one, long at, Tensor other, long otherAt) {
            return switch (one.type()) {
                case INT64 -> one.int64(at) > other.int64(otherAt);
                case UINT64 -> Long.compareUnsigned(one.int64(at), other.int64(otherAt)) > 0;
                default -> false;
            };
        }

        private Optional<Spread> spread() {
            if (read == 0) {
                return Optional.empty();
            }
            boolean offsets = isLong(leastOf);
            double from = offsets ? 0 : least;
            double to = offsets ? offset(greatestOf, greatestAt) : greatest;
            var bars = new Bars(from, to, leastOf.type());
            double sum = 0;
            for (int i = 0; i < read; i++) {
                sum += finite[i];
                bars.count(finite[i]);
            }
            double mean = sum / read;
            double squares = 0;
            for (int i = 0; i < read; i++) {
                squares += (finite[i] - mean) * (finite[i] - mean);
            }
            return Optional.of(
                    new Spread(
                            exact(leastOf, leastAt),
                            exact(greatestOf, greatestAt),
                            offsets ? least + mean : mean,
                            Math.sqrt(squares / read),
                            bars.counts()));
        }

        private static boolean isLong(Tensor tensor) {
            return tensor.type() == ElementType.INT64 || tensor.type() == ElementType.UINT64;
        }

        /// How far a 64-bit integer lies from the least, which is exact before it is rounded.
        private double offset(Tensor tensor, long index) {
            long offset = tensor.int64(index) - leastOf.int64(leastAt);
            return offset >= 0 ? offset : ((offset >>> 1) | (offset & 1)) * 2.0;
        }

        private static BigDecimal exact(Tensor tensor, long index) {
            return switch (tensor.type()) {
                case INT64 -> BigDecimal.valueOf(tensor.int64(index));
                case UINT64 -> new BigDecimal(Long.toUnsignedString(tensor.int64(index)));
                default -> new BigDecimal(tensor.number(index));
            };
        }
    }

    /// Counts into the parts of a range. Of floats it works with halves, since the distance of two
    /// doubles may be too large for one.
    private static final class Bars {
        private final double least;
        private final double width;
        private final double scale;
        private final long[] counts;

        Bars(double least, double greatest, ElementType type) {
            scale = type.isFloat() ? 0.5 : 1;
            this.least = scale * least;
            double range = scale * greatest - scale * least;
            if (range == 0) {
                width = 1;
                counts = new long[1];
            } else if (type.isFloat()) {
                width = range / BARS;
                counts = new long[BARS];
            } else {
                width = Math.ceil((range + 1) / BARS);
                counts = new long[(int) Math.ceil((range + 1) / width)];
            }
        }

        void count(double value) {
            counts[(int) Math.min((scale * value - least) / width, counts.length - 1)]++;
        }

        ImmutableLongArray counts() {
            return ImmutableLongArray.copyOf(counts);
        }
    }
}
