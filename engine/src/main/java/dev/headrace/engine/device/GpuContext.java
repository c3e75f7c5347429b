package dev.headrace.engine.device;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import com.google.common.base.Throwables;
import com.google.common.util.concurrent.Uninterruptibles;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// A device that is open: its primary context, which all libraries of the process share, so that
/// addresses and streams mean the same to each.
///
/// It makes streams, events, memory and modules, which live in it; whoever asked for one closes it.
/// A thread of the system has one current context, which the calls here set when it is another: so
/// they are made from platform threads, and whoever else sets it on such a thread sets it back.
/// On a thread of somebody else they are made by [#onSystemThread], which sets it back itself. Safe
/// from any platform thread, but for [#close].
public final class GpuContext implements AutoCloseable {
    private static final long LEGACY = 1; // CU_STREAM_LEGACY
    private static final long PER_THREAD = 2; // CU_STREAM_PER_THREAD

    /// What the driver was last told for each thread that is ours.
    private static final ThreadLocal<GpuContext> CURRENT = new ThreadLocal<>();

    private final GpuInfo info;
    private final int device;
    private final long handle;
    private final Map<Long, GpuStream> foreign = new ConcurrentHashMap<>();
    private final Set<Owned> open = ConcurrentHashMap.newKeySet();
    private final Deque<Long> idleEvents = new ArrayDeque<>(); // guarded by itself
    private volatile boolean closed;

    /// Memory of a device at one moment, other processes' included.
    ///
    /// @param freeBytes what nobody has taken
    /// @param totalBytes all of it
    public record Memory(long freeBytes, long totalBytes) {}

    private GpuContext(GpuInfo info, int device, long handle) {
        this.info = info;
        this.device = device;
        this.handle = handle;
    }

    /// Opens a device. It may be open more than once; each is closed.
    ///
    /// @param number from 0, as the driver counts
    /// @throws IllegalStateException if there is no such device, with the reason
    /// @throws DriverFailure if it cannot be used
    public static GpuContext open(int number) {
        var found = GpuProbe.look();
        checkState(
                number >= 0 && number < found.devices().size(),
                "there is no gpu(%s): %s",
                number,
                found.absence().orElse("the driver shows " + found.devices().size()));
        int device = Driver.deviceGet(number);
        long handle = Driver.devicePrimaryCtxRetain(device);
        try {
            var context = new GpuContext(found.devices().get(number), device, handle);
            context.enter();
            return context;
        } catch (Throwable failure) {
            Driver.devicePrimaryCtxRelease(device);
            throw failure;
        }
    }

    /// What the driver says of the device.
    public GpuInfo info() {
        return info;
    }

    /// The driver's handle, a `CUcontext`.
    public long handle() {
        return handle;
    }

    /// Makes it this thread's current context, if it is not yet. All calls here do so themselves.
    ///
    /// @throws IllegalStateException on a virtual thread, or if it is closed
    public void enter() {
        if (CURRENT.get() != this) {
            checkState(!closed, "%s was used after its close", this);
            checkState(
                    !Thread.currentThread().isVirtual(),
                    "%s is not for virtual threads, which move from one system thread to another",
                    this);
            Driver.ctxSetCurrent(handle);
            CURRENT.set(this);
        }
    }

    /// A new stream: what is queued on it runs in order, beside other streams.
    public GpuStream stream() {
        enter();
        return keep(new GpuStream(this, Driver.streamCreate(), false));
    }

    /// Whether a stream of somebody else is one of this device, as its default stream is.
    ///
    /// @param stream its handle
    /// @throws IllegalArgumentException for the default stream of a thread
    public boolean has(long stream) {
        checkArgument(
                stream != PER_THREAD,
                "the default stream of a thread is another one on each: use a stream of its own");
        enter();
        return Driver.streamGetCtx(stream) == handle;
    }

    /// A stream of somebody else in this process, who destroys it, and not before all that is to
    /// be done with it here.
    ///
    /// @param stream its handle, a `CUstream`; 0 and 1 are the device's default stream
    /// @throws IllegalArgumentException if it is a stream of another device, or the default stream
    ///     of a thread
    public GpuStream foreign(long stream) {
        checkArgument(
                has(stream),
                "stream 0x%s is not one of %s",
                Long.toHexString(stream),
                "gpu(" + info.number() + ")");
        return foreign.computeIfAbsent(
                stream == LEGACY ? 0 : stream, own -> keep(new GpuStream(this, own, true)));
    }

    /// An event, not recorded yet: one that was closed before, or a new one.
    public GpuEvent event() {
        enter();
        Long idle;
        synchronized (idleEvents) {
            idle = idleEvents.pollLast();
        }
        return keep(new GpuEvent(this, idle == null ? Driver.eventCreate() : idle));
    }

    /// Memory of the device, not initialized.
    ///
    /// @param bytes at least 1
    /// @throws DriverFailure that tells [DriverFailure#outOfMemory] if there is not so much
    public GpuMemory allocate(long bytes) {
        enter();
        return keep(new GpuMemory(this, Driver.memAlloc(bytes), bytes));
    }

    /// Memory of the host that stays where it is, so that every device can copy from and to it
    /// while the host goes on; not initialized.
    ///
    /// @param bytes at least 1
    /// @throws DriverFailure that tells [DriverFailure#outOfMemory] if there is not so much
    public PinnedMemory pin(long bytes) {
        enter();
        return keep(new PinnedMemory(this, Driver.memHostAlloc(bytes), bytes, false));
    }

