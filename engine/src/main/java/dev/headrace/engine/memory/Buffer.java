package dev.headrace.engine.memory;

import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.DriverFailure;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.Mark;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/// A block of native memory: on loan from a [BufferPool], or foreign and in the pool's books only.
/// The last holder to close it gives it back to the pool, or to its owner.
///
/// Holders are counted: a new loan has one. Closing and retaining is safe from any thread.
public final class Buffer extends Storage implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("dev.headrace.engine.memory");

    private final BufferPool pool;
    private final long address;
    private final long capacity;
    private final MemoryKind kind;
    private final Foreign foreign; // null for the pool's own
    private final Runnable free; // null for foreign memory
    private final List<Mark> marks = new ArrayList<>(0); // guarded by itself
    private final AtomicInteger holders = new AtomicInteger();
    private volatile String name = "";

    /// @param memory kept reachable, else a collected arena would free it
    private record Foreign(MemorySegment memory, Release release) {}

    /// @param free gives the memory back to the system
    Buffer(BufferPool pool, long address, long capacity, MemoryKind kind, Runnable free) {
        this.pool = pool;
        this.free = free;
        this.address = address;
        this.capacity = capacity;
        this.kind = kind;
        this.foreign = null;
    }

    Buffer(BufferPool pool, MemorySegment memory, MemoryKind kind, Release release) {
        this.pool = pool;
        this.address = memory.address();
        this.capacity = memory.byteSize();
        this.kind = kind;
        this.free = null;
        this.foreign = new Foreign(memory, release);
    }

    void lend(String borrower) {
        name = borrower;
        holders.set(1);
    }

    /// Address of the first byte, aligned to a cache line unless the memory is foreign.
    public long address() {
        return address;
    }

    /// Usable bytes: at least as many as were asked for, or those of the foreign memory. This is
    /// what the pool's books count.
    public long capacity() {
        return capacity;
    }

    /// Where it lies; if it is shared, in [BufferPool#sharedMemory()].
    public MemoryKind kind() {
        return kind;
    }

    /// What it was lent for.
    public String name() {
        return name;
    }

    /// A tensor over bytes of this buffer.
    ///
    /// @param offset of the first element, in bytes
    public Tensor tensor(TensorSpec spec, long offset, boolean writable) {
        if (offset < 0 || offset > capacity - spec.bytes()) {
            throw new IndexOutOfBoundsException(
                    spec + " at " + offset + " does not fit " + capacity + " bytes of " + name);
        }
        return new Tensor(spec, address + offset, this, writable);
    }

    @Override
    public OptionalInt gpu() {
        return kind == MemoryKind.DEVICE ? pool.gpuNumber() : OptionalInt.empty();
    }

    /// Whether devices may use it while the host goes on: what its owner pinned is not known.
    private boolean isForDevices() {
        return foreign != null
                || switch (kind) {
                    case HOST, SHARED -> false;
                    case PINNED, SHARED_PINNED, DEVICE -> true;
                };
    }

    /// States that a device uses it until a mark is reached: before that, nobody else gets it. Of
    /// marks in one stream only the last counts. What is not pinned is copied before a call
    /// returns, so for that it means nothing.
    public void busyUntil(Mark mark) {
        if (!isForDevices()) {
            return;
        }
        synchronized (marks) {
            dropMarks(old -> old.stream() == mark.stream());
            marks.add(mark.retain());
        }
    }

    /// Whether no device uses it any more.
    ///
    /// @param on the stream whose work uses it next, behind all that is queued there; or null
    boolean isIdle(GpuStream on) {
        if (!isForDevices()) {
            return true;
        }
        synchronized (marks) {
            dropMarks(Mark::isReached);
            return marks.stream().allMatch(mark -> mark.stream() == on);
        }
    }

    /// Has a stream wait until no other uses it any more. It stays busy: it may be given back
    /// unused.
    void settle(GpuStream on) {
        synchronized (marks) {
            marks.stream().filter(mark -> mark.stream() != on).forEach(on::waitFor);
        }
    }

    /// Waits on the host until no device uses it any more.
    void settle() {
        synchronized (marks) {
            dropMarks(
                    mark -> {
                        awaitEnd(mark);
                        return true;
                    });
        }
    }

    private static void awaitEnd(Mark mark) {
        if (mark.isReached()) {
            return;
        }
        try {
            mark.await();
        } catch (DriverFailure failure) { // whoever waits for the work is told
            GpuContext.onSystemThread(mark.stream()::awaitEnd);
        }
    }

    private void dropMarks(Predicate<Mark> which) {
        for (var each = marks.iterator(); each.hasNext(); ) {
            var mark = each.next();
            if (which.test(mark)) {
                each.remove();
                mark.close();
            }
        }
    }

    /// Gives the memory back to the system, once no device uses it. What a driver cannot free, it
    /// does with the device's close.
    void free() {
        if (!isForDevices()) {
            free.run();
            return;
        }
        try {
            settle();
            GpuContext.onSystemThread(free);
        } catch (DriverFailure failure) {
            LOG.log(System.Logger.Level.WARNING, "could not free " + this, failure);
        }
    }

    /// One more holder, who must close it too.
    public Buffer retain() {
        if (holders.getAndUpdate(count -> count == 0 ? 0 : count + 1) == 0) {
            throw new IllegalStateException("the buffer of " + name + " was released");
        }
        return this;
    }

    /// One holder less; the last gives the memory back.
    ///
    /// @throws IllegalStateException if nobody held it
    @Override
    public void close() {
        int before = holders.getAndUpdate(count -> count == 0 ? 0 : count - 1);
        if (before == 0) {
            throw new IllegalStateException("the buffer of " + name + " was released twice");
        }
        if (before == 1) {
            expire();
            if (foreign == null) {
                pool.takeBack(this);
            } else if (kind == MemoryKind.DEVICE) {
                pool.giveBackLater(this);
            } else {
                giveBack();
            }
        }
    }

    /// Gives foreign memory back to its owner, once no device uses it.
    void giveBack() {
        var first = new AtomicBoolean(true);
        Runnable freed =
                () -> {
                    if (first.getAndSet(false)) {
                        pool.strikeOut(this);
                    }
                };
        try {
            settle();
            foreign.release.release(freed);
        } catch (Throwable failure) {
            freed.run(); // nobody else will
            throw failure;
        }
        Reference.reachabilityFence(foreign.memory);
    }

    @Override
    public String toString() {
        return "the buffer of " + name;
    }
}
