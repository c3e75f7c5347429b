package dev.headrace.engine.device;

import static com.google.common.base.Preconditions.checkState;

/// A mark in a stream: [GpuStream#record] sets it, and then streams and the host can wait for it.
/// A later record takes its place for later waits only.
///
/// Closing it lends it to the next who asks for an event. Waits that streams have queued go on, but
/// no thread may be in [#synchronize] then. Safe from any thread.
public final class GpuEvent extends Owned {
    private final long handle;
    private volatile boolean recorded;

    GpuEvent(GpuContext context, long handle) {
        super(context);
        this.handle = handle;
    }

    /// The driver's handle, a `CUevent`.
    public long handle() {
        return handle;
    }

    void recorded() {
        recorded = true;
    }

    /// The driver takes an event that was never recorded for one that has come.
    void checkRecorded() {
        checkOpen();
        checkState(recorded, "%s was waited for before it was recorded", this);
    }

    /// Whether all is done that was queued before the last record.
    ///
    /// @throws IllegalStateException if it was not recorded
    /// @throws DriverFailure if any of it failed
    public boolean isDone() {
        checkRecorded();
        use();
        return Driver.eventQuery(handle);
    }

    /// Waits on the host until all is done that was queued before the last record.
    ///
    /// @throws IllegalStateException if it was not recorded
    /// @throws DriverFailure if any of it failed
    public void synchronize() {
        checkRecorded();
        use();
        Driver.eventSynchronize(handle);
    }

    @Override
    void giveBack() {
        context().keepIdle(handle);
    }

    @Override
    public String toString() {
        return "an event of gpu(" + context().info().number() + ")";
    }
}
