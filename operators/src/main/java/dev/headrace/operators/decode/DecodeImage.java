package dev.headrace.operators.decode;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static java.util.Objects.requireNonNull;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.util.List;

/// Pixels of an image file: JPEG, PNG, BMP, GIF (its first image) or TIFF (its first page).
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | in | `uint8` | bytes of the file | |
/// | out | `uint8` | `H×W×3`, or `H×W×1` for grey | intensity as stored, 0 to 255 |
///
/// JPEG is decoded by libturbojpeg where it is found, with the accurate inverse DCT and smooth
/// upsampling of chroma, else by ImageIO: to the same bytes, but where chroma is halved in
/// height alone (4:4:0), which ImageIO repeats instead. ImageIO does not read arithmetic coding.
/// The other formats are always decoded by ImageIO.
///
/// - Grey becomes colour by repeating it; colour becomes grey as `0.299·R + 0.587·G + 0.114·B`,
///   rounded (ITU-R BT.601, as in JFIF); a JPEG's own luma is taken as it is.
/// - Four inks (CMYK, YCCK) become `R = (255 - C)·(255 - K) / 255`, likewise `G` and `B`,
///   without a colour profile. In JPEG they are taken as inverted, as Adobe's programs write
///   them.
/// - Of 16-bit samples the upper 8 are taken. Fewer than 8 bits are spread over 0 to 255,
///   palettes are looked up. Alpha is dropped, whatever lies under it shows. Profiles are not
///   applied.
/// - A file that its decoder only warns of, such as one that ends early, is a bad sample.
///
/// @param colour what a pixel's channels are
/// @param orientation whether the picture is turned upright as its Exif tag says (JPEG, PNG,
///     TIFF)
/// @param limitPixels the most pixels that an image may have, at least 1: more is a bad sample,
///     found before memory is asked for
public record DecodeImage(Colour colour, boolean orientation, long limitPixels)
        implements SampleOperator {
    /// The limit of pixels unless another is given: {@value}.
    public static final long DEFAULT_LIMIT_PIXELS = 100_000_000;

    /// What a pixel's channels are.
    public enum Colour {
        /// Red, green, blue.
        RGB(3),
        /// Blue, green, red.
        BGR(3),
        /// One luma.
        GREY(1);

        private final int channels;

        Colour(int channels) {
            this.channels = channels;
        }

        /// How many channels there are.
        public int channels() {
            return channels;
        }
    }

    public DecodeImage {
        requireNonNull(colour, "colour");
        checkArgument(limitPixels >= 1, "a limit of %s pixels", limitPixels);
    }

    /// Red, green, blue; upright; at most [#DEFAULT_LIMIT_PIXELS].
    public static DecodeImage rgb() {
        return new DecodeImage(Colour.RGB, true, DEFAULT_LIMIT_PIXELS);
    }

    /// Blue, green, red; upright; at most [#DEFAULT_LIMIT_PIXELS].
    public static DecodeImage bgr() {
        return new DecodeImage(Colour.BGR, true, DEFAULT_LIMIT_PIXELS);
    }

    /// Luma alone; upright; at most [#DEFAULT_LIMIT_PIXELS].
    public static DecodeImage grey() {
        return new DecodeImage(Colour.GREY, true, DEFAULT_LIMIT_PIXELS);
    }

    /// The same, turned upright as the file says or left as stored.
    public DecodeImage orientation(boolean applied) {
        return new DecodeImage(colour, applied, limitPixels);
    }

    /// The same with another limit of pixels.
    public DecodeImage limitPixels(long limit) {
        return new DecodeImage(colour, orientation, limit);
    }

    /// What decodes JPEG here, for people: `libturbojpeg 2.1.5`, or ImageIO with the reason.
    ///
    /// The library is looked for once: where the system property `headrace.turbojpeg` says, or
    /// the environment's `HEADRACE_TURBOJPEG` (`none` turns it off), else at its usual places.
    public static String jpegDecoder() {
        return TurboJpeg.description();
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        ImageHeader.checkPattern(in.getFirst(), kind());
        return List.of(SpecPattern.of(UINT8, "HWC", ANY, ANY, colour.channels()));
    }

    /// @throws BadSample if this is no such file, it is broken, or it has too many pixels
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        var encoded = in.get(0);
        var header = ImageHeader.read(encoded, kind());
        long pixels = header.pixels();
        if (pixels > limitPixels) {
            throw new BadSample(
                    "DecodeImage takes up to %d pixels, got %d×%d; raise it by limitPixels(%d)"
                            .formatted(limitPixels, header.height(), header.width(), pixels));
        }
        var turn = orientation ? header.orientation() : Orientation.UPRIGHT;
        var spec = header.upright(turn, colour.channels());
        var upright = out.make(0, spec).segment();
        boolean turbo = header.format() == Format.JPEG && TurboJpeg.isThere();
        boolean ink = turbo && header.channels() == 4; // becomes colour where it is decoded
        boolean direct = turn == Orientation.UPRIGHT && !ink;
        var file = encoded.segment();
        var stored = direct ? upright : context.scratch(pixels * (ink ? 4 : colour.channels()));
        if (turbo) {
            context.keep(TurboJpeg.class, TurboJpeg::new).decode(file, header, colour, stored);
        } else {
            ImageIoDecoder.decode(file, header, colour, stored);
        }
        if (!direct) {
            turn.copy(stored, upright, header.height(), header.width(), colour.channels());
        }
    }
}
