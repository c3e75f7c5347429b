package dev.headrace.operators.decode;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.engine.data.SpecPattern.ANY;
import static java.util.Objects.requireNonNull;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

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

    private static final Storage SCRATCH = Storage.permanent("the scratch memory of a worker");

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

    /// What decodes JPEG here, for people: `libturbojpeg 3.1.2 (parts of images)`, before version
    /// 3 `libturbojpeg 2.1.5 (whole images)`, or ImageIO with the reason.
    ///
    /// The library is looked for once: where the system property `headrace.turbojpeg` says, or
    /// the environment's `HEADRACE_TURBOJPEG` (`none` turns it off), else at its usual places,
    /// where one that decodes parts of images is preferred.
    public static String jpegDecoder() {
        return TurboJpeg.description();
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        ImageHeader.checkPattern(in.getFirst(), kind());
        return List.of(SpecPattern.of(UINT8, "HWC", ANY, ANY, colour.channels()));
    }

    @Override
    public String remedy() {
        return TurboJpeg.isThere()
                ? ""
                : "have JPEG decoded by libturbojpeg, which HEADRACE_TURBOJPEG may name";
    }

    /// @throws BadSample if this is no such file, it is broken, or it has too many pixels
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        var encoded = in.get(0);
        var header = header(encoded);
        var turn = turn(header);
        var upright = out.make(0, header.upright(turn, colour.channels())).segment();
        var whole = ShrunkRegion.whole(header, 1);
        boolean direct = turn == Orientation.UPRIGHT && !isInk(header);
        var stored = direct ? upright : context.scratch(bytesToDecode(header, whole));
        decode(encoded.segment(), header, whole, stored, context);
        if (!direct) {
            turn.copy(stored, upright, whole.height(), whole.width(), colour.channels());
        }
    }

    /// Decodes no more than a region needs, into memory that is valid until the operator returns
    /// or asks for scratch memory itself.
    ///
    /// The part holds the region, whose pixels are those of the whole as [#run] gives them, to the
    /// byte, or where it is shrunk, those of the whole decoded at that scale. Pixels around the
    /// region may be others. A part is small and shrunk for JPEG by libturbojpeg: small from
    /// version 3 on, unless a progressive file lacks scans, or its sampling is unusual; shrunk
    /// unless the picture has to be turned. All else is decoded whole.
    ///
    /// What lies below the region is not looked at: a file that is broken only there, or ends
    /// there, may be given as if it were good.
    ///
    /// @param choose says what is needed, from the spec of the whole image (`UINT8` `HWC`,
    ///     upright)
    /// @throws BadSample if this is no such file, it is broken, or the whole has too many pixels
    public Part part(Tensor encoded, Function<TensorSpec, Region> choose, SampleContext context) {
        var header = header(encoded);
        var turn = turn(header);
        var whole = header.upright(turn, colour.channels());
        var region = choose.apply(whole);
        checkArgument(
                region.height() <= whole.shape().extent(0) - region.y()
                        && region.width() <= whole.shape().extent(1) - region.x(),
                "%s is not within %s",
                region,
                whole);
        var stored = window(encoded.segment(), header, turn, region);
        long bytes = bytesToDecode(header, stored);
        long turned = stored.pixels() * colour.channels();
        boolean isUpright = turn == Orientation.UPRIGHT;
        var memory = context.scratch(isUpright ? bytes : bytes + turned);
        decode(encoded.segment(), header, stored, memory, context);
        if (!isUpright) {
            var upright = memory.asSlice(bytes, turned);
            turn.copy(memory, upright, stored.height(), stored.width(), colour.channels());
            memory = upright;
        }
        var upright = turn.upright(stored, header.height(), header.width());
        var spec =
                TensorSpec.of(UINT8, "HWC", upright.height(), upright.width(), colour.channels());
        var pixels = new Tensor(spec, memory.address(), SCRATCH, false);
        return new Part(pixels, upright.top(), upright.left(), upright.shrink());
    }

    /// A reader of a part of the image has no more decoded than that.
    @Override
    public Optional<SampleOperator> absorb(SampleOperator next) {
        return next instanceof PartReader reader
                ? Optional.of(reader.decoding(this))
                : Optional.empty();
    }

    /// The stored pixels to decode for a region of the upright picture.
    private static ShrunkRegion window(
            MemorySegment file, ImageHeader header, Orientation turn, Region region) {
        if (!isTurbo(header)) {
            return ShrunkRegion.whole(header, 1);
        }
        // a picture that is not a multiple of its shrinkage would be turned off its grid
        int shrink = turn == Orientation.UPRIGHT ? TurboJpeg.shrink(header, region.shrink()) : 1;
        var upright = ShrunkRegion.of(region, shrink);
        return header.progressive() && !ProgressiveScans.areComplete(file)
                ? ShrunkRegion.whole(header, shrink)
                : TurboJpeg.around(header, turn.stored(upright, header.height(), header.width()));
    }

    private ImageHeader header(Tensor encoded) {
        var header = ImageHeader.read(encoded, kind());
        if (header.pixels() > limitPixels) {
            throw new BadSample(
                    "DecodeImage takes up to %d pixels, got %d×%d; raise it by limitPixels(%d)"
                            .formatted(
                                    limitPixels, header.height(), header.width(), header.pixels()));
        }
        return header;
    }

    private Orientation turn(ImageHeader header) {
        return orientation ? header.orientation() : Orientation.UPRIGHT;
    }

    private void decode(
            MemorySegment file,
            ImageHeader header,
            ShrunkRegion window,
            MemorySegment out,
            SampleContext context) {
        if (isTurbo(header)) {
            var decoder = context.keep(TurboJpeg.class, TurboJpeg::new);
            decoder.decode(file, header, window, colour, out);
        } else {
            ImageIoDecoder.decode(file, header, colour, out);
        }
    }

    private static boolean isTurbo(ImageHeader header) {
        return header.format() == Format.JPEG && TurboJpeg.isThere();
    }

    /// Whether four inks are decoded, which then become colour in the same memory.
    private static boolean isInk(ImageHeader header) {
        return isTurbo(header) && header.channels() == 4;
    }

    private long bytesToDecode(ImageHeader header, ShrunkRegion window) {
        return window.pixels() * (isInk(header) ? 4 : colour.channels());
    }
}
