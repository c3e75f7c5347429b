package dev.headrace.engine.device;

/// Memory of a device. Nothing of the host reads or writes at its address.
public final class GpuMemory extends Owned {
    private final long address;
    private final long bytes;

    GpuMemory(GpuContext context, long address, long bytes) {
        super(context);
        this.address = address;
        this.bytes = bytes;
    }

    /// Address of the first byte, a `CUdeviceptr`, aligned to 256 bytes.
    public long address() {
        return address;
    }

    /// How many bytes.
    public long bytes() {
        return bytes;
    }

    /// To be done when no queued work uses it any more.
    @Override
    void giveBack() {
        Driver.memFree(address);
    }

    @Override
    public String toString() {
        return "memory of gpu(" + context().info().number() + ")";
    }
}
