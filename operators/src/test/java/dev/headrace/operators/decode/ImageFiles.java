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

    /// The largest difference of two images' samples, from 0 to 255.
    static int difference(byte[] expected, byte[] actual) {
        if (expected.length != actual.length) {
            throw new AssertionError(actual.length + " bytes, expected " + expected.length);
        }
        int largest = 0;
        for (int i = 0; i < expected.length; i++) {
            int difference = Byte.toUnsignedInt(expected[i]) - Byte.toUnsignedInt(actual[i]);
            largest = Math.max(largest, Math.abs(difference));
        }
        return largest;
    }
}
