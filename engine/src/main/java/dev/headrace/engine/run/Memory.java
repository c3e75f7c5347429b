package dev.headrace.engine.run;

import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.memory.BufferPool;
import java.util.concurrent.atomic.AtomicLong;

/// The rules of the memory limit: it gates the beginning of iterations; a loan is refused only if
/// its own iteration, with what the user keeps, would pass the limit. So whether there is room does
/// not depend on how much is prefetched.
final class Memory {
    private final BufferPool pool;
    private final AtomicLong kept = new AtomicLong();
    private final AtomicLong largest = new AtomicLong();

    Memory(BufferPool pool) {
        this.pool = pool;
    }

    void checkRoom(long bytes, long iteration, String name) {
        long held = kept.get();
        if (bytes + held > pool.limitBytes()) {
            throw new NoRoom(
                    "no room for "
                            + name
                            + ": iteration "
                            + iteration
                            + " needs "
                            + bytes
                            + " bytes"
                            + (held == 0 ? "" : ", batches that were retained hold " + held)
                            + ", the limit is "
                            + pool.limitBytes()
                            + "; "
                            + pool.describeHolders());
        }
    }

    /// Whether an iteration as large as the largest so far fits beside all that is lent.
    boolean roomForAnother() {
        return pool.lentBytes() + largest.get() <= pool.limitBytes();
    }

    void iterationTook(long bytes) {
        largest.accumulateAndGet(bytes, Math::max);
    }

    /// The user keeps (or, if negative, lets go of) so many bytes beyond the batch that is lent.
    void userKeeps(long bytes) {
        kept.addAndGet(bytes);
    }
}
