package dev.headrace.operators.python;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/// Where Python tells which streams of others use a loan's memory, from any thread and without
/// asking Java. Words: capacity, tail (counted up by the writer), then that many pairs of a loan, 0
/// where free, and a stream.
///
/// A use is told before the end of its loan is, each once for a loan and stream. It lives as long
/// as the process.
final class UsesRing {
    /// How many may be told at once: {@value}.
    private static final int CAPACITY = 1 << 16;

    private static final long ENTRIES = 2 * Long.BYTES;
    private static final VarHandle WORD = JAVA_LONG.varHandle();

    /// A stream that uses a loan's memory.
    record Use(long loan, long stream) {}

    private final MemorySegment words =
            Arena.global().allocate(ENTRIES + 2L * CAPACITY * Long.BYTES, Long.BYTES);
    private long head;

    UsesRing() {
        words.set(JAVA_LONG, 0, CAPACITY);
    }

    /// What the Python side is told.
    long address() {
        return words.address();
    }

    /// What Python has told of since. For one thread at a time.
    List<Use> read() {
        var uses = new ArrayList<Use>(0);
        while (true) {
            long place = ENTRIES + 2 * (head & (CAPACITY - 1)) * Long.BYTES;
            long loan = (long) WORD.getAcquire(words, place);
            if (loan == 0) {
                return uses;
            }
            uses.add(new Use(loan, words.get(JAVA_LONG, place + Long.BYTES)));
            WORD.setRelease(words, place, 0L);
            head++;
        }
    }
}
