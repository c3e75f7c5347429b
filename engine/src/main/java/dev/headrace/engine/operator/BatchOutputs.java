package dev.headrace.engine.operator;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.Release;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// Where a batch operator puts its results.
///
/// Each sample of an output is either made, in memory that the engine gives, or shared, where it
/// lies already. The number of samples is that of the inputs, unless the operator says otherwise
/// with [#samples(List)] or [#samples(int)] before it makes the first output. All of it is safe
/// from the tasks of [BatchContext#forEach].
public interface BatchOutputs {
    /// Whether anybody needs this output. One that nobody needs may be left out.
    boolean wanted(int output);

    /// States the ids of the samples given, where their order or number is not that of the inputs.
    void samples(List<SampleId> ids);

    /// States the number of samples given, for a source: their ids follow in order.
    void samples(int count);

    /// The tensor to fill for one sample of an output, with undefined content unless it lies in a
    /// [#block] that was asked for. Called once a sample and output.
    Tensor make(int output, int sample, TensorSpec spec);

    /// The block in which the samples of an output will lie, with a leading axis of N and undefined
    /// content, where their spec is foreseen: it may be filled before [#make] with that spec is
    /// asked for each sample, which gives its slot. Empty where no spec is foreseen, or nobody
    /// needs the output.
    Optional<Tensor> block(int output);

    /// Memory with undefined content, booked for this iteration.
    ///
    /// @return a buffer that the caller closes; what was shared of it stays valid
    /// @throws dev.headrace.engine.error.NoRoom as [#make] does
    Buffer lend(long bytes);

    /// Memory of the operator's own as a buffer, booked for this iteration.
    ///
    /// @param memory off-heap; it stays as it is until it is released
    /// @param release what the last close does, also where this call fails
    /// @return a buffer that the caller closes; what was shared of it stays valid
    /// @throws dev.headrace.engine.error.NoRoom as [#make] does
    Buffer adopt(MemorySegment memory, Release release);

    /// Gives a tensor as one sample of an output, without a copy. It may lie in a buffer, be it an
    /// input's, a lent or an adopted one, or be a constant. Samples that lie in one buffer, one
    /// behind the other, are dense.
    ///
    /// @throws IllegalArgumentException if the tensor belongs to a batch that a loop was given
    void share(int output, int sample, Tensor tensor);
}
