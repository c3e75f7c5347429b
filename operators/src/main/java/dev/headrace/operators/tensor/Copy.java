package dev.headrace.operators.tensor;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;

/// The same bytes again, in memory of their own.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any | any |
/// | out | that of `in` | that of `in` |
public record Copy() implements Transform {
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        return in;
    }

    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        out.copyFrom(in);
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        return in;
    }
}
