package dev.headrace.engine.device;

import java.lang.foreign.MemorySegment;

/// Memory of the host that devices copy from and to without help of the processor.
public final class PinnedMemory extends Owned {
    private final long address;
    private final long bytes;

    PinnedMemory(GpuContext context, long address, long bytes) {
        super(context);
        this.address = address;
        this.bytes = bytes;
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
        Driver.memFreeHost(address);
    }

    @Override
    public String toString() {
        return "pinned memory of gpu(" + context().info().number() + ")";
    }
}
