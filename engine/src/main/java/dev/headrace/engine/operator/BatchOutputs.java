package dev.headrace.engine.operator;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Where a batch operator puts its results.
///
/// The number of samples is that of the inputs, unless the operator says otherwise with
/// [#samples(List)] or [#samples(int)] before it makes the first output.
public interface BatchOutputs {
    /// Whether anybody needs this output. One that nobody needs may be left out.
    boolean wanted(int output);

    /// States the ids of the samples given, where their order or number is not that of the inputs.
    void samples(List<SampleId> ids);

    /// States the number of samples given, for a source: their ids follow in order.
    void samples(int count);

    /// The tensor to fill for one sample of an output, with undefined content. Called once a sample
    /// and output; safe from the tasks of [BatchContext#forEach].
    Tensor make(int output, int sample, TensorSpec spec);

    /// Gives memory of the operator's own for one sample of an output, without a copy.
    ///
    /// @param memory off-heap, at least `spec.bytes()`
    /// @param release called once, from any thread, when nobody reads it any more
    void adopt(int output, int sample, TensorSpec spec, MemorySegment memory, Runnable release);
}
