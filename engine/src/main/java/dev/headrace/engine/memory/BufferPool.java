package dev.headrace.engine.memory;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.error.NoRoom;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Native memory in size classes, kept for reuse: once warm, lending allocates nothing.
///
/// A class is a power of two or one of three steps between two of them, so at most a fifth of a
/// block is waste. Every loan has a name, for the leak report. Safe from any thread.
///
/// Memory of both kinds is in the same books.
/// Foreign memory is entered into the books as if it were lent, see [#adopt].
///
/// The limit bounds what is lent and kept together: kept blocks are freed before it is passed. It
/// is the caller who decides whether a loan above it is refused (see the runner), since only it
/// knows who could wait.
public final class BufferPool implements AutoCloseable {
    private static final int SMALLEST_LOG = 6;
    private static final byte POISON = (byte) 0xA5;

    private final long limitBytes;
    private final boolean checked;
    private final SizeClass[] host = sizeClasses(MemoryKind.HOST);
    private final SizeClass[] shared = sizeClasses(MemoryKind.SHARED);
    private final Set<Buffer> lent = ConcurrentHashMap.newKeySet();
    private final AtomicLong lentBytes = new AtomicLong();
    private final AtomicLong keptBytes = new AtomicLong();
    private final AtomicLong misses = new AtomicLong();
    private SharedMemory sharedMemory; // guarded by this
    private volatile boolean closed;

    /// An empty pool.
    ///
    /// @param limitBytes the bytes that may be lent and kept together
    /// @param checked whether released memory is overwritten, so that a late reader is found
    public BufferPool(long limitBytes, boolean checked) {
        checkArgument(limitBytes > 0, "memory limit of %s bytes", limitBytes);
        this.limitBytes = limitBytes;
        this.checked = checked;
    }

