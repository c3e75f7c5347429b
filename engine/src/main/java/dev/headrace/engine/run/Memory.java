package dev.headrace.engine.run;

import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.BufferPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/// The rules of the memory limit: it gates the beginning of iterations; a loan is refused only if
/// its own iteration, with what the user keeps, would pass the limit. So whether there is room does
/// not depend on how much is prefetched.
final class Memory {
    private final BufferPool pool;
    private final ConcurrentSkipListMap<Long, Kept> kept = new ConcurrentSkipListMap<>();
    private final Map<Buffer, Held> holds = new HashMap<>(); // guarded by itself
    private final AtomicLong largest = new AtomicLong();

    /// What the user keeps of an iteration, in bytes.
    ///
    /// @param batch what it had booked, if its batch is retained: all that was lent for it
    /// @param held what views of it hold beyond its end
    private record Kept(long batch, long held) {
        long bytes() {
            return Math.max(batch, held);
        }

        Kept orNull() {
            return bytes() == 0 ? null : this;
        }
    }

    /// A buffer that is held beyond its iteration.
    private record Held(long iteration, int times) {}

    Memory(BufferPool pool) {
        this.pool = pool;
    }

    void checkRoom(long bytes, long iteration, String name) {
        long held = 0;
        for (var entry : kept.entrySet()) {
            held += entry.getKey() == iteration ? 0 : entry.getValue().bytes();
        }
        if (bytes > pool.limitBytes() - held) {
            throw new NoRoom(
                    "no room for "
                            + name
                            + ": iteration "
                            + iteration
                            + " needs "
                            + bytes
                            + " bytes"
                            + (held == 0 ? "" : ", " + describeKept(iteration))
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

    /// The user keeps a batch beyond the next one.
    void keep(long iteration, long bytes) {
        kept.merge(iteration, new Kept(bytes, 0), (old, now) -> new Kept(bytes, old.held));
    }

    /// A batch has lent more, which counts if the user keeps it.
    void grew(long iteration, long bytes) {
        kept.computeIfPresent(
                iteration, (number, old) -> old.batch == 0 ? old : new Kept(bytes, old.held));
    }

    /// The user has let go of a batch.
    void letGo(long iteration) {
        kept.computeIfPresent(iteration, (number, old) -> new Kept(0, old.held).orNull());
    }

    /// Somebody holds buffers beyond the end of an iteration; one that is held twice counts once.
    void hold(long iteration, List<Buffer> buffers) {
        synchronized (holds) {
            for (var buffer : buffers) {
                var before = holds.get(buffer);
                if (before == null) {
                    holds.put(buffer, new Held(iteration, 1));
                    addHeld(iteration, buffer.capacity());
                } else {
                    holds.put(buffer, new Held(before.iteration, before.times + 1));
                }
            }
        }
    }

    /// The end of such a hold of the same buffers.
    void letGo(List<Buffer> buffers) {
        synchronized (holds) {
            for (var buffer : buffers) {
                var before = holds.get(buffer);
                if (before.times > 1) {
                    holds.put(buffer, new Held(before.iteration, before.times - 1));
                } else {
                    holds.remove(buffer);
                    addHeld(before.iteration, -buffer.capacity());
                }
            }
        }
    }

    private void addHeld(long iteration, long bytes) {
        kept.compute(
                iteration,
                (number, old) ->
                        (old == null ? new Kept(0, bytes) : new Kept(old.batch, old.held + bytes))
                                .orNull());
    }

    /// What the user keeps, in words.
    String describeKept() {
        return describeKept(-1);
    }

    private String describeKept(long except) {
        var batches = new TreeMap<Long, Long>();
        var views = new TreeMap<Long, Long>();
        kept.forEach(
                (iteration, what) ->
                        (what.batch > 0 ? batches : views).put(iteration, what.bytes()));
        batches.remove(except);
        views.remove(except);
        var parts = new ArrayList<String>();
        if (!batches.isEmpty()) {
            parts.add("retained batches " + describe(batches));
        }
        if (!views.isEmpty()) {
            parts.add("views of iterations " + describe(views));
        }
        return parts.isEmpty() ? "no batch is retained" : String.join(", ", parts);
    }

    private static String describe(Map<Long, Long> bytes) {
        return bytes.keySet().stream()
                        .limit(10)
                        .map(String::valueOf)
                        .collect(Collectors.joining(", "))
                + (bytes.size() > 10 ? ", …" : "")
                + " hold "
                + bytes.values().stream().mapToLong(Long::longValue).sum();
    }
}
