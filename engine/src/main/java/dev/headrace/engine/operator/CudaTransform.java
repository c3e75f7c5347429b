package dev.headrace.engine.operator;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import java.util.List;

/// A [Transform] that can run on a CUDA device too.
public interface CudaTransform extends Transform, CudaOperator {
    /// Describes one sample to the kernel.
    ///
    /// @param in its elements cannot be read
    /// @param out of the spec that `outputSpec` gave
    /// @return how many pieces of work the sample is, as for [CudaOperator]
    long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor);

    @Override
    default List<TensorSpec> specs(Inputs in, SampleContext context) {
        return List.of(outputSpec(in.get(0).spec(), context));
    }

    @Override
    default long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
        return describe(in.get(0), out.get(0), context, descriptor);
    }
}