    private static SizeClass[] sizeClasses(MemoryKind kind) {
        var classes = new SizeClass[4 * (57 - SMALLEST_LOG)];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = new SizeClass(sizeOf(i), kind);
        }
        return classes;
    }

    /// The capacity of a loan of so many bytes, which is what counts against the limit. Of more
    /// bytes than can be lent it is some number that cannot be lent either.
    public static long capacityOf(long bytes, MemoryKind kind) {
        return sizeOf(classOf(rounded(Math.min(bytes, 1L << 57), kind)));
    }

    /// Shared memory comes in pages, and the size classes of whole pages are whole pages.
    private static long rounded(long bytes, MemoryKind kind) {
        return kind == MemoryKind.SHARED ? SharedMemory.roundUp(bytes) : bytes;
    }

    private SizeClass sizeClass(long bytes, MemoryKind kind) {
        int index = classOf(rounded(bytes, kind));
        return switch (kind) {
            case HOST -> host[index];
            case SHARED -> shared[index];
        };
    }

    /// The memory that loans of the kind [MemoryKind#SHARED] lie in, made at the first call. It is
    /// there until the pool is closed and the last of those loans is given back.
    ///
    /// @throws NoRoom if the system has no such memory
    /// @throws IllegalStateException if the pool is closed
    public synchronized SharedMemory sharedMemory() {
        if (closed) {
            throw new IllegalStateException("shared memory was asked for after its pool's close");
        }
        if (sharedMemory == null) {
            sharedMemory = SharedMemory.forLimit(limitBytes);
        }
        return sharedMemory;
    }

    /// Lends memory of this process with undefined content.
    ///
    /// @param bytes at least 0
    /// @param name who borrows, for the leak report
    /// @throws NoRoom if the system has no more memory
    public Buffer lend(long bytes, String name) {
        return lend(bytes, name, MemoryKind.HOST);
    }

    /// Lends memory of a kind, as [#lend(long, String)].
    public Buffer lend(long bytes, String name, MemoryKind kind) {
        checkArgument(bytes >= 0 && bytes <= 1L << 56, "a loan of %s bytes", bytes);
        var sizeClass = sizeClass(bytes, kind);
        var buffer = sizeClass.take();
        if (buffer == null) {
            buffer = allocate(sizeClass, name);
        } else {
            keptBytes.addAndGet(-buffer.capacity());
        }
        enter(buffer, name);
        return buffer;
    }

    /// Enters foreign memory into the books, where it stays until its owner says that it is free.
    ///
    /// @param memory off-heap; it stays valid until it is released
    /// @param release what the last close of the buffer does
    /// @param name who borrows, for the leak report
    public Buffer adopt(MemorySegment memory, Release release, String name) {
        checkArgument(memory.isNative(), "memory on the heap cannot be adopted");
        var buffer = new Buffer(this, memory, release);
        enter(buffer, name);
        return buffer;
    }

    private void enter(Buffer buffer, String name) {
        lentBytes.addAndGet(buffer.capacity());
        buffer.lend(name);
        lent.add(buffer);
    }

    /// Foreign memory is free.
    void strikeOut(Buffer buffer) {
        lent.remove(buffer);
        lentBytes.addAndGet(-buffer.capacity());
    }

    private Buffer allocate(SizeClass sizeClass, String name) {
        if (lentBytes.get() + keptBytes.get() + sizeClass.size > limitBytes) {
            trim();
        }
        long address = ask(sizeClass);
        if (address == 0) {
            trim();
            address = ask(sizeClass);
        }
        if (address == 0) {
            throw new NoRoom(
                    "the system has no "
                            + sizeClass.size
                            + " bytes "
                            + (sizeClass.kind == MemoryKind.SHARED ? "to share " : "")
                            + "for "
                            + name
                            + "; "
                            + describeHolders());
        }
        misses.incrementAndGet();
        return new Buffer(this, address, sizeClass.size, sizeClass.kind);
    }

    /// A block from the system, or 0 if it has none.
    private long ask(SizeClass sizeClass) {
        return switch (sizeClass.kind) {
            case HOST -> NativeMemory.allocate(sizeClass.size);
            case SHARED -> sharedMemory().allocate(sizeClass.size);
        };
    }

    private void free(Buffer buffer) {
        switch (buffer.kind()) {
            case HOST -> NativeMemory.free(buffer.address());
            case SHARED -> lentFrom().free(buffer.address(), buffer.capacity());
        }
    }

    private synchronized SharedMemory lentFrom() {
        return sharedMemory; // also after closing
    }

    void takeBack(Buffer buffer) {
        if (checked) {
            NativeMemory.fill(buffer.address(), buffer.capacity(), POISON);
        }
        lent.remove(buffer);
        long stillLent = lentBytes.addAndGet(-buffer.capacity());
        if (closed || stillLent + keptBytes.get() + buffer.capacity() > limitBytes) {
            free(buffer);
            return;
        }
        keptBytes.addAndGet(buffer.capacity());
        sizeClass(buffer.capacity(), buffer.kind()).put(buffer);
        if (closed) {
            trim(); // closed meanwhile: nobody else would free it
        }
    }

    private void trim() {
        trim(host);
        trim(shared);
    }

    private void trim(SizeClass[] classes) {
        for (var sizeClass : classes) {
            for (var buffer = sizeClass.take(); buffer != null; buffer = sizeClass.take()) {
                keptBytes.addAndGet(-buffer.capacity());
                free(buffer);
            }
        }
    }

    /// Bytes on loan now.
    public long lentBytes() {
        return lentBytes.get();
    }

    /// Bytes kept for reuse now.
    public long keptBytes() {
        return keptBytes.get();
    }

    /// The bytes that may be lent and kept together.
    public long limitBytes() {
        return limitBytes;
    }

    /// How often memory had to be asked from the system since the pool was made.
    public long misses() {
        return misses.get();
    }

    /// Whether released memory is overwritten.
    public boolean checked() {
        return checked;
    }

    /// Bytes on loan by the borrower's name, sorted by name.
    public ImmutableMap<String, Long> holders() {
        var byName = new TreeMap<String, Long>();
        for (var buffer : lent) {
            byName.merge(buffer.name(), buffer.capacity(), Long::sum);
        }
        return ImmutableMap.copyOf(byName);
    }

    /// The largest holders in one line, for messages.
    public String describeHolders() {
        var holders = holders();
        if (holders.isEmpty()) {
            return "nothing is lent";
        }
        var text = new StringBuilder("lent: ");
        holders.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .limit(5)
                .forEach(
                        entry ->
                                text.append(entry.getValue())
                                        .append(" bytes to ")
                                        .append(entry.getKey())
                                        .append(", "));
        if (holders.size() > 5) {
            text.append("and ").append(holders.size() - 5).append(" more, ");
        }
        return text.substring(0, text.length() - 2);
    }

    /// Frees what is kept. What is still lent stays valid and is freed at its last release.
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        trim();
        var memory = lentFrom();
        if (memory != null) {
            memory.close();
        }
    }

    static int classOf(long bytes) {
        if (bytes <= 1L << SMALLEST_LOG) {
            return 0;
        }
        int log = 63 - Long.numberOfLeadingZeros(bytes - 1); // 2^log < bytes <= 2^(log + 1)
        long quarter = 1L << (log - 2);
        int step = (int) ((bytes - (1L << log) + quarter - 1) / quarter); // 1 to 4
        return 4 * (log - SMALLEST_LOG) + step;
    }

    static long sizeOf(int sizeClass) {
        int log = SMALLEST_LOG + sizeClass / 4;
        return (1L << log) + (sizeClass % 4) * (1L << (log - 2));
    }

    private static final class SizeClass {
        private final long size;
        private final MemoryKind kind;
        private final ArrayDeque<Buffer> kept = new ArrayDeque<>();

        SizeClass(long size, MemoryKind kind) {
            this.size = size;
            this.kind = kind;
        }

        synchronized Buffer take() {
            return kept.pollLast(); // the last one in is the warmest
        }

        synchronized void put(Buffer buffer) {
            kept.addLast(buffer);
        }
    }
}
