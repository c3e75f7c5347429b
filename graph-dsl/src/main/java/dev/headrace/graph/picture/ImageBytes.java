package dev.headrace.graph.picture;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Images as files, in memory alone: by itself ImageIO goes by way of a temporary file.
final class ImageBytes {
    private ImageBytes() {}

    /// @param format as ImageIO calls it, one that it has a writer of for such images
    static byte[] of(BufferedImage image, String format) {
        var bytes = new ByteArrayOutputStream();
        try (var stream = new MemoryCacheImageOutputStream(bytes)) {
            ImageIO.write(image, format, stream);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return bytes.toByteArray();
    }
}
