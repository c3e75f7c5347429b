package dev.headrace.engine.run;

import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.memory.BufferPool;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/// The rules of the memory limit: it gates the beginning of iterations; a loan is refused only if
/// its own iteration, with what the user keeps, would pass the limit. So whether there is room does
/// not depend on how much is prefetched.
final class Memory {
    private final BufferPool pool;
    private final ConcurrentSkipListMap<Long, Long> kept = new ConcurrentSkipListMap<>();
    private final AtomicLong largest = new AtomicLong();

    Memory(BufferPool pool) {
        this.pool = pool;
    }

    void checkRoom(long bytes, long iteration, String name) {
        long held = keptBytes() - kept.getOrDefault(iteration, 0L);
        if (bytes > pool.limitBytes() - held) {
            throw new NoRoom(
                    "no room for "
                            + name
                            + ": iteration "
                            + iteration
                            + " needs "
                            + bytes
                            + " bytes"
                            + (held == 0 ? "" : ", " + describeKept())
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

    private long keptBytes() {
        long sum = 0;
        for (long bytes : kept.values()) {
            sum += bytes;
        }
        return sum;
    }

    /// The user keeps a batch beyond the next one.
    void keep(long iteration, long bytes) {
        kept.put(iteration, bytes);
    }

    /// A batch has lent more, which counts if the user keeps it.
    void grew(long iteration, long bytes) {
        kept.computeIfPresent(iteration, (number, before) -> bytes);
    }

    /// The user has let go of a batch.
    void letGo(long iteration) {
        kept.remove(iteration);
    }

    /// Which batches are retained, in words.
    String describeKept() {
        return kept.isEmpty()
                ? "no batch is retained"
                : "retained batches "
                        + kept.keySet().stream()
                                .limit(10)
                                .map(String::valueOf)
                                .collect(Collectors.joining(", "))
                        + (kept.size() > 10 ? ", …" : "")
                        + " hold "
                        + keptBytes();
    }
}
