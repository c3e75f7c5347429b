package dev.headrace.operators.decode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/// The kept image files and their pixels; `decode.py` makes them.
final class ImageFiles {
    /// One file.
    ///
    /// @param name its name in the test's resources
    /// @param height rows of the upright picture
    /// @param width columns of the upright picture
    /// @param channels those of the file
    record ImageFile(String name, int height, int width, int channels) {
        byte[] bytes() {
            return resource(name);
        }

        byte[] rgb() {
            return resource(name + ".rgb");
        }

        byte[] grey() {
            return resource(name + ".grey");
        }

        /// How far ImageIO's samples may be off, from 0 to 255. It repeats chroma that is halved
        /// in height alone, where libjpeg-turbo interpolates.
        int imageIoTolerance() {
            return name.equals("440.jpg") || name.equals("uneven.jpg") ? 25 : 0;
        }

        /// Whether ImageIO reads it.
        boolean isForImageIo() {
            return !name.equals("arithmetic.jpg");
        }

        boolean isJpeg() {
            return name.endsWith(".jpg");
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private ImageFiles() {}

    static List<ImageFile> all() {
        return new String(resource("extents.txt"))
                .lines()
                .map(line -> line.split(" "))
                .map(
                        part ->
                                new ImageFile(
                                        part[0],
                                        Integer.parseInt(part[1]),
                                        Integer.parseInt(part[2]),
                                        Integer.parseInt(part[3])))
                .toList();
    }

    /// Those that are decoded with or without libturbojpeg, whichever this machine has.
    static List<ImageFile> decodable() {
        return all().stream().filter(file -> TurboJpeg.isThere() || file.isForImageIo()).toList();
    }

    static ImageFile named(String name) {
        return all().stream().filter(file -> file.name.equals(name)).findFirst().orElseThrow();
    }

    private static byte[] resource(String name) {
        try (var stream = ImageFiles.class.getResourceAsStream(name)) {
            return Objects.requireNonNull(stream, name).readAllBytes();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
