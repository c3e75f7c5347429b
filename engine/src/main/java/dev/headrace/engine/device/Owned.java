package dev.headrace.engine.device;

import static com.google.common.base.Preconditions.checkState;

import java.util.concurrent.atomic.AtomicBoolean;

/// What lives in a context and is given back once: by its own close, or else by the context's.
abstract sealed class Owned implements AutoCloseable
        permits GpuEvent, GpuFunctions, GpuMemory, GpuStream, PinnedMemory {
    private final GpuContext context;
    private final AtomicBoolean closed = new AtomicBoolean();

    Owned(GpuContext context) {
        this.context = context;
    }

    /// The context in which it lives.
    public final GpuContext context() {
        return context;
    }

    /// @throws IllegalStateException if it is closed
    final void checkOpen() {
        checkState(!closed.get(), "%s was used after its close", this);
    }

    /// For a call that uses it, on this thread.
    ///
    /// @throws IllegalStateException if it is closed
    final void use() {
        checkOpen();
        context.enter();
    }

    /// Gives it back to the driver.
    abstract void giveBack();

    /// Gives it back; again, or after the context's close, does nothing. From any platform thread.
    /// Where the device is lost, there is nothing left to give back, and nothing is thrown.
    @Override
    public final void close() {
        if (closed.compareAndSet(false, true)) {
            GpuContext.unlessLost(
                    () -> {
                        enter();
                        context.forget(this);
                        giveBack();
                    });
        }
    }

    /// Where that fails nothing was given back, which is left to the context's close.
    private void enter() {
        try {
            context.enter();
        } catch (DriverFailure failure) {
            closed.set(false);
            throw failure;
        }
    }
}
