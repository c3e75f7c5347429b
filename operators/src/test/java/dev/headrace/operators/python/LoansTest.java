package dev.headrace.operators.python;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.error.BadBatch;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LoansTest {
    private final LoanRing ring = new LoanRing();
    private final AtomicInteger closed = new AtomicInteger();

    private long add() {
        return ring.loans().add(closed::incrementAndGet);
    }

    /// As Python does: takes the place that the tail counts, and writes the number there.
    private void tell(long loan) {
        var head = MemorySegment.ofAddress(ring.address()).reinterpret(16);
        long capacity = head.get(JAVA_LONG, 0);
        long tail = head.get(JAVA_LONG, 8);
        head.set(JAVA_LONG, 8, tail + 1);
        MemorySegment.ofAddress(ring.address())
                .reinterpret(8 * (2 + capacity))
                .setAtIndex(JAVA_LONG, 2 + tail % capacity, loan);
    }

    @Test
    void memoryIsGivenBackOnceWhenItsEndIsTold() {
        long first = add();
        long second = add();
        tell(second);
        assertTrue(ring.loans().isOut(second));
        ring.read();
        assertTrue(ring.loans().isOut(first));
        assertFalse(ring.loans().isOut(second));
        assertEquals(1, closed.get());
        ring.loans().ended(second);
        assertEquals(1, closed.get());
        assertEquals(1, ring.loans().size());
    }

    @Test
    void noMoreAreOutThanTheirEndsHavePlaces() {
        for (int i = 0; i < Loans.MOST; i++) {
            add();
        }
        var refusal = assertThrows(BadBatch.class, this::add);
        assertEquals(
                "Python holds 65536 views and arrays of the pipelines' memory; it must let go of"
                        + " some",
                refusal.what());
        assertEquals(1, closed.get()); // what was refused
        assertEquals(Loans.MOST, ring.loans().size());
    }

    @Test
    void endsAreHeardBeforeALoanIsRefused() {
        long last = 0;
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < Loans.MOST; i++) {
                last = add();
                tell(last);
            }
        }
        assertEquals(2 * Loans.MOST, closed.get());
        ring.read();
        assertEquals(3 * Loans.MOST, closed.get());
        assertFalse(ring.loans().isOut(last));
        assertEquals(0, ring.loans().size());
    }

    @Test
    void allEndWithTheirProcess() {
        var loans = new Loans(() -> {});
        for (int i = 0; i < 10; i++) {
            loans.add(closed::incrementAndGet);
        }
        loans.close();
        assertEquals(10, closed.get());
        for (int i = 0; i < Loans.MOST; i++) {
            loans.add(closed::incrementAndGet); // none of them counts any more
        }
        assertEquals(Loans.MOST, loans.size());
    }
}
