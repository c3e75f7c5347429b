package dev.headrace.operators.image;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.operators.decode.DecodeImage;
import java.util.List;

/// A decoder with the crop that follows it: no more is decoded than is cut out.
record DecodedCrop(DecodeImage decode, Crop crop) implements SampleOperator {
    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return crop.promise(decode.promise(in));
    }

    @Override
    public String gain() {
        return "no more of a JPEG is decoded than the window, by libturbojpeg from version 3 on";
    }

    @Override
    public String remedy() {
        return decode.remedy();
    }

    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        var decoded = DecodedWindow.of(in.get(0), decode, crop, false, context::part);
        var part = decoded.part();
        int y = decoded.window().y() - part.top();
        int x = decoded.window().x() - part.left();
        crop.copy(part.pixels(), y, x, out.make(0, decoded.spec()));
    }
}
