package dev.headrace.engine.memory;

import static dev.headrace.engine.data.ElementType.UINT8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.NoRoom;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
    private static final long ROOM = 1L << 30;

    private static TensorSpec bytes(long count) {
        return TensorSpec.of(UINT8, "", count);
    }

    private static byte firstByte(long address) {
        return MemorySegment.ofAddress(address).reinterpret(1).get(ValueLayout.JAVA_BYTE, 0);
    }

    @Test
    void aClassHoldsItsSizesWithAtMostAFifthOfWaste() {
        for (long bytes = 0; bytes <= 70_000; bytes++) {
            assertFits(bytes);
        }
        var random = new Random(11);
        for (int i = 0; i < 100_000; i++) {
            assertFits(random.nextLong(1L << (7 + random.nextInt(50))));
        }
        for (int log = 1; log <= 56; log++) {
            assertFits((1L << log) - 1);
            assertFits(1L << log);
            assertFits(Math.min(1L << 56, (1L << log) + 1));
        }
    }

    private static void assertFits(long bytes) {
        int sizeClass = BufferPool.classOf(bytes);
        long size = BufferPool.sizeOf(sizeClass);
        assertTrue(size >= bytes, () -> bytes + " bytes in " + size);
        assertTrue(size == 64 || 5 * (size - bytes) < size, () -> bytes + " bytes in " + size);
        assertEquals(sizeClass, BufferPool.classOf(size));
        assertTrue(sizeClass == 0 || BufferPool.sizeOf(sizeClass - 1) < bytes);
    }

    @Test
    void sizesGrowFromClassToClass() {
        for (int sizeClass = 1; sizeClass <= BufferPool.classOf(1L << 56); sizeClass++) {
            long size = BufferPool.sizeOf(sizeClass);
            assertTrue(size > BufferPool.sizeOf(sizeClass - 1));
            assertEquals(sizeClass, BufferPool.classOf(size));
        }
        assertEquals(64, BufferPool.sizeOf(0));
        assertEquals(80, BufferPool.sizeOf(1));
        assertEquals(1L << 56, BufferPool.sizeOf(BufferPool.classOf(1L << 56)));
    }

    @Test
    void lendsAlignedMemoryThatCanBeWritten() {
        try (var pool = new BufferPool(ROOM, false)) {
            for (long bytes : new long[] {0, 1, 64, 65, 1000, 1 << 20}) {
                var buffer = pool.lend(bytes, "test");
                assertEquals(0, buffer.address() % 64);
                assertTrue(buffer.capacity() >= bytes);
                var tensor = buffer.tensor(bytes(buffer.capacity()), 0, true);
                tensor.uint8(0, 1);
                tensor.uint8(buffer.capacity() - 1, 2);
                assertEquals(2, tensor.uint8(buffer.capacity() - 1));
                buffer.close();
            }
        }
    }

    @Test
    void onceWarmNothingIsAskedFromTheSystem() {
        try (var pool = new BufferPool(ROOM, false)) {
            for (int round = 0; round < 10; round++) {
                var loans = new ArrayList<Buffer>();
                for (long bytes : new long[] {100, 100, 5000, 70_000}) {
                    loans.add(pool.lend(bytes, "round " + round));
                }
                loans.forEach(Buffer::close);
                assertEquals(4, pool.misses());
            }
            pool.lend(112, "same class as 100").close();
            assertEquals(4, pool.misses());
            pool.lend(113, "the next class").close();
            assertEquals(5, pool.misses());
        }
    }

    @Test
    void theLastReleasedIsLentFirst() {
        try (var pool = new BufferPool(ROOM, false)) {
            var first = pool.lend(1000, "first");
            var second = pool.lend(1000, "second");
            first.close();
            second.close();
            try (var again = pool.lend(1000, "again")) {
                assertSame(second, again);
            }
        }
    }

    @Test
    void countsWhatIsLentAndKept() {
        try (var pool = new BufferPool(ROOM, false)) {
            var loan = pool.lend(1000, "images");
            assertEquals(1024, pool.lentBytes());
            assertEquals(0, pool.keptBytes());
            loan.close();
            assertEquals(0, pool.lentBytes());
            assertEquals(1024, pool.keptBytes());
            pool.lend(1000, "images").close();
            assertEquals(1024, pool.keptBytes());
            assertEquals(ROOM, pool.limitBytes());
        }
    }

    @Test
    void keepsNothingBeyondTheLimit() {
        try (var pool = new BufferPool(4096, false)) {
            var large = pool.lend(4096, "large");
            var small = pool.lend(1024, "small"); // above the limit: lent all the same
            assertEquals(5120, pool.lentBytes());
            small.close();
            assertEquals(0, pool.keptBytes());
            large.close();
            assertEquals(4096, pool.keptBytes());
            var other = pool.lend(1024, "other"); // what is kept goes, to stay below the limit
            assertEquals(0, pool.keptBytes());
            other.close();
            assertEquals(1024, pool.keptBytes());
        }
    }

    @Test
    void tellsWhoHoldsWhat() {
        try (var pool = new BufferPool(ROOM, false)) {
            assertEquals("nothing is lent", pool.describeHolders());
            var loans = new ArrayList<Buffer>();
            loans.add(pool.lend(1000, "resize"));
            loans.add(pool.lend(1000, "decode"));
            loans.add(pool.lend(1000, "resize"));
            assertEquals(ImmutableMap.of("decode", 1024L, "resize", 2048L), pool.holders());
            assertEquals(
                    "lent: 2048 bytes to resize, 1024 bytes to decode", pool.describeHolders());
            for (int i = 0; i < 5; i++) {
                loans.add(pool.lend(64, "small" + i));
            }
            assertEquals(
                    "lent: 2048 bytes to resize, 1024 bytes to decode, 64 bytes to small0, 64 bytes"
                            + " to small1, 64 bytes to small2, and 2 more",
                    pool.describeHolders());
            loans.forEach(Buffer::close);
            assertEquals(ImmutableMap.of(), pool.holders());
        }
    }

    @Test
    void aLoanIsClosedOnce() {
        try (var pool = new BufferPool(ROOM, false)) {
            var buffer = pool.lend(10, "images");
            buffer.close();
            var refusal = assertThrows(IllegalStateException.class, buffer::close);
            assertEquals("the buffer of images was released twice", refusal.getMessage());
            refusal = assertThrows(IllegalStateException.class, buffer::retain);
            assertEquals("the buffer of images was released", refusal.getMessage());
            assertEquals(64, pool.keptBytes());
        }
    }

    @Test
    void theLastHolderGivesItBack() {
        try (var pool = new BufferPool(ROOM, false)) {
            var buffer = pool.lend(10, "images");
            assertSame(buffer, buffer.retain().retain());
            var tensor = buffer.tensor(bytes(10), 0, true);
            buffer.close();
            buffer.close();
            tensor.uint8(0, 7);
            assertEquals(64, pool.lentBytes());
            buffer.close();
            assertEquals(0, pool.lentBytes());
            assertThrows(IllegalStateException.class, buffer::close);
        }
    }

    @Test
    void aTensorOfAReleasedLoanThrows() {
        try (var pool = new BufferPool(ROOM, false)) {
            var buffer = pool.lend(10, "images");
            var stale = buffer.tensor(bytes(10), 0, true);
            buffer.close();
            try (var again = pool.lend(10, "labels")) {
                assertSame(buffer, again);
                var refusal = assertThrows(IllegalStateException.class, () -> stale.uint8(0));
                assertEquals(
                        "this tensor (UINT8 10) belongs to the buffer of labels, which was"
                                + " released",
                        refusal.getMessage());
                again.tensor(bytes(10), 0, true).uint8(0, 1);
            }
        }
    }

    @Test
    void aTensorStaysInsideItsBuffer() {
        try (var pool = new BufferPool(ROOM, false);
                var buffer = pool.lend(64, "images")) {
            assertEquals(buffer.address() + 60, buffer.tensor(bytes(4), 60, false).address());
            assertFalse(buffer.tensor(bytes(4), 60, false).isWritable());
            var refusal =
                    assertThrows(
                            IndexOutOfBoundsException.class,
                            () -> buffer.tensor(bytes(4), 61, false));
            assertEquals("UINT8 4 at 61 does not fit 64 bytes of images", refusal.getMessage());
            for (long offset : new long[] {-1, 65, Long.MAX_VALUE, Long.MIN_VALUE}) {
                assertThrows(
                        IndexOutOfBoundsException.class,
                        () -> buffer.tensor(bytes(4), offset, false));
            }
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> buffer.tensor(bytes(1L << 56), 0, false));
        }
    }

    @Test
    void releasedMemoryIsPoisonedInCheckedMode() {
        try (var pool = new BufferPool(ROOM, true);
                var unchecked = new BufferPool(ROOM, false)) {
            assertTrue(pool.checked());
            var buffer = pool.lend(64, "images");
            buffer.tensor(bytes(64), 0, true).uint8(0, 1);
            assertEquals(1, firstByte(buffer.address()));
            buffer.close(); // kept by the pool, so its memory may still be looked at
            assertEquals((byte) 0xA5, firstByte(buffer.address()));
            assertFalse(unchecked.checked());
            var other = unchecked.lend(64, "images");
            other.tensor(bytes(64), 0, true).uint8(0, 1);
            var address = other.address();
            other.close();
            try (var again = unchecked.lend(64, "images")) {
                assertEquals(address, again.address());
            }
        }
    }

    @Test
    void aLoanOutlivesThePool() {
        var pool = new BufferPool(ROOM, false);
        var held = pool.lend(1000, "held by the user");
        pool.lend(1000, "given back").close();
        pool.close();
        assertEquals(0, pool.keptBytes());
        assertEquals(ImmutableMap.of("held by the user", 1024L), pool.holders());
        var tensor = held.tensor(bytes(1000), 0, true);
        tensor.uint8(999, 5);
        assertEquals(5, tensor.uint8(999));
        held.close();
        assertEquals(0, pool.lentBytes());
        assertEquals(0, pool.keptBytes());
        assertEquals(ImmutableMap.of(), pool.holders());
        pool.close();
    }

    @Test
    void refusesWhatMakesNoSense() {
        var refusal = assertThrows(IllegalArgumentException.class, () -> new BufferPool(0, false));
        assertEquals("memory limit of 0 bytes", refusal.getMessage());
        try (var pool = new BufferPool(ROOM, false)) {
            refusal = assertThrows(IllegalArgumentException.class, () -> pool.lend(-1, "x"));
            assertEquals("a loan of -1 bytes", refusal.getMessage());
            var noRoom = assertThrows(NoRoom.class, () -> pool.lend(1L << 56, "everything"));
            assertEquals(
                    "the system has no 72057594037927936 bytes for everything; nothing is lent",
                    noRoom.getMessage());
            assertEquals(0, pool.lentBytes());
        }
    }

    @Test
    void manyThreadsShareIt() throws Exception {
        try (var pool = new BufferPool(4 << 20, true);
                var threads = Executors.newFixedThreadPool(8)) {
            var handedOver = new ConcurrentLinkedQueue<Buffer>();
            var workers = new ArrayList<Future<Void>>();
            for (int worker = 0; worker < 8; worker++) {
                int seed = worker;
                Callable<Void> work =
                        () -> {
                            lendAndRelease(pool, new Random(seed), handedOver);
                            return null;
                        };
                workers.add(threads.submit(work));
            }
            for (var worker : workers) {
                worker.get();
            }
            handedOver.forEach(Buffer::close);
            assertEquals(0, pool.lentBytes());
            assertEquals(ImmutableMap.of(), pool.holders());
            assertTrue(pool.keptBytes() <= pool.limitBytes());
        }
    }

    /// Borrows, marks its own memory, and releases on another thread what another one borrowed.
    private static void lendAndRelease(
            BufferPool pool, Random random, ConcurrentLinkedQueue<Buffer> handedOver) {
        for (int i = 0; i < 5_000; i++) {
            long bytes = 1 + random.nextInt(1 << random.nextInt(18));
            var buffer = pool.lend(bytes, "loan " + i % 7);
            var tensor = buffer.tensor(bytes(bytes), 0, true);
            int mark = random.nextInt(256);
            tensor.uint8(0, mark);
            tensor.uint8(bytes - 1, mark);
            if (random.nextInt(4) == 0) {
                handedOver.add(buffer.retain());
            }
            var other = random.nextInt(4) == 0 ? handedOver.poll() : null;
            if (other != null) {
                other.close();
            }
            assertEquals(mark, tensor.uint8(0));
            assertEquals(mark, tensor.uint8(bytes - 1));
            buffer.close();
        }
    }

    @Test
    void foreignMemoryIsInTheBooksUntilItsOwnerSaysThatItIsFree() {
        try (var arena = Arena.ofShared();
                var pool = new BufferPool(ROOM, true)) {
            var memory = arena.allocate(100);
            memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 7);
            var told = new ArrayList<Runnable>();
            var buffer = pool.adopt(memory, told::add, "theirs");
            assertEquals(memory.address(), buffer.address());
            assertEquals(100, buffer.capacity());
            assertEquals(100, pool.lentBytes());
            buffer.retain().close();
            assertEquals(0, told.size());
            var tensor = buffer.tensor(bytes(100), 0, false);
            buffer.close();
            assertThrows(IllegalStateException.class, () -> tensor.uint8(0));
            assertThrows(IllegalStateException.class, buffer::close);
            assertEquals(1, told.size());
            assertEquals(ImmutableMap.of("theirs", 100L), pool.holders());
            assertEquals(7, firstByte(memory.address()), "nothing writes to it");
            told.getFirst().run();
            told.getFirst().run();
            assertEquals(0, pool.lentBytes());
            assertEquals(0, pool.keptBytes());
            assertEquals(ImmutableMap.of(), pool.holders());
        }
    }
}
