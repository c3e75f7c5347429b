package dev.headrace.engine.operator;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.random.Series;
import java.lang.foreign.MemorySegment;

/// What a sample operator is told while it runs on one sample.
public interface SampleContext extends Context {
    /// The sample's id.
    SampleId id();

    /// All draws of a name, for a kernel that draws by itself: `bits(draw, index)` is
    /// `series(draw).bits(index)`.
    ///
    /// @throws IllegalStateException if the operator does not say that it is random
    Series series(String draw);

    /// Memory for intermediate results, with undefined content, aligned to a cache line. Valid
    /// until the operator returns or asks again.
    MemorySegment scratch(long bytes);

    /// For a fused operator: the context of one of its parts, in the order they were fused, so that
    /// each part draws what it would draw alone.
    SampleContext part(int part);

    /// For an indexed source: which of its samples to read, from 0.
    long index();

    /// For an indexed source: what its `open` gave.
    IndexedSource.Dataset dataset();
}
