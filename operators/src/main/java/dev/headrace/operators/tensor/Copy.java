package dev.headrace.operators.tensor;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.SampleContext;

/// The same bytes again, in memory of their own.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any | any |
/// | out | that of `in` | that of `in` |
public record Copy() implements CudaTransform {
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        return in;
    }

    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        out.copyFrom(in);
    }

    @Override
    public Kernel kernel() {
        return Strided.kernel();
    }

    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        var steps = Strided.steps(in.shape(), in.type().bytes());
        return Strided.describe(in, 0, steps, out, descriptor);
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        return in;
    }
}
