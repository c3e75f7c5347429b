package dev.headrace.operators.python;

import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.Hold;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Memory that Python can see, by number: it stays valid until the last view of it is gone, which
/// the Python side tells. Safe from any thread.
final class Loans implements AutoCloseable {
    /// How many may be out at once, which is what the Python side has room for to tell their ends:
    /// {@value}.
    static final int MOST = 1 << 16;

    private final Runnable look;
    private final AtomicLong numbers = new AtomicLong();
    private final AtomicInteger count = new AtomicInteger();
    private final Map<Long, AutoCloseable> out = new ConcurrentHashMap<>();

    /// @param look looks for ends that were told and not yet heard of
    Loans(Runnable look) {
        this.look = look;
    }

    /// Hands memory over to Python's eyes.
    ///
    /// @param memory closed when the loan has ended, or is refused
    /// @return its number, at least 1
    /// @throws BadBatch if too many are out
    long add(AutoCloseable memory) {
        if (!counts()) {
            look.run();
            if (!counts()) {
                close(memory);
                throw new BadBatch(
                        "Python holds "
                                + MOST
                                + " views and arrays of the pipelines' memory; it must let go of"
                                + " some");
            }
        }
        long number = numbers.incrementAndGet();
        out.put(number, memory);
        return number;
    }

    private boolean counts() {
        return count.getAndUpdate(now -> Math.min(now + 1, MOST)) < MOST;
    }

    /// Nobody sees it any more. A number that is not out is ignored.
    void ended(long number) {
        var memory = out.remove(number);
        if (memory != null) {
            count.decrementAndGet();
            close(memory);
        }
    }

    /// A stream of others uses it, until it has ended. A number that is not out is ignored.
    void usedOn(long number, long stream) {
        if (out.get(number) instanceof Hold hold) {
            hold.usedOn(stream);
        }
    }

    /// Whether Python still sees it.
    boolean isOut(long number) {
        return out.containsKey(number);
    }

    /// How many are out.
    int size() {
        return out.size();
    }

    /// Ends all of them, as their process has ended.
    @Override
    public void close() {
        out.keySet().forEach(this::ended);
    }

    private static void close(AutoCloseable memory) {
        try {
            memory.close();
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }
}
