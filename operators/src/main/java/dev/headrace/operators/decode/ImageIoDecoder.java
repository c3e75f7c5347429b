package dev.headrace.operators.decode;

import static dev.headrace.operators.decode.ImageHeader.broken;

import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Locale;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/// Decodes by the JDK's ImageIO: its own readers, whatever plug-ins are on the class path.
///
/// Samples are taken as stored, without ICC profiles: JPEG's colours are computed here, as
/// libjpeg does.
final class ImageIoDecoder {
    private ImageIoDecoder() {}

    @FunctionalInterface
    private interface Task<T> {
        T run(ImageReader reader) throws IOException;
    }

    /// Reads the header of a file that is no JPEG.
    static ImageHeader header(MemorySegment file, Format format, Orientation orientation) {
        return read(
                file,
                format,
                reader -> {
                    var model = reader.getImageTypes(0).next().getColorModel();
                    int channels =
                            model instanceof IndexColorModel palette
                                    ? isGrey(palette) ? 1 : 3
                                    : model.getNumComponents();
                    return new ImageHeader(
                            format,
                            reader.getHeight(0),
                            reader.getWidth(0),
                            channels,
                            orientation,
                            null,
                            0,
                            false);
                });
    }

    private static boolean isGrey(IndexColorModel palette) {
        for (int i = 0; i < palette.getMapSize(); i++) {
            if (palette.getRed(i) != palette.getGreen(i)
                    || palette.getRed(i) != palette.getBlue(i)) {
                return false;
            }
        }
        return true;
    }

    /// Decodes the first image of a file, as it is stored.
    ///
    /// @param out rows of `colour.channels()` bytes a pixel
    static void decode(
            MemorySegment file, ImageHeader header, DecodeImage.Colour colour, MemorySegment out) {
        read(
                file,
                header.format(),
                reader -> {
                    if (header.format() == Format.JPEG) {
                        writeJpeg(reader, header, colour, out);
                    } else {
                        write(reader.read(0), header, colour, out);
                    }
                    return null;
                });
    }

    private static <T> T read(MemorySegment file, Format format, Task<T> task) {
        var reader = reader(format);
        try (var stream = new SegmentStream(file)) {
            reader.setInput(stream, true, true);
            return task.run(reader);
        } catch (IOException | RuntimeException failure) {
            throw broken(format, words(failure), failure);
        } catch (OutOfMemoryError | StackOverflowError failure) {
            // a broken header can ask for any size and any depth; only this sample is lost
            throw broken(format, "it takes more of the Java heap than there is", failure);
        } finally {
            reader.dispose();
        }
    }

    private static String words(Exception failure) {
        Throwable cause = failure;
        while (cause instanceof IIOException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        var message = cause.getMessage();
        return cause instanceof IOException && message != null
                ? message + " (ImageIO)"
                : cause + " (ImageIO)";
    }

    private static ImageReader reader(Format format) {
        var readers = ImageIO.getImageReadersByFormatName(format.name().toLowerCase(Locale.ROOT));
        while (readers.hasNext()) {
            var reader = readers.next();
            if (reader.getClass().getModule() == ImageIO.class.getModule()) {
                return reader;
            }
        }
        throw new IllegalStateException("this JDK's ImageIO does not read " + format);
    }

    private static void writeJpeg(
            ImageReader reader, ImageHeader header, DecodeImage.Colour colour, MemorySegment out)
            throws IOException {
        var warnings = new ArrayList<String>();
        reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
        var raster = reader.readRaster(0, null);
        warnings.removeIf(each -> each.endsWith("ignored")); // such as of a profile, not used here
        if (!warnings.isEmpty()) {
            throw new IIOException(warnings.getFirst());
        }
        checkExtents(raster, header);
        var pixels = header.jpegPixels();
        if (raster.getNumBands() != pixels.channels()) {
            throw new IIOException("it has " + raster.getNumBands() + " channels");
        }
        int[] samples = new int[header.width() * pixels.channels()];
        for (int y = 0; y < header.height(); y++) {
            raster.getPixels(0, y, header.width(), 1, samples);
            pixels.write(
                    samples,
                    pixels.channels(),
                    header.width(),
                    colour,
                    out,
                    (long) y * header.width() * colour.channels());
        }
    }

    private static void checkExtents(Raster raster, ImageHeader header) throws IIOException {
        if (raster.getHeight() != header.height() || raster.getWidth() != header.width()) {
            throw new IIOException(
                    "its header states "
                            + header.height()
                            + "×"
                            + header.width()
                            + " pixels, it has "
                            + raster.getHeight()
                            + "×"
                            + raster.getWidth());
        }
    }

    private static void write(
            BufferedImage image, ImageHeader header, DecodeImage.Colour colour, MemorySegment out)
            throws IIOException {
        var raster = image.getRaster();
        checkExtents(raster, header);
        int width = header.width();
        var model = image.getColorModel();
        boolean plain = isPlain(model);
        var pixels = plain ? pixelsOf(model) : Pixels.RGB;
        int bands = plain ? raster.getNumBands() : 3;
        int[] bits = model.getComponentSize();
        int[] samples = new int[width * bands];
        int[] packed = new int[width];
        for (int y = 0; y < header.height(); y++) {
            if (plain) {
                raster.getPixels(0, y, width, 1, samples);
                for (int i = 0; i < samples.length; i++) {
                    samples[i] = toByte(samples[i], bits[i % bands]);
                    if (pixels == Pixels.CMYK) {
                        samples[i] = 255 - samples[i]; // TIFF counts ink, Adobe's JPEG its lack
                    }
                }
            } else {
                image.getRGB(0, y, width, 1, packed, 0, width);
                for (int x = 0; x < width; x++) {
                    samples[3 * x] = packed[x] >> 16 & 0xFF;
                    samples[3 * x + 1] = packed[x] >> 8 & 0xFF;
                    samples[3 * x + 2] = packed[x] & 0xFF;
                }
            }
            pixels.write(samples, bands, width, colour, out, (long) y * width * colour.channels());
        }
    }

    /// Whether samples are numbers of their own, to be taken as stored; else the colour model
    /// has to be asked (a palette, bit fields).
    private static boolean isPlain(ColorModel model) throws IIOException {
        int type = model.getTransferType();
        if (type != DataBuffer.TYPE_BYTE
                && type != DataBuffer.TYPE_USHORT
                && model instanceof ComponentColorModel) {
            throw new IIOException("its samples are neither of 8 nor of 16 bits");
        }
        return model instanceof ComponentColorModel;
    }

    private static Pixels pixelsOf(ColorModel model) throws IIOException {
        return switch (model.getColorSpace().getType()) {
            case ColorSpace.TYPE_GRAY -> Pixels.GREY;
            case ColorSpace.TYPE_RGB -> Pixels.RGB;
            case ColorSpace.TYPE_CMYK -> Pixels.CMYK;
            default -> throw new IIOException("its colours are not grey, RGB or CMYK");
        };
    }

    private static int toByte(int sample, int bits) {
        return bits >= 8 ? sample >> bits - 8 : sample * 255 / ((1 << bits) - 1);
    }
}
