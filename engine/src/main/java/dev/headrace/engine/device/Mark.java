package dev.headrace.engine.device;

import java.util.concurrent.atomic.AtomicInteger;

/// A point in a stream: all that was queued there before. Holders are counted, a new one has one;
/// the last gives its event back. Safe from any thread.
public final class Mark implements AutoCloseable {
    private final GpuStream stream;
    private final GpuEvent event;
    private final AtomicInteger holders = new AtomicInteger(1);
    private volatile boolean reached;

    /// Of an event that was recorded on a stream just now.
    Mark(GpuStream stream, GpuEvent event) {
        this.stream = stream;
        this.event = event;
    }

    /// The stream in which it lies.
    public GpuStream stream() {
        return stream;
    }

    GpuEvent event() {
        return event;
    }

    /// One more holder, who must close it too.
    public Mark retain() {
        holders.incrementAndGet();
        return this;
    }

    /// Whether all before it is done, or its device is lost. Where the driver does not say, it is
    /// not known to be.
    public boolean isReached() {
        if (!reached) {
            GpuContext.onSystemThread(
                    () -> {
                        try {
                            reached = event.isDone();
                        } catch (DriverFailure failure) {
                            reached = failure.lost();
                        }
                    });
        }
        return reached;
    }

    /// Waits on the host until all before it is done.
    ///
    /// @throws DriverFailure if any of it failed
    public void await() {
        GpuContext.onSystemThread(event::synchronize);
        reached = true;
    }

    /// One holder less.
    @Override
    public void close() {
        if (holders.decrementAndGet() == 0) {
            GpuContext.onSystemThread(event::close);
        }
    }
}
