package dev.headrace.engine.operator;

import static com.google.common.base.Preconditions.checkArgument;

/// On what kind of thread a batch operator runs.
public sealed interface RunsOn {
    /// On any of the workers, which compute.
    RunsOn WORKER = new Worker();

    /// On a virtual thread: for an operator that waits, for a device, a file or another process.
    RunsOn VIRTUAL = new Virtual();

    /// See [#WORKER].
    record Worker() implements RunsOn {}

    /// See [#VIRTUAL].
    record Virtual() implements RunsOn {}

    /// On one platform thread a pipeline and name, which all operators that name it share, the
    /// oldest iteration first: for what must always be called from the same thread. It has a stack
    /// of 64 MiB, and is started at its first use. Such an operator's `start` runs there too, and
    /// there its state and what it keeps are closed.
    ///
    /// @param name for messages; the thread is named after the graph and this
    record Thread(String name) implements RunsOn {
        public Thread {
            checkArgument(!name.isBlank(), "a thread without a name");
        }
    }
}
