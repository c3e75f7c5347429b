package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResamplerTest {
    /// A window of an image, resized by a new resampler.
    static TensorValue resampled(
            TensorValue image,
            Window window,
            int height,
            int width,
            Filter filter,
            boolean antialias,
            ElementType type) {
        return resampled(
                new Resampler(PlainLoops::new),
                image,
                window,
                height,
                width,
                filter,
                antialias,
                type);
    }

    private static TensorValue resampled(
            Resampler resampler,
            TensorValue image,
            Window window,
            int height,
            int width,
            Filter filter,
            boolean antialias,
            ElementType type) {
        var spec = TensorSpec.of(type, "HWC", height, width, image.spec().shape().extent(2));
        try (var arena = Arena.ofConfined()) {
            var storage = Storage.permanent("a test");
            var from = arena.allocate(image.spec().bytes());
            var to = arena.allocate(spec.bytes());
            var in = new Tensor(image.spec(), from.address(), storage, true);
            in.buffer().put(image.bytes());
            var out = new Tensor(spec, to.address(), storage, true);
            resampler.run(
                    Source.of(in.freeze(), window),
                    spec,
                    filter,
                    antialias,
                    its -> Rows.filling(out, resampler.loops()));
            return TensorValue.copyOf(out);
        }
    }

    private static TensorValue noise(Random random, int height, int width, int channels) {
        var bytes = new byte[height * width * channels];
        random.nextBytes(bytes);
        return TensorValue.of(TensorSpec.of(UINT8, "HWC", height, width, channels), bytes);
    }

    /// One channel of an image.
    private static TensorValue channel(TensorValue image, int channel) {
        var shape = image.spec().shape();
        int channels = (int) shape.extent(2);
        var numbers = image.numbers();
        var one = new double[numbers.length / channels];
        Arrays.setAll(one, i -> numbers[i * channels + channel]);
        return TensorValue.of(image.spec().withExtent(2, 1), one);
    }

    @Test
    void everyChannelIsResizedAsIfAlone() {
        long seed = 4;
        var random = new Random(seed);
        for (int channels : new int[] {1, 2, 3, 4, 7}) {
            var image = noise(random, 23, 31, channels);
            for (int width : new int[] {5, 11, 17, 40}) { // 14, 6, 4 and 2 taps
                var window = new Window(3, 2, 19, 27);
                var all = resampled(image, window, 9, width, Filter.LINEAR, true, FLOAT32);
                for (int c = 0; c < channels; c++) {
                    var one = channel(image, c);
                    var alone = resampled(one, window, 9, width, Filter.LINEAR, true, FLOAT32);
                    assertEquals(alone, channel(all, c), "seed %s, %s".formatted(seed, width));
                }
            }
        }
    }

    @Test
    void pixelsOutsideTheWindowAreNotRead() {
        long seed = 5;
        var random = new Random(seed);
        for (var filter : Filter.values()) {
            var window = new Window(4, 6, 10, 8);
            var image = noise(random, 20, 18, 3);
            var other = noise(random, 20, 18, 3).bytes();
            for (int y = 0; y < window.height(); y++) {
                int place = ((window.y() + y) * 18 + window.x()) * 3;
                System.arraycopy(image.bytes(), place, other, place, 3 * window.width());
            }
            for (boolean antialias : new boolean[] {true, false}) {
                assertEquals(
                        resampled(image, window, 6, 13, filter, antialias, UINT8),
                        resampled(
                                TensorValue.of(image.spec(), other),
                                window,
                                6,
                                13,
                                filter,
                                antialias,
                                UINT8),
                        filter + ", seed " + seed);
            }
        }
    }

    @Test
    void aUniformImageStaysSo() {
        for (int value : new int[] {0, 1, 127, 128, 255}) {
            var image = TensorValue.filled(TensorSpec.of(UINT8, "HWC", 70, 90, 3), value);
            var window = Window.whole(image.spec().shape());
            for (var filter : Filter.values()) {
                var out = resampled(image, window, 2, 3, filter, true, UINT8); // over 16 rows each
                assertEquals(
                        TensorValue.filled(TensorSpec.of(UINT8, "HWC", 2, 3, 3), value),
                        out,
                        filter.name());
            }
        }
    }

    @Test
    void manyRowsAreAveragedAsFew() {
        var column = new double[40];
        Arrays.setAll(column, i -> 6 * i);
        var image = uint8("HWC", shape(40, 1, 1), column);
        var whole = Window.whole(image.spec().shape());
        var out = resampled(image, whole, 1, 1, Filter.LINEAR, true, FLOAT32);
        assertEquals(117, out.number(0), 1e-3); // symmetric weights: the mean of 0, 6, … 234
    }

    @Test
    void theSameResamplerServesOneImageAfterAnother() {
        long seed = 6;
        var random = new Random(seed);
        var kept = new Resampler(PlainLoops::new);
        for (int i = 0; i < 40; i++) {
            int height = 1 + random.nextInt(40);
            int width = 1 + random.nextInt(40);
            var image = noise(random, height, width, 1 + random.nextInt(4));
            var whole = Window.whole(image.spec().shape());
            int h = 1 + random.nextInt(40);
            int w = 1 + random.nextInt(40);
            var filter = Filter.values()[random.nextInt(5)];
            boolean antialias = random.nextBoolean();
            var message = "seed %s, image %s: %s".formatted(seed, i, image.spec());
            assertArrayEquals(
                    resampled(image, whole, h, w, filter, antialias, FLOAT32).bytes(),
                    resampled(kept, image, whole, h, w, filter, antialias, FLOAT32).bytes(),
                    message);
        }
    }

    @Test
    void tablesAreBoundedAndMadeAgainWhenNeeded() {
        long seed = 9;
        var image = noise(new Random(seed), 1, 100, 1);
        var kept = new Resampler(PlainLoops::new);
        var narrow = new Window(0, 3, 1, 40);
        var before = resampled(kept, image, narrow, 1, 3_000, Filter.LANCZOS3, true, FLOAT32);
        int table = 7 * 3_000; // numbers: six weights and a place each
        for (int width = 41; width <= 100; width++) { // together they pass the limit
            var window = new Window(0, 0, 1, width);
            resampled(kept, image, window, 1, 3_000, Filter.LANCZOS3, true, FLOAT32);
            assertTrue(
                    kept.tableSize() <= Resampler.TABLE_LIMIT + table,
                    kept.tableSize() + " numbers");
        }
        assertTrue(kept.tableSize() > Resampler.TABLE_LIMIT, kept.tableSize() + " numbers");
        assertEquals(
                before,
                resampled(kept, image, narrow, 1, 3_000, Filter.LANCZOS3, true, FLOAT32),
                "seed " + seed);
    }

    @Test
    void tablesInUseAreNotFilledAgain() {
        long seed = 10;
        var random = new Random(seed);
        var kept = new Resampler(PlainLoops::new);
        int many = Resampler.TABLE_LIMIT / 2; // rows, each with two weights and a place
        var image = noise(random, 5, 7, 1);
        var whole = Window.whole(image.spec().shape());
        for (int height : new int[] {many, 3, 4}) { // of which the smaller get its memory
            assertEquals(
                    resampled(image, whole, height, 2, Filter.LINEAR, true, UINT8),
                    resampled(kept, image, whole, height, 2, Filter.LINEAR, true, UINT8),
                    height + " rows, seed " + seed);
        }
    }

    @Test
    void theMemoryOfAHugeRowIsGivenBackOnceOthersNeedLess() {
        var kept = new Resampler(PlainLoops::new);
        var small = TensorValue.filled(TensorSpec.of(UINT8, "HWC", 2, 2, 1), 9);
        var whole = Window.whole(small.spec().shape());
        int huge = 2 * Resampler.TABLE_LIMIT;
        resampled(kept, small, whole, 1, huge, Filter.LINEAR, true, UINT8);
        assertTrue(kept.rowSize() >= 2 * huge, kept.rowSize() + " numbers");
        assertTrue(kept.tableSize() >= 2 * huge, kept.tableSize() + " numbers");
        var expected = TensorValue.filled(TensorSpec.of(UINT8, "HWC", 3, 4, 1), 9);
        assertEquals(expected, resampled(kept, small, whole, 3, 4, Filter.LINEAR, true, UINT8));
        assertTrue(kept.rowSize() < 1000, kept.rowSize() + " numbers");
        assertTrue(kept.tableSize() < 1000, kept.tableSize() + " numbers");
    }

    @Test
    void refusesRowsTooLongForItsBuffers() {
        var spec = TensorSpec.of(UINT8, "HWC", 1, 1 << 25, 3);
        var in = new Tensor(spec, 0, Storage.permanent("never read"), false);
        var whole = Window.whole(spec.shape());
        var refused =
                assertThrows(
                        BadSample.class,
                        () ->
                                new Resampler(PlainLoops::new)
                                        .run(
                                                Source.of(in, whole),
                                                TensorSpec.of(UINT8, "HWC", 1, 1, 3),
                                                Filter.LINEAR,
                                                true,
                                                its -> (y, row) -> {}));
        assertEquals("a row of 100663296 numbers is too long: over 67108864", refused.getMessage());
    }
}
