package dev.headrace.engine.data;

import java.util.Optional;

/// The tensors of a batch: N samples of one element type and one rank.
///
/// Dense, where all lie in one block one behind the other, or ragged. Safe to read from any number
/// of threads while it is valid.
public interface TensorList {
    /// Number of samples.
    int size();

    /// The tensor of one sample.
    ///
    /// @throws IndexOutOfBoundsException if there is no such sample
    Tensor get(int sample);

    /// The spec of one sample's tensor.
    default TensorSpec spec(int sample) {
        return get(sample).spec();
    }

    /// The id of one sample.
    SampleId id(int sample);

    /// The spec that all samples share, if they do and there is at least one.
    Optional<TensorSpec> uniformSpec();

    /// Whether all samples already lie in one block.
    boolean isDense();

    /// All samples as one tensor with a leading axis of N. Samples that do not lie in one block yet
    /// are copied into one, once; the run report counts such bytes.
    ///
    /// @throws dev.headrace.engine.error.BadBatch if samples differ in shape, or there is none, or
    ///     their rank is the highest
    Tensor dense();
}
