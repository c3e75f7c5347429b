package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.examples.SamplePhotos.Part;
import java.awt.Rectangle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SamplePhotosTest {
    private static final long SEED = 7;
    private static final int WINDOWS = 300;

    @Test
    void trainingAndHeldOutCropsShareNoPixel() {
        sizes().forEach(
                        photo -> {
                            var random = new Random(SEED);
                            var heldOut =
                                    Stream.generate(() -> Part.HELD_OUT.window(photo, random))
                                            .limit(WINDOWS)
                                            .toList();
                            for (int i = 0; i < WINDOWS; i++) {
                                var window = Part.TRAIN.window(photo, random);
                                assertFalse(
                                        heldOut.stream().anyMatch(window::intersects),
                                        () -> window + " of " + photo + ", seed " + SEED);
                            }
                        });
    }

    @Test
    void cropsAreSquaresWithinThePhoto() {
        sizes().forEach(
                        photo -> {
                            var random = new Random(SEED);
                            for (int i = 0; i < WINDOWS; i++) {
                                for (var part : Part.values()) {
                                    var window = part.window(photo, random);
                                    assertTrue(
                                            photo.contains(window) && window.width == window.height,
                                            () -> window + " of " + photo + ", seed " + SEED);
                                }
                            }
                        });
    }

    @Test
    void removesWhatAStoppedFetchLeft(@TempDir Path cache) throws IOException {
        var left = Files.createDirectories(cache.resolve("photos-1.part/photos-1/train"));
        Files.writeString(left.resolve("000.jpg"), "half");
        var photos = new SamplePhotos(cache.resolve("photos-1"));
        assertThrows(IOException.class, () -> photos.fetchIfMissing(cache.resolve("no-python")));
        assertFalse(Files.exists(cache.resolve("photos-1.part")));
        assertFalse(Files.exists(photos.folder()));
    }

    private static Stream<Rectangle> sizes() {
        return Stream.of(
                new Rectangle(451, 300), new Rectangle(384, 303), new Rectangle(1411, 1411));
    }
}
