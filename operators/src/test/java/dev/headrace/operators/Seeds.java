package dev.headrace.operators;

import java.util.Random;

/// Generators for rounds that are numbered.
public final class Seeds {
    private Seeds() {}

    /// A generator for a round. What [Random] draws first is nearly the same for all small seeds;
    /// so these lie far from each other.
    public static Random random(long round) {
        return new Random(round * 0x9E37_79B9_7F4A_7C15L);
    }
}
