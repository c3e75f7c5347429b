package dev.headrace.engine.run;

/// Time that passes while something goes on, in sum over all at which it does. Not thread-safe:
/// whoever changes or reads it holds the lock that guards what it counts.
final class Tally {
    private long nanos;
    private int going;
    private long since;

    /// States at how many places it goes on from now on.
    ///
    /// @param now by `System.nanoTime()`, not before the last time stated
    void goesOn(int places, long now) {
        nanos = nanos(now);
        going = places;
        since = now;
    }

    /// The sum until now.
    long nanos(long now) {
        return nanos + going * Math.max(0, now - since);
    }
}