    /// The same for memory of the host that is there already. It may be freed once this is closed,
    /// and not before: devices would go on with pages that are no longer those of its addresses.
    ///
    /// @param address of the first byte, where a page begins
    /// @param bytes whole pages
    /// @throws DriverFailure if the system does not pin it
    public PinnedMemory pin(long address, long bytes) {
        enter();
        Driver.memHostRegister(address, bytes);
        return keep(new PinnedMemory(this, address, bytes, true));
    }

    /// Compiles functions for this device.
    ///
    /// @param ptx text of a module
    /// @throws DriverFailure with the compiler's log, if it is wrong
    public GpuFunctions load(String ptx) {
        enter();
        return keep(new GpuFunctions(this, Driver.moduleLoad(ptx)));
    }

    /// How much memory is free now.
    public Memory memory() {
        enter();
        var bytes = Driver.memGetInfo();
        return new Memory(bytes[0], bytes[1]);
    }

    private <T extends Owned> T keep(T owned) {
        open.add(owned);
        return owned;
    }

    void forget(Owned owned) {
        open.remove(owned);
    }

    void keepIdle(long event) {
        synchronized (idleEvents) {
            idleEvents.addLast(event);
        }
    }

    /// Does something with the driver, which knows the threads of the system: on this one, whose
    /// current context is the same afterwards, or on one of its own where this is virtual.
    public static void onSystemThread(Runnable call) {
        if (!Thread.currentThread().isVirtual()) {
            asGuest(call);
            return;
        }
        var task = new FutureTask<>(call, null);
        Thread.ofPlatform().daemon().start(task);
        try {
            Uninterruptibles.getUninterruptibly(task);
        } catch (ExecutionException failure) {
            Throwables.throwIfUnchecked(failure.getCause());
            throw new IllegalStateException(failure.getCause());
        }
    }

    private static void asGuest(Runnable call) {
        if (CURRENT.get() != null) { // a thread of ours
            call.run();
            return;
        }
        long before = current();
        try {
            call.run();
        } finally {
            CURRENT.remove();
            if (current() != before) {
                setBack(before);
            }
        }
    }

    /// Does something with this context current, on a thread on which somebody else's code runs
    /// too: what that has made current is current again afterwards.
    public <T> T visit(Callable<T> call) throws Exception {
        long before = current();
        if (before != handle) {
            checkState(!closed, "%s was used after its close", this);
            Driver.ctxSetCurrent(handle);
        }
        CURRENT.set(this);
        try {
            return call.call();
        } finally {
            CURRENT.remove();
            if (before != 0 && before != handle) {
                setBack(before);
            }
        }
    }

    /// Runs code of somebody else with this context current, within [#visit]; it may make others
    /// current, and call what is called by [#onSystemThread].
    public <T> T lend(Callable<T> call) throws Exception {
        enter();
        CURRENT.remove();
        try {
            return call.call();
        } finally {
            if (current() != handle) {
                setBack(handle);
            }
            CURRENT.set(this);
        }
    }

    /// Waits until nothing that was queued in the context so far runs any more, by whomever and
    /// whatever became of it.
    public void awaitEnd() {
        try {
            enter();
            Driver.ctxSynchronize();
        } catch (DriverFailure over) {
            // the device is lost, or has told what failed before: nothing runs there any more
        }
    }

    private static void setBack(long context) {
        try {
            Driver.ctxSetCurrent(context);
        } catch (DriverFailure gone) {
            // nobody can use it any more
        }
    }

    private static long current() {
        try {
            return Driver.isDriver() ? Driver.ctxGetCurrent() : 0;
        } catch (DriverFailure beforeItsFirstUse) {
            return 0;
        }
    }

    /// Runs what gives something back. A device that is lost has nothing any more.
    static void unlessLost(Runnable giveBack) {
        try {
            giveBack.run();
        } catch (DriverFailure failure) {
            if (!failure.lost()) {
                throw failure;
            }
        }
    }

    /// Waits for its streams, closes all that still lives in it, and gives the context back. By
    /// whoever opened it, when no other thread uses it any more.
    ///
    /// @throws DriverFailure the first that the driver told, after all was given back; none where
    ///     the device is lost
    @Override
    public void close() {
        if (closed) {
            return;
        }
        var failures = new Failures();
        failures.run(this::enter);
        for (var owned : open) {
            if (owned instanceof GpuStream stream && !stream.isForeign()) {
                failures.run(stream::synchronize);
            }
        }
        for (var owned : open) {
            failures.run(owned::close);
        }
        for (var event : idleEvents) {
            failures.run(() -> Driver.eventDestroy(event));
        }
        closed = true;
        CURRENT.remove();
        failures.run(() -> Driver.devicePrimaryCtxRelease(device));
        failures.tell();
    }

    /// Collects what fails, so that the rest is done too.
    private static final class Failures {
        private DriverFailure first;

        void run(Runnable step) {
            try {
                unlessLost(step);
            } catch (DriverFailure failure) {
                if (first == null) {
                    first = failure;
                } else {
                    first.addSuppressed(failure);
                }
            }
        }

        void tell() {
            if (first != null) {
                throw first;
            }
        }
    }

    @Override
    public String toString() {
        return "context of gpu(" + info.number() + ")";
    }
}
