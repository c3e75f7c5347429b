package dev.headrace.engine.operator;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;

/// Where a sample operator puts its results.
public interface Outputs {
    /// Whether anybody needs this output. One that nobody needs may be left out.
    boolean wanted(int output);

    /// The tensor to fill for an output, with undefined content. Called once an output, as late as
    /// the operator likes: where the size is known only after looking, look first.
    Tensor make(int output, TensorSpec spec);
}
