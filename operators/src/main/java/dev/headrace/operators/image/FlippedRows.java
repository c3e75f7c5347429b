package dev.headrace.operators.image;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.util.List;
import java.util.function.Function;

/// An operator that makes rows with the flip that follows it, in one pass.
record FlippedRows(RowMaker first, Flip flip) implements RowMaker {
    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return flip.promise(first.promise(in));
    }

    @Override
    public String gain() {
        return "rows are turned as they are made";
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
        first.rows(in, spec -> flip.taking(spec, target, context.part(1)), context.part(0));
    }
}
