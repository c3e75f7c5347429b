package dev.headrace.engine.run;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The batch that the consumer holds now, and who wants to look at it. Thread-safe.
final class InHand {
    // all guarded by this
    private final List<Looker> waiting = new ArrayList<>();
    private LentBatch batch;
    private boolean closed;

    /// Somebody who waits for a batch to look at: a consumer that waits for data holds each for a
    /// moment only, so it is kept for the looker when it comes.
    private static final class Looker {
        Optional<LentBatch> seen = Optional.empty();
    }

    /// The consumer gets a batch.
    synchronized void give(LentBatch given) {
        batch = given;
        for (var looker : waiting) {
            looker.seen = given.look();
        }
        waiting.clear();
        notifyAll();
    }

    /// The consumer lets go of it.
    void release() {
        LentBatch before;
        synchronized (this) {
            before = batch;
            batch = null;
        }
        if (before != null) {
            before.close();
        }
    }

    /// No batch will come any more.
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    /// One more handle on the batch, or on the next that comes within a time.
    synchronized Optional<LentBatch> look(Duration within) throws InterruptedException {
        var now = batch == null ? Optional.<LentBatch>empty() : batch.look();
        if (now.isPresent()) {
            return now;
        }
        var looker = new Looker();
        waiting.add(looker);
        try {
            long deadline = System.nanoTime() + within.toNanos();
            for (long left = within.toNanos(); left > 0 && isWaiting(looker); ) {
                wait(left / 1_000_000, (int) (left % 1_000_000));
                left = deadline - System.nanoTime();
            }
        } catch (InterruptedException stopped) {
            looker.seen.ifPresent(LentBatch::close);
            throw stopped;
        } finally {
            waiting.remove(looker);
        }
        return looker.seen;
    }

    private boolean isWaiting(Looker looker) {
        return !closed && waiting.contains(looker);
    }
}
