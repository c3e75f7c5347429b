package dev.headrace.engine.memory;

import static dev.headrace.engine.memory.MemoryKind.HOST;
import static dev.headrace.engine.memory.MemoryKind.SHARED;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.error.NoRoom;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Memory that other processes map: the file, its holes, and its end.
class SharedMemoryTest {
    private static final long ROOM = 1L << 30;

    private static MemorySegment memory(Buffer buffer) {
        return MemorySegment.ofAddress(buffer.address()).reinterpret(buffer.capacity());
    }

    private static Path file(SharedMemory memory) {
        return Path.of("/proc/self/fd/" + memory.descriptor());
    }

    /// What another process would read in the place of a buffer.
    private static byte[] readElsewhere(SharedMemory memory, Buffer buffer, int bytes)
            throws IOException {
        try (var channel = FileChannel.open(file(memory), StandardOpenOption.READ)) {
            var read = ByteBuffer.allocate(bytes);
            channel.read(read, buffer.address() - memory.address());
            return read.array();
        }
    }

    /// Bytes that the file takes from the system.
    private static long taken(SharedMemory memory) throws Exception {
        var process = new ProcessBuilder("stat", "-L", "-c", "%b", procfs(memory)).start();
        return 512
                * Long.parseLong(
                        new String(process.getInputStream().readAllBytes(), UTF_8).strip());
    }

    private static String procfs(SharedMemory memory) {
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + memory.descriptor();
    }

    private long before;

    /// What a test of devices has left, where it could not be given back.
    @BeforeEach
    void count() throws IOException {
        before = all();
    }

    /// How many mappings and open files of shared memory this process has since the test began.
    private long left() throws IOException {
        return all() - before;
    }

