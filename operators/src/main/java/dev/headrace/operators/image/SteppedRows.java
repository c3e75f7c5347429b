package dev.headrace.operators.image;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.util.List;
import java.util.function.Function;

/// An operator that makes rows with the step that follows it, in one pass.
record SteppedRows(RowMaker first, RowStep step) implements RowMaker {
    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return step.promise(first.promise(in));
    }

    @Override
    public String gain() {
        return "rows are taken as they are made, and the image between is never stored";
    }

    @Override
    public String remedy() {
        return first.remedy();
    }

    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        fill(in, out, context);
    }

    @Override
    public void rows(Inputs in, Function<TensorSpec, Rows> target, SampleContext context) {
        first.rows(in, spec -> step.taking(spec, target, context.part(1)), context.part(0));
    }
}
