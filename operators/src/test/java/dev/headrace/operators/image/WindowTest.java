package dev.headrace.operators.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Context;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class WindowTest {
    /// Draws numbers that the test chooses.
    @FunctionalInterface
    private interface Draws extends Context {
        /// The number drawn, from 0 (inclusive) to 1 (exclusive).
        double drawn(String draw, long index);

        @Override
        default long bits(String draw, long index) {
            return (long) (drawn(draw, index) * 0x1p53) << 11;
        }

        @Override
        default long iteration() {
            throw new UnsupportedOperationException();
        }

        @Override
        default long epoch() {
            throw new UnsupportedOperationException();
        }

        @Override
        default Tensor tensor(Argument argument) {
            throw new UnsupportedOperationException();
        }

        @Override
        default <T> T keep(Object key, Supplier<T> maker) {
            throw new UnsupportedOperationException();
        }
    }

    private static Window random(int height, int width, Draws draws) {
        return Window.random(Shape.of(height, width, 3), 0.08, 1, 3 / 4.0, 4 / 3.0, draws);
    }

    @Test
    void isDrawnByAreaAspectAndPlace() {
        // area 0.54 · 187,500 = 101,250, aspect 1: 318×318; 58 rows and 183 columns to begin at
        assertEquals(new Window(29, 91, 318, 318), random(375, 500, (_, _) -> 0.5));
        // area 0.31 · 187,500 = 58,125, aspect √(3/4): sides √(58125 / √0.75), √(58125 · √0.75)
        assertEquals(new Window(29, 69, 259, 224), random(375, 500, (_, _) -> 0.25));
    }

    @Test
    void isDrawnAgainUntilItFits() {
        // attempt 0: 0.954 of the area at aspect 1 is 423×423, higher than the image
        Draws draws = (draw, attempt) -> draw.equals("area") && attempt == 0 ? 0.95 : 0.5;
        assertEquals(new Window(29, 91, 318, 318), random(375, 500, draws));
    }

    @Test
    void takesTheMiddleWhereNoneFits() {
        Draws largest = (_, _) -> 0.999;
        assertEquals(new Window(0, 43, 10, 13), random(10, 100, largest)); // aspect 4:3
        assertEquals(new Window(43, 0, 13, 10), random(100, 10, largest)); // aspect 3:4
        assertEquals(new Window(0, 0, 10, 10), random(10, 10, largest)); // all of it
        assertEquals(new Window(0, 49, 1, 1), random(1, 100, largest));
    }

    @Test
    void alwaysLiesInTheImage() {
        long seed = 8;
        var random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            int height = 1 + random.nextInt(50);
            int width = 1 + random.nextInt(50);
            var window = random(height, width, (_, _) -> random.nextDouble());
            assertTrue(
                    window.y() + window.height() <= height && window.x() + window.width() <= width,
                    "%s in %s×%s, seed %s".formatted(window, height, width, seed));
        }
    }

    @Test
    void anAnchorSharesTheRoomAround() {
        var image = Shape.of(10, 21, 3);
        assertEquals(new Window(0, 0, 4, 6), Window.anchored(image, 4, 6, 0, 0));
        assertEquals(new Window(3, 8, 4, 6), Window.anchored(image, 4, 6, 0.5, 0.5)); // 7.5 is 8
        assertEquals(new Window(6, 15, 4, 6), Window.anchored(image, 4, 6, 1, 1));
    }

    @Test
    void refusesWhatIsNoWindow() {
        var refused = assertThrows(IllegalArgumentException.class, () -> new Window(0, -1, 3, 4));
        assertEquals("no window: row 0, column -1, 3×4", refused.getMessage());
        assertThrows(IllegalArgumentException.class, () -> new Window(0, 0, 0, 4));
    }

    @Test
    void tellsItsSizeAndPlace() {
        assertEquals("100×80 at (3, 5)", new Window(3, 5, 100, 80).toString());
    }
}
