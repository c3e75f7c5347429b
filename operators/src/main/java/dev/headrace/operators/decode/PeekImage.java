package dev.headrace.operators.decode;

import static dev.headrace.engine.data.ElementType.INT64;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.util.List;

/// Extents of an image file, from its header alone.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | in | `uint8` | bytes of the file | |
/// | out | `int64` | 3: height, width, channels | pixels, pixels, count |
///
/// Channels are those of the file: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha, or
/// ink; a palette has 3, or 1 if all of it is grey. The formats are those of [DecodeImage];
/// there is no limit of pixels.
///
/// @param orientation whether height and width are those of the upright picture, as its Exif tag
///     says (JPEG, PNG, TIFF), or those stored
public record PeekImage(boolean orientation) implements SampleOperator {
    private static final TensorSpec EXTENTS = TensorSpec.of(INT64, "", 3);

    /// Height and width of the upright picture, and its channels.
    public static PeekImage extents() {
        return new PeekImage(true);
    }

    /// The same, of the upright or of the stored picture.
    public PeekImage orientation(boolean applied) {
        return new PeekImage(applied);
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        ImageHeader.checkPattern(in.getFirst(), kind());
        return List.of(SpecPattern.exactly(EXTENTS));
    }

    /// @throws dev.headrace.engine.error.BadSample if this is no such file, or its header is
    ///     broken
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        var header = ImageHeader.read(in.get(0), kind());
        var turn = orientation ? header.orientation() : Orientation.UPRIGHT;
        var spec = header.upright(turn, header.channels());
        var extents = out.make(0, EXTENTS);
        for (int axis = 0; axis < 3; axis++) {
            extents.int64(axis, spec.shape().extent(axis));
        }
    }
}
