package dev.headrace.operators.decode;

import dev.headrace.engine.operator.SampleOperator;

/// An operator that reads a part of an image, and can have it decoded by itself: then no more is
/// decoded than it needs, and the whole image never lies in memory.
public interface PartReader extends SampleOperator {
    /// One operator that does the work of a decoder and of this in one step: as
    /// [SampleOperator#absorb], with this as the next.
    SampleOperator decoding(DecodeImage decode);
}
