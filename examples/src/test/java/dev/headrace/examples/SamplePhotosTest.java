package dev.headrace.examples;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.examples.SamplePhotos.Part;
import java.awt.Rectangle;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

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

    private static Stream<Rectangle> sizes() {
        return Stream.of(
                new Rectangle(451, 300), new Rectangle(384, 303), new Rectangle(1411, 1411));
    }
}
