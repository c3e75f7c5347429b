package dev.headrace.operators.python;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Memory that Python can see, by number: it stays valid until the last view of it is gone, which
/// the Python side tells. Safe from any thread.
final class Loans implements AutoCloseable {
    private final AtomicLong numbers = new AtomicLong();
    private final Map<Long, AutoCloseable> out = new ConcurrentHashMap<>();

    /// Hands memory over to Python's eyes.
    ///
    /// @param memory closed when the loan has ended
    /// @return its number, at least 1
    long add(AutoCloseable memory) {
        long number = numbers.incrementAndGet();
        out.put(number, memory);
        return number;
    }

    /// Nobody sees it any more. A number that is not out is ignored.
    void ended(long number) {
        close(out.remove(number));
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
            if (memory != null) {
                memory.close();
            }
        } catch (RuntimeException failure) {
            throw failure;
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }
}
