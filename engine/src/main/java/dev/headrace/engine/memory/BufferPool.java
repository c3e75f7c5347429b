package dev.headrace.engine.memory;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.device.DriverFailure;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.PinnedMemory;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.NoRoom;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Native memory in size classes, kept for reuse: once warm, lending allocates nothing.
///
/// A class is a power of two or one of three steps between two of them, so at most a fifth of a
/// block is waste. Every loan has a name, for the leak report. Safe from any thread.
///
/// What a device uses is lent to others once it is done with it, see [Buffer#busyUntil].
///
/// Memory of all kinds is in the same books.
/// Foreign memory is entered into the books as if it were lent, see [#adopt].
///
/// The limit bounds what is lent and kept together: kept blocks are freed before it is passed. It
/// is the caller who decides whether a loan above it is refused (see the runner), since only it
/// knows who could wait.
public final class BufferPool implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.headrace.engine.memory");
    private static final int SMALLEST_LOG = 6;
    private static final byte POISON = (byte) 0xA5;

    private final long limitBytes;
    private final boolean checked;
    private final GpuContext gpu; // null of a pool of the host alone
    private final OptionalInt gpuNumber;
    private final Map<MemoryKind, SizeClass[]> classes = new EnumMap<>(MemoryKind.class);
    private final Set<Buffer> lent = ConcurrentHashMap.newKeySet();
    private final Set<Buffer> leaving = ConcurrentHashMap.newKeySet(); // foreign, of the device
    private final AtomicLong lentBytes = new AtomicLong();
    private final AtomicLong keptBytes = new AtomicLong();
    private final AtomicLong misses = new AtomicLong();
    private final AtomicBoolean saidUnpinned = new AtomicBoolean();
    private final AtomicReference<Runnable> whenEmpty = new AtomicReference<>();
    private SharedMemory sharedMemory; // guarded by this
    private volatile boolean closed;
    private volatile boolean trimmed; // after the close

    /// An empty pool of memory of the host.
    ///
    /// @param limitBytes the bytes that may be lent and kept together
    /// @param checked whether released memory is overwritten, so that a late reader is found
    public BufferPool(long limitBytes, boolean checked) {
        this(limitBytes, checked, null);
    }

    /// An empty pool, of memory of a device and of memory pinned for devices too.
    ///
    /// @param limitBytes the bytes that may be lent and kept together
    /// @param checked whether released memory is overwritten, so that a late reader is found
    /// @param gpu the device; it stays open until [#onceEmpty] is told
    public BufferPool(long limitBytes, boolean checked, GpuContext gpu) {
        checkArgument(limitBytes > 0, "memory limit of %s bytes", limitBytes);
        this.limitBytes = limitBytes;
        this.checked = checked;
        this.gpu = gpu;
        gpuNumber = gpu == null ? OptionalInt.empty() : OptionalInt.of(gpu.info().number());
        for (var kind : MemoryKind.values()) {
            classes.put(kind, sizeClasses(kind));
        }
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
        return isShared(kind) ? SharedMemory.roundUp(bytes) : bytes;
    }

    private static boolean isShared(MemoryKind kind) {
        return kind == MemoryKind.SHARED || kind == MemoryKind.SHARED_PINNED;
    }

    private SizeClass sizeClass(long bytes, MemoryKind kind) {
        return classes.get(kind)[classOf(rounded(bytes, kind))];
    }

    /// The memory that loans that other processes can read lie in, made at the first call. It is
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
        return lend(bytes, name, kind, null);
    }

    /// Lends memory of a kind, as [#lend(long, String)].
    ///
    /// @param on the stream whose work uses it first: so it may still be in use there, and where
    ///     there is no other, on other streams too, which this one then awaits; null for the host,
    ///     which then waits itself
    public Buffer lend(long bytes, String name, MemoryKind kind, GpuStream on) {
        checkArgument(bytes >= 0 && bytes <= 1L << 56, "a loan of %s bytes", bytes);
        giveBackIdle();
        var sizeClass = sizeClass(bytes, kind);
        var buffer = sizeClass.takeIdle(on);
        if (buffer == null) {
            buffer = allocate(sizeClass, name, on);
        } else {
            keptBytes.addAndGet(-buffer.capacity());
        }
        enter(buffer, name);
        return buffer;
    }

    /// Enters foreign memory of this process into the books, as [#adopt(MemorySegment, MemoryKind,
    /// Release, String)].
    public Buffer adopt(MemorySegment memory, Release release, String name) {
        return adopt(memory, MemoryKind.HOST, release, name);
    }

    /// Enters foreign memory into the books, where it stays until its owner says that it is free.
    ///
    /// @param memory off-heap; it stays valid until it is released
    /// @param kind of the memory: of this process, or of the device, whose addresses it has then
    /// @param release what follows the last close of the buffer: with memory of a device some time
    ///     later, when no stream uses it any more and the pool is used again, or closed
    /// @param name who borrows, for the leak report
    public Buffer adopt(MemorySegment memory, MemoryKind kind, Release release, String name) {
        checkArgument(memory.isNative(), "memory on the heap cannot be adopted");
        giveBackIdle();
        var buffer = new Buffer(this, memory, kind, release);
        enter(buffer, name);
        return buffer;
    }

    /// Nobody holds foreign memory any more, but a device may use it still.
    void giveBackLater(Buffer buffer) {
        if (!closed) {
            leaving.add(buffer);
            if (!closed || !leaving.remove(buffer)) {
                return;
            }
        }
        buffer.giveBack();
    }

    private void giveBackIdle() {
        for (var buffer : leaving) {
            if (buffer.isIdle(null) && leaving.remove(buffer)) {
                buffer.giveBack();
            }
        }
    }

    private void giveBackAll() {
        for (var buffer : leaving) {
            if (leaving.remove(buffer)) {
                buffer.giveBack();
            }
        }
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
        tellIfEmpty();
    }

    private Buffer allocate(SizeClass sizeClass, String name, GpuStream on) {
        boolean fits = lentBytes.get() + keptBytes.get() + sizeClass.size <= limitBytes;
        var made = fits ? ask(sizeClass) : null;
        if (made == null) {
            var busy = sizeClass.takeAny();
            if (busy != null) {
                settle(sizeClass, busy, on);
                return busy;
            }
            trim();
            made = ask(sizeClass);
        }
        if (made == null) {
            throw new NoRoom(
                    "%s has no %s bytes %sfor %s; %s"
                            .formatted(
                                    sizeClass.kind == MemoryKind.DEVICE ? gpu : "the system",
                                    sizeClass.size,
                                    switch (sizeClass.kind) {
                                        case HOST, DEVICE -> "";
                                        case SHARED, SHARED_PINNED -> "to share ";
                                        case PINNED -> "to pin ";
                                    },
                                    name,
                                    describeHolders()));
        }
        misses.incrementAndGet();
        return made;
    }

    private void settle(SizeClass sizeClass, Buffer busy, GpuStream on) {
        try {
            if (on == null) {
                busy.settle();
            } else {
                busy.settle(on);
            }
            keptBytes.addAndGet(-busy.capacity());
        } catch (DriverFailure failure) {
            sizeClass.put(busy);
            throw new BadBatch(failure.getMessage(), failure);
        }
    }

    /// A block from the system, or null if it has none.
    private Buffer ask(SizeClass sizeClass) {
        long size = sizeClass.size;
        return switch (sizeClass.kind) {
            case HOST -> {
                long address = NativeMemory.allocate(size);
                yield made(sizeClass, address, () -> NativeMemory.free(address));
            }
            case SHARED -> {
                var memory = sharedMemory();
                long address = memory.allocate(size);
                yield made(sizeClass, address, () -> memory.free(address, size));
            }
            case SHARED_PINNED -> {
                var memory = sharedMemory();
                long address = memory.allocate(size);
                yield address == 0
                        ? null
                        : made(sizeClass, address, freePinned(memory, address, size));
            }
            case PINNED -> {
                var memory = unlessFull(() -> gpu.pin(size));
                yield memory == null ? null : made(sizeClass, memory.address(), memory::close);
            }
            case DEVICE -> {
                var memory = unlessFull(() -> gpu.allocate(size));
                yield memory == null ? null : made(sizeClass, memory.address(), memory::close);
            }
        };
    }

    /// Pins a block of shared memory, where that can be.
    ///
    /// @return what frees it. A block that remains pinned is not freed: at its addresses, devices
    ///     would go on with pages that are no longer there
    private Runnable freePinned(SharedMemory memory, long address, long bytes) {
        var pinned = new AtomicReference<PinnedMemory>();
        try {
            GpuContext.onSystemThread(() -> pinned.set(gpu.pin(address, bytes)));
        } catch (DriverFailure failure) {
            if (saidUnpinned.compareAndSet(false, true)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "shared memory is not pinned, so devices copy from it more slowly: "
                                + failure.getMessage());
            }
            return () -> memory.free(address, bytes);
        }
        return () -> {
            pinned.get().close();
            memory.free(address, bytes);
        };
    }

    private Buffer made(SizeClass sizeClass, long address, Runnable free) {
        return address == 0
                ? null
                : new Buffer(this, address, sizeClass.size, sizeClass.kind, free);
    }

    private static <T> T unlessFull(Supplier<T> asked) {
        var found = new AtomicReference<T>();
        try {
            GpuContext.onSystemThread(() -> found.set(asked.get()));
        } catch (DriverFailure failure) {
            if (!failure.outOfMemory()) {
                throw new BadBatch(failure.getMessage(), failure);
            }
        }
        return found.get();
    }

    /// The number of the device, if it has one.
    OptionalInt gpuNumber() {
        return gpuNumber;
    }

    void takeBack(Buffer buffer) {
        if (checked && !buffer.gpu().isPresent() && buffer.isIdle(null)) { // else a device reads it
            NativeMemory.fill(buffer.address(), buffer.capacity(), POISON);
        }
        lent.remove(buffer);
        if (closed || lentBytes.get() + keptBytes.get() > limitBytes) {
            buffer.free();
            lentBytes.addAndGet(-buffer.capacity());
            tellIfEmpty();
            return;
        }
        lentBytes.addAndGet(-buffer.capacity());
        keptBytes.addAndGet(buffer.capacity());
        sizeClass(buffer.capacity(), buffer.kind()).put(buffer);
        if (closed) {
            trim(); // closed meanwhile: nobody else would free it
            tellIfEmpty();
        }
    }

    private void trim() {
        classes.values().forEach(this::trim);
    }

    private void trim(SizeClass[] some) {
        for (var sizeClass : some) {
            for (var buffer = sizeClass.takeAny(); buffer != null; buffer = sizeClass.takeAny()) {
                keptBytes.addAndGet(-buffer.capacity());
                buffer.free();
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
        return describe(holders());
    }

    /// The largest of some holders in one line, for messages.
    public static String describe(Map<String, Long> holders) {
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
        giveBackAll();
        trim();
        SharedMemory memory;
        synchronized (this) {
            memory = sharedMemory;
        }
        if (memory != null) {
            memory.close();
        }
        trimmed = true;
        tellIfEmpty();
    }

    /// Has somebody told, once, when the pool is closed and the last loan was given back.
    public void onceEmpty(Runnable tell) {
        whenEmpty.set(tell);
        tellIfEmpty();
    }

    private void tellIfEmpty() {
        if (trimmed && lentBytes.get() == 0) {
            var tell = whenEmpty.getAndSet(null);
            if (tell != null) {
                tell.run();
            }
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

        /// One that no device uses any more, but perhaps on the stream that uses it next.
        synchronized Buffer takeIdle(GpuStream on) {
            var last = kept.peekLast();
            if (last == null || last.isIdle(on)) {
                return kept.pollLast();
            }
            for (var each = kept.descendingIterator(); each.hasNext(); ) { // the warmest first
                var buffer = each.next();
                if (buffer.isIdle(on)) {
                    each.remove();
                    return buffer;
                }
            }
            return null;
        }

        /// The one that was given back first: no other is idle sooner.
        synchronized Buffer takeAny() {
            return kept.pollFirst();
        }

        synchronized void put(Buffer buffer) {
            kept.addLast(buffer);
        }
    }
}
