package dev.headrace.engine.run;

import dev.headrace.engine.data.Storage;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.operator.Hold;
import java.util.List;

/// The memory of one input, kept beyond its iteration.
final class HeldInput implements Hold {
    private final Memory memory;
    private final long iteration;
    private final List<Buffer> buffers;

    @SuppressWarnings("unused") // it keeps constants from being collected
    private List<Storage> constants;

    private boolean outlives;
    private boolean closed;

    /// @param buffers retained by the caller, closed here
    HeldInput(Iteration iteration, List<Buffer> buffers, List<Storage> constants) {
        this.memory = iteration.resources.memory;
        this.iteration = iteration.number;
        this.buffers = buffers;
        this.constants = constants;
    }

    @Override
    public synchronized void outlive() {
        if (!outlives && !closed) {
            outlives = true;
            memory.hold(iteration, buffers);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            constants = null;
        }
        if (outlives) {
            memory.letGo(buffers); // first: once closed, a buffer may be lent to somebody else
        }
        Closing.all(buffers);
    }
}
