package dev.headrace.engine.run;

import dev.headrace.engine.plan.Part;
import dev.headrace.engine.random.Keys;
import dev.headrace.engine.random.Philox;

/// How a draw becomes a counter and a key: the layout that every device must share.
///
/// Counter words 0 and 1: the position (48 bits), above it the attempt (16 bits). Word 2: the
/// epoch. Word 3: half of the draw's index, since a block holds two draws.
final class Draws {
    private Draws() {}

    static long bits(Part part, String draw, long index, long epoch, long position, int attempt) {
        if (!part.random()) {
            throw new IllegalStateException(
                    part.where().kind() + " draws " + draw + " but does not say that it is random");
        }
        return Philox.bits(
                position | (long) attempt << 48,
                (epoch & 0xFFFF_FFFFL) | (index >>> 1) << 32,
                Keys.draw(part.key(), draw),
                (int) index & 1);
    }
}
