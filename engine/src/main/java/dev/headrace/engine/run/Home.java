package dev.headrace.engine.run;

import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.memory.MemoryKind;

/// Where a value's memory is lent.
///
/// @param pool whose memory
/// @param kind of the memory
/// @param stream whose work is the first to use it; null for the host
record Home(BufferPool pool, MemoryKind kind, GpuStream stream) {
    Buffer lend(long bytes, String name) {
        return pool.lend(bytes, name, kind, stream);
    }
}
