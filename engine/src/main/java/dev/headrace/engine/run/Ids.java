package dev.headrace.engine.run;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.memory.Buffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The ids of a batch's samples, one a slot, off-heap: epoch, position and attempt, 8 bytes each.
final class Ids {
    private static final long STRIDE = 24;

    private final Buffer buffer;
    private final MemorySegment memory;
    private final int count;

    /// @param buffer holds at least [#bytes(int)]; owned by the caller
    Ids(Buffer buffer, int count) {
        this.buffer = buffer;
        this.memory =
                MemorySegment.ofAddress(buffer.address()).reinterpret(Math.max(1, bytes(count)));
        this.count = count;
    }

    static long bytes(int count) {
        return STRIDE * count;
    }

    Buffer buffer() {
        return buffer;
    }

    int count() {
        return count;
    }

    void set(int slot, long epoch, long position, int attempt) {
        memory.set(ValueLayout.JAVA_LONG, STRIDE * slot, epoch);
        memory.set(ValueLayout.JAVA_LONG, STRIDE * slot + 8, position);
        memory.set(ValueLayout.JAVA_LONG, STRIDE * slot + 16, attempt);
    }

    long epoch(int slot) {
        return memory.get(ValueLayout.JAVA_LONG, STRIDE * slot);
    }

    long position(int slot) {
        return memory.get(ValueLayout.JAVA_LONG, STRIDE * slot + 8);
    }

    int attempt(int slot) {
        return (int) memory.get(ValueLayout.JAVA_LONG, STRIDE * slot + 16);
    }

    SampleId get(int slot) {
        return new SampleId(epoch(slot), position(slot), attempt(slot));
    }
}
