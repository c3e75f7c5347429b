package dev.headrace.engine.data;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/// Who owns the bytes under a tensor, and until when they may be read.
///
/// A tensor remembers the generation at which it was made; once the storage has moved on, its
/// accessors throw. The check finds mistakes within a thread and across a hand-over; it is no lock.
public abstract class Storage {
    private int generation;

    /// For owners of memory.
    protected Storage() {}

    /// The generation now.
    public final int generation() {
        return generation;
    }

    /// Ends the life of every tensor made so far.
    protected final void expire() {
        generation++;
    }

    /// The number of the device that the bytes lie on, where the host can neither read nor write
    /// them; empty for the host.
    public OptionalInt gpu() {
        return OptionalInt.empty();
    }

    /// What this is, for messages, as in `batch 17`.
    @Override
    public abstract String toString();

    /// Storage that lives as long as the process.
    public static Storage permanent(String name) {
        return new Permanent(name, null);
    }

    /// Storage that lives as long as anything refers to it, such as that of a constant.
    ///
    /// @param memory of an arena that the garbage collector looks after
    public static Storage collected(String name, MemorySegment memory) {
        return new Permanent(name, memory);
    }

    private static final class Permanent extends Storage {
        private final String name;

        @SuppressWarnings("unused") // it keeps the arena from being collected
        private final MemorySegment memory;

        Permanent(String name, MemorySegment memory) {
            this.name = name;
            this.memory = memory;
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
