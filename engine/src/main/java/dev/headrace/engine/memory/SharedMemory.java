package dev.headrace.engine.memory;

import dev.headrace.engine.error.NoRoom;
import java.util.TreeMap;

/// The memory of a pool that other processes can map: one file without a name, made when it is
/// first asked for (on Linux). Another process of the same user opens it as
/// `/proc/‹process id›/fd/‹descriptor›`.
///
/// It is far larger than the pool's limit and made of holes. Pages are given to a block when it is
/// allocated, so where there are none a loan is refused, and nobody is killed for writing to it.
/// Safe from any thread.
public final class SharedMemory {
    /// Blocks begin and end at pages of so many bytes: {@value}. Where pages are larger, fewer of
    /// them go back to the system.
    static final long PAGE = 1 << 12;

    private static final long LEAST_BYTES = 1L << 36;
    private static final long MOST_BYTES = 1L << 44;

    private final NativeFile file;
    private final TreeMap<Long, Long> holes = new TreeMap<>(); // bytes by offset, none adjoining
    private long allocated;
    private boolean closing;

    /// @param limitBytes what will be allocated at once, in general
    /// @throws NoRoom if the system has no such memory
    static SharedMemory forLimit(long limitBytes) {
        return new SharedMemory(
                limitBytes > MOST_BYTES / 16
                        ? MOST_BYTES
                        : Math.max(LEAST_BYTES, 16 * roundUp(limitBytes)));
    }

    SharedMemory(long bytes) {
        try {
            file = NativeFile.create("headrace", bytes);
        } catch (NativeFile.Refused refused) {
            throw new NoRoom(
                    "the system has no memory that other processes can map: "
                            + refused.getMessage());
        }
        holes.put(0L, bytes);
    }

    /// Whole pages that hold so many bytes, at least one.
    static long roundUp(long bytes) {
        return Math.max(PAGE, (bytes + PAGE - 1) & -PAGE);
    }

    /// Number of the open file in this process.
    public int descriptor() {
        return file.descriptor();
    }

    /// Address of the first byte in this process.
    public long address() {
        return file.address();
    }

    /// Bytes from the first address to the end, holes included.
    public long bytes() {
        return file.bytes();
    }

    /// Whether an address of this process lies in it.
    public boolean contains(long address) {
        return address >= address() && address - address() < bytes();
    }

    /// A block of whole pages: the first hole that is large enough.
    ///
    /// @return its address, or 0 where the system has no pages, or the file no such hole
    synchronized long allocate(long bytes) {
        if (closing) {
            throw new IllegalStateException("shared memory was asked for after its pool's close");
        }
        for (var hole : holes.entrySet()) {
            if (hole.getValue() >= bytes) {
                return fill(hole.getKey(), hole.getValue(), bytes);
            }
        }
        return 0;
    }

    private long fill(long offset, long hole, long bytes) {
        try {
            file.reserve(offset, bytes);
        } catch (NativeFile.Refused refused) {
            return 0;
        }
        holes.remove(offset);
        if (hole > bytes) {
            holes.put(offset + bytes, hole - bytes);
        }
        allocated += bytes;
        return address() + offset;
    }

    /// Gives a block's pages back to the system.
    synchronized void free(long address, long bytes) {
        long offset = address - address();
        long from = offset;
        long to = offset + bytes;
        var before = holes.floorEntry(offset);
        if (before != null && before.getKey() + before.getValue() == offset) {
            from = before.getKey();
        }
        var after = holes.remove(to);
        holes.put(from, to + (after == null ? 0 : after) - from);
        allocated -= bytes;
        try {
            file.punch(offset, bytes);
            closeIfUnused();
        } catch (NativeFile.Refused refused) {
            throw new IllegalStateException("shared memory could not be given back", refused);
        }
    }

    /// Unmaps the file once the last block is free.
    synchronized void close() {
        closing = true;
        try {
            closeIfUnused();
        } catch (NativeFile.Refused refused) {
            throw new IllegalStateException("shared memory could not be unmapped", refused);
        }
    }

    private void closeIfUnused() throws NativeFile.Refused {
        if (closing && allocated == 0) {
            file.close();
        }
    }
}
