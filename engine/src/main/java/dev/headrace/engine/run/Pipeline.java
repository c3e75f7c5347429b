package dev.headrace.engine.run;

import dev.headrace.engine.plan.Plan;

/// A running graph: it delivers batches until it is closed.
///
/// Batches are asked for from one thread at a time; [#close()] may be called from any.
public final class Pipeline implements AutoCloseable {
    private Pipeline() {}

    /// Opens the plan's sources and starts its workers.
    ///
    /// @throws dev.headrace.engine.error.BadGraph if a source cannot be opened
    public static Pipeline of(Plan plan) {
        throw new IllegalStateException("written next: " + plan.graph().name());
    }

    /// The next batch, of the next epoch where this one has ended. Nothing of the next epoch is
    /// begun before it is asked for.
    public Batch next() {
        throw new IllegalStateException("written next");
    }

    /// What is left of the current epoch, or the whole next one where nothing is left. Leaving the
    /// loop, or a failure in it, keeps the place: asking again goes on.
    public Iterable<Batch> epoch() {
        throw new IllegalStateException("written next");
    }

    /// The rest of the current epoch and the following ones, `count` in all, prefetching across
    /// their ends.
    public Iterable<Batch> epochs(int count) {
        throw new IllegalStateException("written next");
    }

    /// Batches without end, prefetching across the ends of epochs.
    public Iterable<Batch> endless() {
        throw new IllegalStateException("written next");
    }

    /// The next `count` batches, across the ends of epochs. For a graph without a source, which has
    /// no epochs of its own, this bounds what is computed.
    public Iterable<Batch> take(int count) {
        throw new IllegalStateException("written next");
    }

    /// Stops the workers, closes the sources and gives back all memory that nobody holds.
    @Override
    public void close() {
        throw new IllegalStateException("written next");
    }
}
