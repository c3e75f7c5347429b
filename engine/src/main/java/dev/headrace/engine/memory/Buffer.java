package dev.headrace.engine.memory;

import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// A block of native memory: on loan from a [BufferPool], or foreign and in the pool's books only.
/// The last holder to close it gives it back to the pool, or to its owner.
///
/// Holders are counted: a new loan has one. Closing and retaining is safe from any thread.
public final class Buffer extends Storage implements AutoCloseable {
    private final BufferPool pool;
    private final long address;
    private final long capacity;
    private final MemoryKind kind;
    private final Foreign foreign; // null for the pool's own
    private final AtomicInteger holders = new AtomicInteger();
    private volatile String name = "";

    /// @param memory kept reachable, else a collected arena would free it
    private record Foreign(MemorySegment memory, Release release) {}

    Buffer(BufferPool pool, long address, long capacity, MemoryKind kind) {
        this.pool = pool;
        this.address = address;
        this.capacity = capacity;
        this.kind = kind;
        this.foreign = null;
    }

    Buffer(BufferPool pool, MemorySegment memory, Release release) {
        this.pool = pool;
        this.address = memory.address();
        this.capacity = memory.byteSize();
        this.kind = MemoryKind.HOST;
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

    /// Whether other processes can read it; if so it lies in [BufferPool#sharedMemory()].
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
            } else {
                giveBack();
            }
        }
    }

    private void giveBack() {
        var first = new AtomicBoolean(true);
        Runnable freed =
                () -> {
                    if (first.getAndSet(false)) {
                        pool.strikeOut(this);
                    }
                };
        try {
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
