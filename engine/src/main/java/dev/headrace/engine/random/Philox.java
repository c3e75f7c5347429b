package dev.headrace.engine.random;

/// Philox4x32-10: 128 random bits as a function of a 128-bit counter and a 64-bit key.
///
/// Source: J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3",
/// SC 2011, section 3.3, with the constants of its table 2. Pure; safe from any thread.
public final class Philox {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;

    private Philox() {}

    /// Words 0 and 1 (`half` 0) or 2 and 3 (`half` 1) of the block, the lower word in the lower 32
    /// bits.
    ///
    /// @param counterLow words 0 and 1 of the counter, the lower word in the lower bits
    /// @param counterHigh words 2 and 3 of the counter
    /// @param key both words of the key
    public static long bits(long counterLow, long counterHigh, long key, int half) {
        int c0 = (int) counterLow;
        int c1 = (int) (counterLow >>> 32);
        int c2 = (int) counterHigh;
        int c3 = (int) (counterHigh >>> 32);
        int k0 = (int) key;
        int k1 = (int) (key >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long product0 = MULTIPLIER_0 * (c0 & 0xFFFF_FFFFL);
            long product1 = MULTIPLIER_1 * (c2 & 0xFFFF_FFFFL);
            c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
            c1 = (int) product1;
            c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
            c3 = (int) product0;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        return half == 0
                ? (c0 & 0xFFFF_FFFFL) | (long) c1 << 32
                : (c2 & 0xFFFF_FFFFL) | (long) c3 << 32;
    }
}
