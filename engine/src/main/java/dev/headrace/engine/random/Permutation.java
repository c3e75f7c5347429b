package dev.headrace.engine.random;

import static com.google.common.base.Preconditions.checkArgument;

/// A keyed permutation of the numbers below a size, computed one at a time: a shuffled order that
/// nobody has to hold.
///
/// A generalized Feistel network on pairs of digits (left, right) of mixed base, with [Philox] as
/// the round function; a result outside the range is sent round again, which happens for fewer than
/// one number in four. Source: J. Black and P. Rogaway, "Ciphers with Arbitrary Finite Domains",
/// CT-RSA 2002, sections 3 and 5. Immutable; safe from any thread.
public final class Permutation {
    private static final int ROUNDS = 6;

    private final long size;
    private final long key;
    private final long leftBase;
    private final long rightBase;

    /// The permutation of a key.
    ///
    /// @param size at least 1, at most 2^48
    /// @param key any
    public Permutation(long size, long key) {
        checkArgument(size >= 1 && size <= 1L << 48, "a permutation of %s numbers", size);
        this.size = size;
        this.key = key;
        leftBase = (long) Math.ceil(Math.sqrt(size));
        rightBase = (size + leftBase - 1) / leftBase;
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
        long left = number % leftBase;
        long right = number / leftBase;
        for (int round = 0; round < ROUNDS; round += 2) {
            left = (left + below(right, round, leftBase)) % leftBase;
            right = (right + below(left, round + 1, rightBase)) % rightBase;
        }
        return right * leftBase + left;
    }

    private long below(long digit, int round, long base) {
        return Math.unsignedMultiplyHigh(Philox.bits(digit, round, key, 0), base);
    }
}
