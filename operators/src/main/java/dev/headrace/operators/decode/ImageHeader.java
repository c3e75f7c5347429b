package dev.headrace.operators.decode;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.UINT8;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;

/// What the header of an image file says, before anything is decoded.
///
/// @param format the file's format
/// @param height stored rows, at least 1
/// @param width stored columns, at least 1
/// @param channels 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha, or ink; of a palette
///     1 or 3
/// @param orientation how the stored picture is turned upright
/// @param jpegPixels what the samples of a JPEG mean; null for other formats
/// @param mcuWidth columns of a JPEG's minimum coded unit, from a multiple of which decoding can
///     begin; 0 where only the whole can be decoded
/// @param progressive whether a JPEG brings its coefficients in several scans
record ImageHeader(
        Format format,
        int height,
        int width,
        int channels,
        Orientation orientation,
        Pixels jpegPixels,
        int mcuWidth,
        boolean progressive) {
    /// Reads the header.
    ///
    /// @param encoded a file's bytes
    /// @param taker the operator's name, for messages
    /// @throws BadSample if this is no image file, or its header is broken
    static ImageHeader read(Tensor encoded, String taker) {
        if (encoded.type() != UINT8 || encoded.shape().rank() != 1) {
            throw new BadSample(takes(taker) + encoded.spec());
        }
        var file = encoded.segment();
        var format = Format.of(file, taker);
        var header =
                switch (format) {
                    case JPEG -> JpegHeader.read(file);
                    case PNG -> ImageIoDecoder.header(file, format, Exif.ofPng(file));
                    case TIFF -> ImageIoDecoder.header(file, format, Exif.ofTiff(file));
                    case BMP, GIF -> ImageIoDecoder.header(file, format, Orientation.UPRIGHT);
                };
        if (header.height < 1 || header.width < 1) {
            throw broken(format, "its header states no extents", null);
        }
        return header;
    }

    /// Refuses at build time what cannot be a file's bytes.
    static void checkPattern(SpecPattern encoded, String taker) {
        boolean wrongType = encoded.type().isPresent() && encoded.type().get() != UINT8;
        checkArgument(
                !wrongType && (encoded.rank() == -1 || encoded.rank() == 1),
                "%s%s",
                takes(taker),
                encoded);
    }

    private static String takes(String taker) {
        return taker + " takes the bytes of a file, UINT8 of one axis, got ";
    }

    /// A file that a decoder cannot read.
    ///
    /// @param words the decoder's own
    static BadSample broken(Format format, String words, Throwable cause) {
        return new BadSample("this " + format + " cannot be decoded: " + words, cause);
    }

    /// The picture's spec once it is turned.
    TensorSpec upright(Orientation turn, int channels) {
        return turn.swaps()
                ? TensorSpec.of(UINT8, "HWC", width, height, channels)
                : TensorSpec.of(UINT8, "HWC", height, width, channels);
    }

    /// Number of pixels.
    long pixels() {
        return (long) height * width;
    }
}
