package dev.headrace.engine.random;

import static com.google.common.base.Preconditions.checkArgument;

/// A keyed permutation of the numbers below a size, computed one at a time: a shuffled order that
/// nobody has to hold.
///
/// A generalized Feistel network on pairs of digits (left, right) of mixed base; a result outside
/// the range is sent round again, which happens for at most one number in four, and for fewer than
/// one in eleven of sizes above 100. Source: J. Black and P. Rogaway, "Ciphers with Arbitrary
/// Finite Domains", CT-RSA 2002, sections 3 and 5. Each round moves one digit by an amount that it
/// finds at the other digit's place in a SplitMix64 sequence of its own, begun at a number from
/// [Philox]. Source: G. Steele, D. Lea, C. Flood, "Fast Splittable Pseudorandom Number Generators",
/// OOPSLA 2014. Large sizes would do with fewer rounds; with these, all orders of a few numbers are
/// equally likely too (with 8, some of 6 numbers are twice as likely as others).
///
/// Immutable; safe from any thread.
public final class Permutation {
    private static final int ROUNDS = 20;
    private static final long STEP = 0x9E3779B97F4A7C15L; // 2^64 divided by the golden ratio

    private final long size;
    private final long leftBase;
    private final long rightBase;
    private final long[] roundKeys = new long[ROUNDS];

    /// The permutation of a key.
    ///
    /// @param size at least 1, at most 2^48
    /// @param key any
    public Permutation(long size, long key) {
        checkArgument(size >= 1 && size <= 1L << 48, "a permutation of %s numbers", size);
        this.size = size;
        leftBase = (long) Math.ceil(Math.sqrt(size));
        rightBase = (size + leftBase - 1) / leftBase;
        for (int round = 0; round < ROUNDS; round++) {
            roundKeys[round] = Philox.bits(round, 0, key, 0);
        }
    }

    /// How many numbers it permutes.
    public long size() {
        return size;
    }

    /// What takes the place of a number.
    ///
    /// @param position from 0, below the size
    public long at(long position) {
        checkArgument(
                position >= 0 && position < size, "position %s is not below %s", position, size);
        long number = position;
        do {
            number = encrypt(number);
        } while (number >= size);
        return number;
    }

    private long encrypt(long number) {
        long right = number / leftBase;
        long left = number - right * leftBase;
        for (int round = 0; round < ROUNDS; round += 2) {
            left = rotated(left, right, round, leftBase);
            right = rotated(right, left, round + 1, rightBase);
        }
        return right * leftBase + left;
    }

    /// A digit, moved on by an amount below its base that depends on the other digit.
    private long rotated(long digit, long other, int round, long base) {
        long bits = Keys.mix(roundKeys[round] + (other + 1) * STEP);
        long sum = digit + Math.unsignedMultiplyHigh(bits, base);
        return sum < base ? sum : sum - base;
    }
}
