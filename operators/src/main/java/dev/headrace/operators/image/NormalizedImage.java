package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.UINT8;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.util.List;

/// An operator that makes rows with the normalization that follows it, in one pass.
record NormalizedImage(RowMaker first, Normalize normalize) implements SampleOperator {
    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return normalize.promise(first.promise(in));
    }

    @Override
    public String gain() {
        return "rows are normalized as they are made, and the image between is never stored";
    }

    @Override
    public String remedy() {
        return first.remedy();
    }

    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        first.rows(
                in,
                spec -> {
                    var its = context.part(1);
                    var tensor = out.make(0, normalize.outputSpec(spec, its));
                    boolean reversed = normalize.mirrored(its);
                    var loops = Resampler.of(its).loops();
                    boolean rounded = spec.type() == UINT8;
                    return normalize.rows(its).filling(tensor, loops, rounded, reversed);
                },
                context.part(0));
    }
}
