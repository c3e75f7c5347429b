package dev.headrace.engine.random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Beside the functions of `StrictMath`, which are exact to the last bit or nearly.
class GaussianTest {
    /// A multiple of 2^-53 below 1, of any size, or as near to another number.
    private static double even(SplittableRandom random, double near) {
        double part = (random.nextLong() >>> 11 >>> random.nextInt(53)) * 0x1p-53;
        double number = random.nextBoolean() ? near + part : near - part;
        number = Math.rint(number * 0x1p53) * 0x1p-53;
        return number >= 0 && number < 1 ? number : part;
    }

    private static void assertNear(
            String what, double number, double expected, double ours, double distance) {
        assertTrue(
                Math.abs(ours - expected) <= distance,
                () -> "%s of %a: %a in place of %a".formatted(what, number, ours, expected));
    }

    @Test
    void logarithmsAndCosinesAreRightButForTheLastBits() {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 200_000; i++) {
            double number = even(random, random.nextInt(9) / 8.0);
            double log = StrictMath.log(1 - number);
            var where = "seed " + seed;
            assertNear(
                    where + ": log", 1 - number, log, Gaussian.log(1 - number), 3 * Math.ulp(log));
            // the angle that it is given is rounded
            double cosine = StrictMath.cos(2 * Math.PI * number);
            double distance = Math.ulp(2 * Math.PI * number) + 0x1p-52;
            assertNear(where + ": cosine", number, cosine, Gaussian.cosine(number), distance);
        }
    }

    /// To 17 digits, by hand from the series.
    @Test
    void someNumbersAreExact() {
        assertEquals(0, Gaussian.log(1));
        assertEquals(-0.6931471805599453, Gaussian.log(0.5));
        assertEquals(-53 * 0.6931471805599453, Gaussian.log(0x1p-53));
        assertEquals(1, Gaussian.cosine(0));
        assertEquals(0, Gaussian.cosine(0.25), 0);
        assertEquals(-1, Gaussian.cosine(0.5));
        assertEquals(0, Gaussian.cosine(0.75), 0);
        assertEquals(0.7071067811865476, Gaussian.cosine(0.125), 0x1p-53);
    }
}
