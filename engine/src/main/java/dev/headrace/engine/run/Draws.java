package dev.headrace.engine.run;

import dev.headrace.engine.plan.Part;
import dev.headrace.engine.random.Keys;
import dev.headrace.engine.random.Series;

/// How the draws of a name become counters and a key: the layout that every device must share.
///
/// Counter words 0 and 1: the position (48 bits), above it the attempt (16 bits). Word 2: the
/// epoch. Word 3: see [Series].
final class Draws {
    private Draws() {}

    static Series series(Part part, String draw, long epoch, long position, int attempt) {
        if (!part.random()) {
            throw new IllegalStateException(
                    part.where().kind() + " draws " + draw + " but does not say that it is random");
        }
        return new Series(
                Keys.draw(part.key(), draw), position | (long) attempt << 48, epoch & 0xFFFF_FFFFL);
    }

    static long bits(Part part, String draw, long index, long epoch, long position, int attempt) {
        return series(part, draw, epoch, position, attempt).bits(index);
    }
}
