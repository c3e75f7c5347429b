package dev.headrace.operators.decode;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.w3c.dom.Element;

/// JPEG files of random extents, samplings and processes, made by ImageIO.
public final class RandomJpeg {
    /// Samples of each channel across and down.
    private static final String[][] SAMPLINGS = {
        {"11", "11", "11"},
        {"21", "11", "11"},
        {"22", "11", "11"},
        {"12", "11", "11"},
        {"41", "11", "11"},
        // not decoded in parts
        {"14", "11", "11"},
        {"42", "11", "11"},
        {"22", "21", "21"},
        {"22", "12", "12"},
        {"21", "21", "21"},
        {"32", "11", "31"},
        {"11", "21", "22"},
    };

    private final Random random;

    private RandomJpeg(Random random) {
        this.random = random;
    }

    /// A file.
    public static byte[] of(Random random) {
        try {
            return new RandomJpeg(random).file();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Rows or columns of a file's image, whichever are fewer.
    public static int side(byte[] file) {
        var reader = ImageIO.getImageReadersByFormatName("jpeg").next();
        try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(stream);
            return Math.min(reader.getWidth(0), reader.getHeight(0));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } finally {
            reader.dispose();
        }
    }

    private byte[] file() throws IOException {
        boolean grey = random.nextInt(6) == 0;
        var image = picture(grey);
        var writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        var parameters = writer.getDefaultWriteParam();
        parameters.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
        parameters.setCompressionQuality(0.3f + 0.65f * random.nextFloat());
        boolean progressive = random.nextInt(6) == 0;
        if (progressive) {
            parameters.setProgressiveMode(ImageWriteParam.MODE_DEFAULT);
        }
        var file = written(writer, parameters, image, metadata(writer, parameters, image, grey));
        if (progressive && random.nextBoolean()) {
            file = unfinished(file);
        }
        return random.nextInt(4) == 0 ? turned(file, random.nextInt(1, 9)) : file;
    }

    private static byte[] written(
            ImageWriter writer,
            ImageWriteParam parameters,
            BufferedImage image,
            IIOMetadata metadata)
            throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var stream = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(stream);
            writer.write(null, new IIOImage(image, null, metadata), parameters);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /// Large ones have several rows of units to pass over, small ones less than one.
    private int extent() {
        return random.nextInt(4) == 0 ? random.nextInt(1, 20) : random.nextInt(20, 200);
    }

    /// Waves, edges and some noise.
    private BufferedImage picture(boolean grey) {
        int type = grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB;
        var image = new BufferedImage(extent(), extent(), type);
        double wave = 3 + 20 * random.nextDouble();
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = 0;
                for (int channel = 1; channel <= 3; channel++) {
                    double value =
                            120 + 90 * Math.sin(x / wave * channel) * Math.cos(y / wave + channel);
                    value += (x / 9 + y / 7) % 2 * 40 + 6 * random.nextGaussian();
                    rgb = rgb << 8 | (int) Math.clamp(value, 0, 255);
                }
                image.setRGB(x, y, rgb);
            }
        }
        return image;
    }

    private IIOMetadata metadata(
            ImageWriter writer, ImageWriteParam parameters, BufferedImage image, boolean grey)
            throws IOException {
        var type = ImageTypeSpecifier.createFromRenderedImage(image);
        var metadata = writer.getDefaultImageMetadata(type, parameters);
        var format = metadata.getNativeMetadataFormatName();
        var root = (Element) metadata.getAsTree(format);
        if (!grey) {
            var sampling = SAMPLINGS[random.nextInt(SAMPLINGS.length)];
            for (int i = 0; i < sampling.length; i++) {
                var channel = (Element) root.getElementsByTagName("componentSpec").item(i);
                channel.setAttribute("HsamplingFactor", sampling[i].substring(0, 1));
                channel.setAttribute("VsamplingFactor", sampling[i].substring(1));
            }
        }
        if (random.nextInt(4) == 0) {
            var restart = new IIOMetadataNode("dri");
            restart.setAttribute("interval", Integer.toString(random.nextInt(1, 12)));
            var frame = root.getElementsByTagName("sof").item(0);
            frame.getParentNode().insertBefore(restart, frame);
        }
        metadata.setFromTree(format, root);
        return metadata;
    }

    /// The same without some of its last scans, so that blocks are smoothed.
    private byte[] unfinished(byte[] file) {
        var scans = new ArrayList<Integer>();
        for (int i = 0; i < file.length - 1; i++) {
            if (file[i] == (byte) 0xFF && file[i + 1] == (byte) 0xDA) {
                scans.add(i);
            }
        }
        int end = scans.get(random.nextInt(1, scans.size()));
        var rest = Arrays.copyOf(file, end + 2);
        rest[end + 1] = (byte) 0xD9; // the end of the image
        return rest;
    }

    /// The same with a tag of orientation.
    static byte[] turned(byte[] file, int orientation) {
        return with(
                file,
                "FFE1 0022 457869660000 49492A0008000000 0100 1201 0300 01000000 %02X000000 00000000"
                        .formatted(orientation));
    }

    /// The same with a segment, in hexadecimal digits, in front of all others.
    private static byte[] with(byte[] file, String segment) {
        var more = HexFormat.of().parseHex(segment.replace(" ", ""));
        var all = new ByteArrayOutputStream();
        all.write(file, 0, 2);
        all.writeBytes(more);
        all.write(file, 2, file.length - 2);
        return all.toByteArray();
    }
}
