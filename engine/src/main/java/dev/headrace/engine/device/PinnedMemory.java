package dev.headrace.engine.device;

import java.lang.foreign.MemorySegment;

/// Memory of the host that devices copy from and to without help of the processor: the driver's
/// own, or somebody else's, as long as this is open.
public final class PinnedMemory extends Owned {
    private final long address;
    private final long bytes;
    private final boolean foreign;

    /// @param foreign whether somebody else allocated it, and frees it
    PinnedMemory(GpuContext context, long address, long bytes, boolean foreign) {
        super(context);
        this.address = address;
        this.bytes = bytes;
        this.foreign = foreign;
    }

    /// Address of the first byte.
    public long address() {
        return address;
    }

    /// How many bytes.
    public long bytes() {
        return bytes;
    }

    /// All of it. Nobody is stopped from using it after the close.
    public MemorySegment segment() {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    /// To be done when no queued work uses it any more.
    @Override
    void giveBack() {
        if (foreign) {
            Driver.memHostUnregister(address);
        } else {
            Driver.memFreeHost(address);
        }
    }

    @Override
    public String toString() {
        return "pinned memory of gpu(" + context().info().number() + ")";
    }
}
