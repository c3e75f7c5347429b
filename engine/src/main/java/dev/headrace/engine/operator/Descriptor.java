package dev.headrace.engine.operator;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.random.Series;
import java.lang.foreign.MemorySegment;

/// What a kernel is told of one sample: the fields of its C structure, in order, each aligned as in
/// C. It has as many and the same for all samples, with a pointer among them.
public interface Descriptor {
    /// A pointer to a tensor's first element on the device.
    Descriptor pointer(Tensor tensor);

    /// A pointer to a copy of these elements on the device, of which there may be more or fewer for
    /// each sample.
    ///
    /// @param elements read now; of a Java array too
    Descriptor array(MemorySegment elements);

    /// What a kernel draws by: three `unsigned long long`, the key and the two halves of the
    /// counter.
    default Descriptor series(Series series) {
        return int64(series.key()).int64(series.counterLow()).int64(series.counterHigh());
    }

    /// A `long long`.
    Descriptor int64(long value);

    /// An `int`.
    Descriptor int32(int value);

    /// A `float`.
    Descriptor float32(float value);

    /// A `double`.
    Descriptor float64(double value);
}
