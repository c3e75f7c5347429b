package dev.headrace.engine.device;

import static com.google.common.base.Preconditions.checkArgument;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A queue of work for one device, done in order, beside what other streams do. All methods but
/// [#synchronize] and [#awaitEnd] only queue; where they throw, nothing was queued.
///
/// Addresses are trusted: the memory lives, and nothing else writes it, until the work is done.
/// Safe from any thread: what one queues is in order.
public final class GpuStream extends Owned {
    private static final long PARAMETERS = 1; // CU_LAUNCH_PARAM_BUFFER_POINTER
    private static final long PARAMETERS_BYTES = 2; // CU_LAUNCH_PARAM_BUFFER_SIZE
    private static final long END = 0; // CU_LAUNCH_PARAM_END

    private final long handle;
    private final boolean foreign;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment parameterBytes = arena.allocate(JAVA_LONG);
    private final MemorySegment extra;

    /// @param foreign whether somebody else made it, and destroys it
    GpuStream(GpuContext context, long handle, boolean foreign) {
        super(context);
        this.handle = handle;
        this.foreign = foreign;
        extra =
                arena.allocateFrom(
                        JAVA_LONG, PARAMETERS, 0, PARAMETERS_BYTES, parameterBytes.address(), END);
    }

    /// The driver's handle, a `CUstream`.
    public long handle() {
        return handle;
    }

    /// Whether somebody else made it, and destroys it.
    boolean isForeign() {
        return foreign;
    }

    /// Copies to the device. Of memory that is not pinned, all is read before this returns.
    ///
    /// @param to address of this device
    /// @param from address of the host
    /// @param bytes at least 0
    public void copyToDevice(long to, long from, long bytes) {
        use();
        Driver.memcpyToDevice(to, from, bytes, handle);
    }

    /// Copies to the host. Where its memory is not pinned, this returns when all is done.
    ///
    /// @param to address of the host
    /// @param from address of this device
    /// @param bytes at least 0
    public void copyToHost(long to, long from, long bytes) {
        use();
        Driver.memcpyToHost(to, from, bytes, handle);
    }

    /// Copies on this device.
    ///
    /// @param to address of this device
    /// @param from address of this device, not overlapping
    /// @param bytes at least 0
    public void copy(long to, long from, long bytes) {
        use();
        Driver.memcpyWithin(to, from, bytes, handle);
    }

    /// Copies from another device, by way of the host where the two are not linked.
    ///
    /// @param to address of this device
    /// @param other the other device
    /// @param from address of the other device
    /// @param bytes at least 0
    public void copyFrom(long to, GpuContext other, long from, long bytes) {
        use();
        Driver.memcpyPeer(to, context().handle(), from, other.handle(), bytes, handle);
    }

    /// Sets all bytes to one value.
    ///
    /// @param address of this device
    /// @param value of each byte
    /// @param bytes at least 0
    public void fill(long address, byte value, long bytes) {
        use();
        Driver.memset(address, value, bytes, handle);
    }

    /// Runs a kernel.
    ///
    /// @param kernel a function of this device
    /// @param grid how many threads
    /// @param parameters native memory with the kernel's parameters one behind the other, each
    ///     aligned as C does in a struct, without padding at the end; read before this returns
    public synchronized void launch(
            GpuFunctions.Function kernel, Grid grid, MemorySegment parameters) {
        checkArgument(parameters.isNative(), "parameters of a kernel lie in native memory");
        use();
        extra.setAtIndex(JAVA_LONG, 1, parameters.address());
        parameterBytes.set(JAVA_LONG, 0, parameters.byteSize());
        Driver.launchKernel(kernel.handle(), grid, handle, extra);
    }

    /// Has an event tell when all that was queued here so far is done.
    ///
    /// @param event of the same device
    public void record(GpuEvent event) {
        use();
        event.use();
        Driver.eventRecord(event.handle(), handle);
        event.recorded();
    }

    /// A mark behind all that was queued here so far.
    ///
    /// @return what the caller closes
    public Mark mark() {
        var event = context().event();
        try {
            record(event);
            return new Mark(this, event);
        } catch (Throwable failure) {
            event.close();
            throw failure;
        }
    }

    /// Has what is queued here from now on begin when a mark is reached, of any device's stream;
    /// the host goes on.
    public void waitFor(Mark mark) {
        waitFor(mark.event());
    }

    /// Has what is queued here from now on begin after an event; the host goes on.
    ///
    /// @param event recorded before, of any device; what is recorded later does not matter
    public void waitFor(GpuEvent event) {
        event.checkRecorded();
        use();
        Driver.streamWaitEvent(handle, event.handle());
    }

    /// Waits until all is done that was queued so far.
    ///
    /// @throws DriverFailure if any of it failed
    public void synchronize() {
        use();
        Driver.streamSynchronize(handle);
    }

    /// Waits until nothing that was queued so far runs any more, whatever became of it.
    public void awaitEnd() {
        try {
            synchronize();
        } catch (DriverFailure over) {
            // the device is lost, or has told what failed before: nothing runs there any more
        }
    }

    /// Work that is queued is done all the same.
    @Override
    void giveBack() {
        arena.close();
        if (!foreign) {
            Driver.streamDestroy(handle);
        }
    }

    @Override
    public String toString() {
        return "a stream of gpu(" + context().info().number() + ")";
    }
}
