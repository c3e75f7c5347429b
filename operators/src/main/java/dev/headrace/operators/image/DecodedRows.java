package dev.headrace.operators.image;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.operators.decode.DecodeImage;
import java.util.List;
import java.util.function.Function;

/// A decoder with the operator behind it that resizes: no more is decoded than its window.
record DecodedRows(DecodeImage decode, Resizing resize) implements RowMaker {
    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return resize.promise(decode.promise(in));
    }

    @Override
    public String gain() {
        return "no more of a JPEG is decoded than the window, by libturbojpeg from version 3 on";
    }

    @Override
    public String remedy() {
        return decode.remedy().isEmpty() && resize.weighsAll()
                ? "decode by DecodeResized what becomes half as large or less"
                : decode.remedy();
    }

    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        fill(in, out, context);
    }

    @Override
    public void rows(Inputs in, Function<TensorSpec, Rows> target, SampleContext context) {
        var decoded = DecodedWindow.of(in.get(0), decode, resize, false, context::part);
        resize.resize(decoded, target, context.part(1));
    }
}
