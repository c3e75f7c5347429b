package dev.headrace.engine.operator;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import java.util.List;

/// A sample operator of one data input and one output whose spec is known before it is computed.
public interface Transform extends SampleOperator {
    /// The output's spec for an input of this spec. Called before [#run(Tensor, Tensor,
    /// SampleContext)], with the same context; it may draw.
    ///
    /// @throws dev.headrace.engine.error.BadSample if such an input cannot be taken
    TensorSpec outputSpec(TensorSpec in, SampleContext context);

    /// Fills the output.
    ///
    /// @param in read only
    /// @param out of the spec that `outputSpec` gave, with undefined content
    void run(Tensor in, Tensor out, SampleContext context) throws Exception;

    /// What is known of the output before there is data. Open by default.
    default SpecPattern promise(SpecPattern in) {
        return SpecPattern.OPEN;
    }

    @Override
    default List<SpecPattern> promise(List<SpecPattern> in) {
        return List.of(promise(in.getFirst()));
    }

    @Override
    default void run(Inputs in, Outputs out, SampleContext context) throws Exception {
        var tensor = in.get(0);
        run(tensor, out.make(0, outputSpec(tensor.spec(), context)), context);
    }
}
