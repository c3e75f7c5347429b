package dev.headrace.engine.memory;

/// Gives foreign memory back to its owner, once the last holder of its [Buffer] has closed it.
@FunctionalInterface
public interface Release {
    /// Called once, from any thread. It may return before the memory is free: until then its bytes
    /// stay in the pool's books.
    ///
    /// @param freed to be called when the memory is free, from any thread; calling it again does
    ///     nothing
    void release(Runnable freed);
}
