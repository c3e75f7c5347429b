package dev.headrace.engine.memory;

/// Where a block of memory lies, and who can read it.
public enum MemoryKind {
    /// Main memory, for this process alone.
    HOST,

    /// Main memory that other processes read too, which map [SharedMemory].
    SHARED,

    /// The same, which devices too copy from and to, while the host goes on where the system lets
    /// it be pinned.
    SHARED_PINNED,

    /// Main memory that devices copy from and to while the host goes on.
    PINNED,

    /// Memory of a device.
    DEVICE
}
