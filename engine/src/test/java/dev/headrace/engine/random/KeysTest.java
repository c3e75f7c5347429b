package dev.headrace.engine.random;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The values were computed once by this code. They are fixed here since they decide what random
/// numbers a graph draws: a change would change every run.
class KeysTest {
    @Test
    void keysNeverChange() {
        assertEquals(-3151244345882544364L, Keys.explicit(0));
        assertEquals(5755101191246156898L, Keys.explicit(-1));
        assertEquals(7269354132426083091L, Keys.named(42, "flip"));
        assertEquals(-7037948633288980413L, Keys.named(42, "größe"));
        assertEquals(8554148773316052376L, Keys.ordinal(42, "CoinFlip", 0));
        assertEquals(-3281070248138560286L, Keys.ordinal(42, "CoinFlip", 1));
        assertEquals(-7891471435538434934L, Keys.device(42, 0));
        assertEquals(5933284073085615124L, Keys.draw(42, "angle"));
        assertEquals(5639588619321834518L, Keys.draw(42, ""));
    }

    /// The first outputs of SplitMix64 with seed 1234567, published with many implementations, such
    /// as at rosettacode.org, "Pseudo-random numbers/Splitmix64".
    @Test
    void mixesAsSplitMix64() {
        long step = 0x9E3779B97F4A7C15L;
        assertEquals(6457827717110365317L, Keys.mix(1234567 + step));
        assertEquals(3203168211198807973L, Keys.mix(1234567 + 2 * step));
        assertEquals(-8629252141511181193L, Keys.mix(1234567 + 3 * step));
    }

    @Test
    void keysOfDifferentThingsDiffer() {
        var keys = new HashSet<Long>();
        int count = 0;
        for (long seed = -20; seed < 20; seed++) {
            keys.add(Keys.explicit(seed));
            count++;
            for (var text : List.of("", "a", "b", "ab", "ba", "CoinFlip")) {
                for (int number = 0; number < 5; number++) {
                    keys.add(Keys.ordinal(seed, text, number));
                    count++;
                }
                keys.add(Keys.named(seed, text));
                keys.add(Keys.draw(seed, text));
                count += 2;
            }
            keys.add(Keys.device(seed, 0));
            keys.add(Keys.device(seed, 1));
            count += 2;
        }
        assertEquals(count, keys.size());
    }
}
