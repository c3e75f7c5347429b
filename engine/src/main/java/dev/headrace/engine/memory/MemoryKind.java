package dev.headrace.engine.memory;

/// Who can read a block of memory.
public enum MemoryKind {
    /// This process alone.
    HOST,

    /// Other processes too, which map [SharedMemory].
    SHARED
}
