package dev.headrace.operators.python;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/// Where Python tells, from any thread and without asking Java, which loans have ended. Words:
/// capacity, tail (counted up by the writers), then that many entries, 0 where free.
///
/// Each loan writes once, and no more loans are out than there are entries: so none overwrites
/// another. It lives as long as the process, since Python may write at its very end.
final class LoanRing {
    private static final int CAPACITY = Loans.MOST;
    private static final long ENTRIES = 2 * Long.BYTES;
    private static final VarHandle WORD = JAVA_LONG.varHandle();

    private final MemorySegment words =
            Arena.global().allocate(ENTRIES + (long) CAPACITY * Long.BYTES, Long.BYTES);
    private final Loans loans = new Loans(this::read);
    private final UsesRing uses = new UsesRing();
    private long head;

    LoanRing() {
        words.set(JAVA_LONG, 0, CAPACITY);
    }

    /// Those whose ends are told here.
    Loans loans() {
        return loans;
    }

    /// What the Python side is told.
    long address() {
        return words.address();
    }

    /// Where Python tells which streams use a loan.
    UsesRing uses() {
        return uses;
    }

    /// Ends the loans that Python has told of since.
    synchronized void read() {
        var ended = readEnded();
        uses.read().forEach(use -> loans.usedOn(use.loan(), use.stream())); // before they end
        ended.forEach(loans::ended);
    }

    private List<Long> readEnded() {
        var ended = new ArrayList<Long>(0);
        while (true) {
            long place = ENTRIES + (head & (CAPACITY - 1)) * Long.BYTES;
            long loan = (long) WORD.getAcquire(words, place);
            if (loan == 0) {
                return ended; // or the writer of more is between two words: told next time
            }
            words.set(JAVA_LONG, place, 0);
            head++;
            ended.add(loan);
        }
    }
}
