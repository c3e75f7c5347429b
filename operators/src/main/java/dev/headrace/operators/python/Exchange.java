package dev.headrace.operators.python;

import dev.headrace.engine.memory.Buffer;

/// What the numbers in an answer stand for: addresses, loans and handles of one side or the other.
interface Exchange {
    /// The address in this process of something in the inputs' memory.
    long inputAddress(long word);

    /// The address in this process of something in memory that was lent during the call.
    long outputAddress(long word);

    /// Memory that was lent during the call.
    ///
    /// @param sample for which of the batch it was asked
    Buffer lent(int sample, long loan);

    /// Tells Python to let go of a result.
    ///
    /// @param freed called when it has
    void release(long handle, Runnable freed);
}
