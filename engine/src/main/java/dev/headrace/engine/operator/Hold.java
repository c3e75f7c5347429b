package dev.headrace.engine.operator;

/// Keeps the memory of one input of a batch operator valid, for as long as something outside reads
/// it. Safe from any thread.
public interface Hold extends AutoCloseable {
    /// From now on, until it is closed, the bytes count as held by the user: against the memory
    /// limit of other iterations, and in the report of what is still held. To be called for what
    /// outlives its iteration; calling it again does nothing.
    void outlive();

    /// Somebody else's stream works on the memory, which lies on a device: once this is closed, it
    /// is not used again before all is done that was queued there until then.
    ///
    /// @param stream a `CUstream` of the same device, which lives until this is closed; 0 and 1 are
    ///     the device's default stream
    void usedOn(long stream);

    /// Lets go of the memory. Closing twice does nothing.
    @Override
    void close();
}
