package dev.headrace.engine.run;

import dev.headrace.engine.data.Storage;
import dev.headrace.engine.device.DriverFailure;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.operator.Hold;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The memory of one input, kept beyond its iteration.
final class HeldInput implements Hold {
    private final Memory memory;
    private final long iteration;
    private final List<Buffer> buffers;
    private final GpuStream stream;
    private final Set<Long> foreign = new LinkedHashSet<>(0);

    @SuppressWarnings("unused") // it keeps constants from being collected
    private List<Storage> constants;

    private boolean outlives;
    private boolean closed;

    /// @param buffers retained by the caller, closed here
    /// @param stream the stream on which they are used, too, until this is closed; null on the host
    HeldInput(
            Iteration iteration, List<Buffer> buffers, List<Storage> constants, GpuStream stream) {
        this.memory = iteration.resources.memory;
        this.iteration = iteration.number;
        this.buffers = buffers;
        this.constants = constants;
        this.stream = stream;
    }

    @Override
    public synchronized void usedOn(long user) {
        foreign.add(user);
    }

    @Override
    public synchronized void outlive() {
        if (!outlives && !closed) {
            outlives = true;
            memory.hold(iteration, counted());
        }
    }

    @Override
    public void close() {
        List<Long> users;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            constants = null;
            users = List.copyOf(foreign);
        }
        if (outlives) {
            memory.letGo(counted()); // first: once closed, a buffer may be lent to somebody else
        }
        try {
            if (stream != null) {
                GpuContext.onSystemThread(() -> markUses(users));
            }
        } finally {
            Closing.all(buffers);
        }
    }

    /// What lies on a device is not in the host's books.
    private List<Buffer> counted() {
        return buffers.stream().filter(buffer -> buffer.gpu().isEmpty()).toList();
    }

    private void markUses(List<Long> users) {
        try {
            markUses(stream);
            users.forEach(user -> markUses(stream.context().foreign(user)));
        } catch (DriverFailure | IllegalArgumentException noStreamAnyMore) {
            stream.context().awaitEnd();
        }
    }

    private void markUses(GpuStream user) {
        try (var mark = user.mark()) {
            buffers.forEach(buffer -> buffer.busyUntil(mark));
        }
    }
}