    private static long all() throws IOException {
        long left =
                Files.readAllLines(Path.of("/proc/self/maps")).stream()
                        .filter(line -> line.contains("memfd:headrace"))
                        .count();
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            for (var file : files.toList()) {
                try {
                    left +=
                            Files.readSymbolicLink(file).toString().contains("memfd:headrace")
                                    ? 1
                                    : 0;
                } catch (IOException closedMeanwhile) {
                    // the one that lists the folder
                }
            }
        }
        return left;
    }

    @Test
    void otherProcessesReadAndWriteIt() throws Exception {
        try (var pool = new BufferPool(ROOM, false)) {
            var host = pool.lend(10_000, "here");
            var buffer = pool.lend(10_000, "there", SHARED);
            var shared = pool.sharedMemory();
            assertSame(shared, pool.sharedMemory());
            assertEquals(SHARED, buffer.kind());
            assertEquals(HOST, host.kind());
            assertTrue(shared.contains(buffer.address()));
            assertFalse(shared.contains(host.address()));
            assertFalse(shared.contains(shared.address() - 1));
            assertFalse(shared.contains(shared.address() + shared.bytes()));
            memory(buffer).fill((byte) 7);
            assertEquals(7, readElsewhere(shared, buffer, 10_000)[9_999]);
            try (var channel = FileChannel.open(file(shared), StandardOpenOption.WRITE)) {
                channel.write(
                        ByteBuffer.wrap(new byte[] {42}), buffer.address() - shared.address() + 5);
            }
            assertEquals(42, memory(buffer).get(ValueLayout.JAVA_BYTE, 5));
            host.close();
            buffer.close();
        }
        assertEquals(0, left());
    }

    @Test
    void itIsMadeWhenItIsFirstAskedFor() throws Exception {
        try (var pool = new BufferPool(ROOM, false)) {
            pool.lend(100, "host").close();
            assertEquals(0, left());
            pool.lend(100, "shared", SHARED).close();
            assertEquals(2, left());
        }
        assertEquals(0, left());
    }

    @Test
    void blocksAreWholePagesAndCountAsMuch() {
        for (long bytes = 0; bytes <= 200_000; bytes += 77) {
            long capacity = BufferPool.capacityOf(bytes, SHARED);
            assertEquals(0, capacity % SharedMemory.PAGE);
            assertTrue(capacity >= bytes);
            assertTrue(capacity == 4096 || capacity <= 2 * bytes, bytes + " in " + capacity);
        }
        assertEquals(4096, BufferPool.capacityOf(0, SHARED));
        assertEquals(64, BufferPool.capacityOf(0, HOST));
        assertEquals(12_288, BufferPool.capacityOf(8_193, SHARED));
        assertEquals(10_240, BufferPool.capacityOf(8_193, HOST));
        assertEquals(20_480, BufferPool.capacityOf(16_385, SHARED));
        try (var pool = new BufferPool(ROOM, false);
                var buffer = pool.lend(8_193, "x", SHARED)) {
            assertEquals(12_288, buffer.capacity());
            assertEquals(0, buffer.address() % SharedMemory.PAGE);
        }
    }

    @Test
    void bothKindsAreInTheSameBooks() throws Exception {
        try (var pool = new BufferPool(100_000, false)) {
            var host = pool.lend(4_096, "host");
            var shared = pool.lend(8_192, "shared", SHARED);
            assertEquals(12_288, pool.lentBytes());
            assertEquals(ImmutableMap.of("host", 4_096L, "shared", 8_192L), pool.holders());
            assertEquals(2, pool.misses());
            shared.close();
            host.close();
            assertEquals(12_288, pool.keptBytes());
            var again = pool.lend(8_000, "again", SHARED);
            assertSame(shared, again);
            assertEquals(2, pool.misses());
            again.close();
            assertEquals(8_192, taken(pool.sharedMemory()));
            pool.lend(90_000, "host").close(); // what is kept of both goes, to stay below the limit
            assertEquals(0, taken(pool.sharedMemory()));
            pool.lend(8_000, "once more", SHARED).close();
            assertEquals(8_192, pool.keptBytes());
        }
    }

    @Test
    void itEndsWithThePoolAndTheLastLoan() throws Exception {
        var pool = new BufferPool(ROOM, false);
        var held = pool.lend(5_000, "held", SHARED);
        pool.lend(70_000, "given back", SHARED).close();
        var shared = pool.sharedMemory();
        pool.close();
        assertEquals(8_192, taken(shared));
        memory(held).fill((byte) 3);
        assertEquals(3, readElsewhere(shared, held, 10)[9]);
        var refusal = assertThrows(IllegalStateException.class, () -> pool.lend(1, "x", SHARED));
        assertEquals("shared memory was asked for after its pool's close", refusal.getMessage());
        assertThrows(IllegalStateException.class, () -> shared.allocate(4096));
        held.close();
        assertEquals(0, left());
        assertEquals(0, pool.lentBytes());
        pool.close();
    }

    @Test
    void releasedMemoryIsPoisonedInCheckedMode() {
        try (var pool = new BufferPool(ROOM, true)) {
            var buffer = pool.lend(4_096, "x", SHARED);
            memory(buffer).fill((byte) 1);
            buffer.close(); // kept by the pool, so its memory may still be looked at
            assertEquals((byte) 0xA5, memory(buffer).get(ValueLayout.JAVA_BYTE, 0));
            assertEquals((byte) 0xA5, memory(buffer).get(ValueLayout.JAVA_BYTE, 4_095));
        }
    }

    @Test
    void whatIsFreedBecomesRoomForOtherSizes() {
        var shared = new SharedMemory(10 * SharedMemory.PAGE);
        long base = shared.address();
        long first = shared.allocate(4 * SharedMemory.PAGE);
        long second = shared.allocate(2 * SharedMemory.PAGE);
        long third = shared.allocate(4 * SharedMemory.PAGE);
        assertEquals(base, first);
        assertEquals(base + 4 * SharedMemory.PAGE, second);
        assertEquals(0, shared.allocate(SharedMemory.PAGE));
        shared.free(first, 4 * SharedMemory.PAGE);
        shared.free(third, 4 * SharedMemory.PAGE);
        assertEquals(0, shared.allocate(5 * SharedMemory.PAGE));
        shared.free(second, 2 * SharedMemory.PAGE);
        long all = shared.allocate(10 * SharedMemory.PAGE);
        assertEquals(base, all);
        shared.free(all, 10 * SharedMemory.PAGE);
        shared.close();
    }

    @Test
    void whereTheFileHasNoPlaceLeftThereIsNoRoom() {
        try (var pool = new BufferPool(ROOM, false)) {
            var refusal =
                    assertThrows(NoRoom.class, () -> pool.lend(1L << 50, "everything", SHARED));
            assertEquals(
                    "the system has no 1125899906842624 bytes to share for everything; nothing is"
                            + " lent",
                    refusal.getMessage());
            assertEquals(0, pool.lentBytes());
            pool.lend(100, "x", SHARED).close();
        }
    }

    private static int call(MethodHandle handle, Object... arguments) throws Exception {
        try {
            return (int) handle.invokeWithArguments(arguments);
        } catch (Throwable failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static MethodHandle function(String name, int arguments) {
        var linker = Linker.nativeLinker();
        var ints = new ValueLayout[arguments];
        Arrays.fill(ints, ValueLayout.JAVA_INT);
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ints));
    }

    @Test
    void pagesThatTheSystemRefusesAreNoRoom() throws Exception {
        try (var pool = new BufferPool(ROOM, false)) {
            var kept = pool.lend(4_096, "kept", SHARED);
            var shared = pool.sharedMemory();
            int own = call(function("dup", 1), shared.descriptor());
            try {
                call(
                        function("dup2", 2),
                        0,
                        shared.descriptor()); // standard input has no pages to give
                var refusal = assertThrows(NoRoom.class, () -> pool.lend(100_000, "more", SHARED));
                assertEquals(
                        "the system has no 114688 bytes to share for more; lent: 4096 bytes to"
                                + " kept",
                        refusal.getMessage());
            } finally {
                call(function("dup2", 2), own, shared.descriptor());
                call(function("close", 1), own);
            }
            pool.lend(100_000, "more", SHARED).close();
            kept.close();
        }
        assertEquals(0, left());
    }

    /// Run in a process that may write small files only.
    static final class Limited {
        public static void main(String[] args) {
            try (var pool = new BufferPool(ROOM, false)) {
                pool.lend(100, "here").close();
                System.out.println(
                        assertThrows(NoRoom.class, () -> pool.lend(100, "x", SHARED)).getMessage());
            }
        }
    }

    @Test
    void whereTheSystemRefusesTheFileThereIsNoRoom() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                "ulimit -f 100000 && exec \"$@\"",
                                "sh",
                                java,
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Limited.class.getName())
                        .redirectErrorStream(true)
                        .start();
        var told = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(
                "the system has no memory that other processes can map: ftruncate failed with error"
                        + " 27\n", // EFBIG
                told);
        assertEquals(0, process.waitFor());
    }

    /// Lends, writes, holds, closes at random; what is written stays, whatever else happens.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void anyOrderOfLoansKeepsTheirBytesApart(long seed) throws Exception {
        var random = new Random(seed);
        var pool = new BufferPool(1 << 20, seed % 2 == 0);
        Map<Buffer, Byte> marks = new IdentityHashMap<>();
        List<Buffer> lent = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            if (lent.size() < 20 && random.nextInt(3) > 0) {
                var kind = random.nextInt(4) == 0 ? HOST : SHARED;
                var buffer = pool.lend(random.nextInt(1 << random.nextInt(18)), "loan", kind);
                byte mark = (byte) random.nextInt();
                memory(buffer).fill(mark);
                marks.put(buffer, mark);
                lent.add(buffer);
            } else if (!lent.isEmpty()) {
                check("seed " + seed, lent.remove(random.nextInt(lent.size())), marks);
            }
        }
        long shared =
                lent.stream()
                        .filter(each -> each.kind() == SHARED)
                        .mapToLong(Buffer::capacity)
                        .sum();
        var memory = pool.sharedMemory();
        pool.close();
        assertEquals(shared, taken(memory), "seed " + seed);
        for (var buffer : lent) {
            check("seed " + seed, buffer, marks);
        }
        assertEquals(0, left(), "seed " + seed);
        assertEquals(0, pool.lentBytes());
    }

    private static void check(String seed, Buffer buffer, Map<Buffer, Byte> marks) {
        byte mark = marks.remove(buffer);
        var memory = memory(buffer);
        for (long at = 0; at < memory.byteSize(); at += 509) {
            assertEquals(mark, memory.get(ValueLayout.JAVA_BYTE, at), seed);
        }
        assertEquals(mark, memory.get(ValueLayout.JAVA_BYTE, memory.byteSize() - 1), seed);
        buffer.close();
    }
}
