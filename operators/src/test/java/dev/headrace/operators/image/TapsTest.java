package dev.headrace.operators.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TapsTest {
    private static float[] weights(Taps taps, int pixel) {
        int count = taps.count();
        return Arrays.copyOfRange(taps.weights(), pixel * count, (pixel + 1) * count);
    }

    @Test
    void aGrownFilterDropsWhatLiesBeyondTheEnds() {
        var taps = Taps.of(Taps.Span.whole(4), 2, Filter.LINEAR, true);
        assertArrayEquals(new int[] {0, 0}, taps.first());
        // centres at 1 and 3; 1/4, 3/4, 3/4, 1/4, of which the outermost lies beyond the end
        assertArrayEquals(new float[] {3 / 7f, 3 / 7f, 1 / 7f, 0}, weights(taps, 0), 1e-7f);
        assertArrayEquals(new float[] {0, 1 / 7f, 3 / 7f, 3 / 7f}, weights(taps, 1), 1e-7f);
    }

    @Test
    void withoutAntialiasingOnlyTheNearestPixelsCount() {
        var taps = Taps.of(Taps.Span.whole(4), 2, Filter.LINEAR, false);
        assertArrayEquals(new int[] {0, 2}, taps.first());
        assertArrayEquals(new float[] {0.5f, 0.5f, 0.5f, 0.5f}, taps.weights());
    }

    @Test
    void enlargesWithCentresInTheMiddle() {
        var taps = Taps.of(Taps.Span.whole(2), 4, Filter.LINEAR, true);
        assertArrayEquals(new int[] {0, 0, 0, 0}, taps.first());
        assertArrayEquals(new float[] {1, 0, 0.75f, 0.25f, 0.25f, 0.75f, 0, 1}, taps.weights());
    }

    @Test
    void cubicWeightsAreThoseOfKeys() {
        // at 5/4, 1/4, 3/4 and 7/4 pixels: -9/128, 111/128, 29/128, -3/128
        var repeated = Taps.of(Taps.Span.whole(2), 4, Filter.CUBIC, false);
        assertArrayEquals(new float[] {102 / 128f, 26 / 128f}, weights(repeated, 1), 1e-7f);
        var dropped = Taps.of(Taps.Span.whole(2), 4, Filter.CUBIC, true);
        assertArrayEquals(new float[] {111 / 140f, 29 / 140f}, weights(dropped, 1), 1e-7f);
        var inside = Taps.of(Taps.Span.whole(8), 16, Filter.CUBIC, true);
        assertEquals(2, inside.first()[7]);
        assertArrayEquals(
                new float[] {-9 / 128f, 111 / 128f, 29 / 128f, -3 / 128f},
                mirrored(weights(inside, 8)),
                1e-7f);
    }

    private static float[] mirrored(float[] weights) {
        var mirrored = new float[weights.length];
        for (int i = 0; i < weights.length; i++) {
            mirrored[i] = weights[weights.length - 1 - i];
        }
        return mirrored;
    }

    @Test
    void nearestTakesTheLatterOfTwoThatAreEquallyNear() {
        // (i + 1/2) · 2/3: 1/3, 1, 5/3, 7/3, 3, 11/3
        assertArrayEquals(
                new int[] {0, 1, 1, 2, 3, 3},
                Taps.of(Taps.Span.whole(4), 6, Filter.NEAREST, true).first());
    }

    @Test
    void aSpanMayBeginAndEndWithinAPixel() {
        // 5/8 to 21/8: centres at 9/8 and 17/8 of four pixels
        var span = new Taps.Span(4, 5, 16, 8);
        var taps = Taps.of(span, 2, Filter.LINEAR, true);
        assertArrayEquals(new int[] {0, 1}, taps.first());
        assertArrayEquals(new float[] {3 / 8f, 5 / 8f, 3 / 8f, 5 / 8f}, taps.weights());
        assertArrayEquals(new int[] {1, 2}, Taps.of(span, 2, Filter.NEAREST, true).first());
    }

    @Test
    void aSpanInPartsOfAPixelIsTheSameAsInWholeOnes() {
        var eighths = Taps.of(new Taps.Span(30, 0, 240, 8), 7, Filter.LANCZOS3, true);
        var whole = Taps.of(Taps.Span.whole(30), 7, Filter.LANCZOS3, true);
        assertArrayEquals(whole.first(), eighths.first());
        assertArrayEquals(whole.weights(), eighths.weights());
    }

    @Test
    void weightsAddUpToOneAndStayInTheRow() {
        long seed = 7;
        var random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            int in = 1 + random.nextInt(random.nextBoolean() ? 10 : 2_000);
            int out = 1 + random.nextInt(random.nextBoolean() ? 10 : 500);
            var filter = Filter.values()[random.nextInt(5)];
            boolean antialias = random.nextBoolean();
            var taps = Taps.of(Taps.Span.whole(in), out, filter, antialias);
            var what = "%s to %s, %s, %s, seed %s".formatted(in, out, filter, antialias, seed);
            assertTrue(taps.count() <= in, what);
            for (int i = 0; i < out; i++) {
                var weights = weights(taps, i);
                int first = taps.first()[i];
                assertTrue(first >= 0 && first + taps.count() <= in, what);
                double sum = 0;
                for (float weight : weights) {
                    sum += weight;
                }
                assertEquals(1, sum, 1e-5, what);
            }
        }
    }
}
