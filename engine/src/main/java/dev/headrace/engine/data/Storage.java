package dev.headrace.engine.data;

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

    /// What this is, for messages, as in `batch 17`.
    @Override
    public abstract String toString();

    /// Storage that lives as long as the process, such as that of a constant.
    public static Storage permanent(String name) {
        return new Storage() {
            @Override
            public String toString() {
                return name;
            }
        };
    }
}
