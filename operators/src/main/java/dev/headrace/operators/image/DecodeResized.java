package dev.headrace.operators.image;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import dev.headrace.operators.decode.DecodeImage;
import java.util.List;
import java.util.function.Function;

/// An image file decoded and resized in one, by the least work: a JPEG is decoded no larger than it
/// has to be.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | in | `uint8` | bytes of the file, as [DecodeImage] takes them | |
/// | out | `uint8`, or `float32` if asked | as that of `resize` | intensity |
///
/// Where the window is reduced to a half or less, a JPEG is decoded to a half, a quarter or an
/// eighth by its own transform, to the least that is no smaller than the output; the rest is done
/// by `resize`. That is faster and looks much the same, but the bytes are others than those of
/// `DecodeImage` and `resize` one after the other (those are joined where the result is the same,
/// without being asked). Other formats, pictures that have to be turned, and JPEG without
/// libturbojpeg are decoded at full size, as is all where `resize` picks single pixels: by
/// `NEAREST`, or without antialiasing.
///
/// @param decode how the file is decoded
/// @param resize a [Resize], [ResizedCrop] or [RandomResizedCrop]
public record DecodeResized(DecodeImage decode, Transform resize) implements RowMaker {
    public DecodeResized {
        requireNonNull(decode, "decode");
        checkArgument(
                resize instanceof Resizing,
                "DecodeResized takes an operator that resizes, such as RandomResizedCrop, got %s",
                resize);
    }

    /// A decoder and what resizes its image.
    public static DecodeResized by(DecodeImage decode, Transform resize) {
        return new DecodeResized(decode, resize);
    }

    /// In red, green and blue.
    public static DecodeResized rgb(Transform resize) {
        return by(DecodeImage.rgb(), resize);
    }

    @Override
    public boolean random() {
        return resize.random();
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return resize.promise(decode.promise(in));
    }

    @Override
    public String remedy() {
        return decode.remedy();
    }

    /// @throws dev.headrace.engine.error.BadSample if the file cannot be decoded, or its image not
    ///     be resized so
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        fill(in, out, context);
    }

    @Override
    public void rows(Inputs in, Function<TensorSpec, Rows> target, SampleContext context) {
        var resizing = (Resizing) resize;
        boolean shrunk = resizing.weighsAll();
        var decoded = DecodedWindow.of(in.get(0), decode, resizing, shrunk, part -> context);
        resizing.resize(decoded, target, context);
    }
}
