package dev.headrace.operators.read;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import dev.headrace.engine.data.TensorSpec;
import java.lang.foreign.MemorySegment;

/// Off-heap memory of the user's own as one tensor, read without a copy.
///
/// It must stay as it is until it is released. That happens once, from any thread, when nobody
/// reads it any more; a sample that fails, or that nobody wants, is released too.
///
/// @param spec what it is
/// @param memory off-heap, open to all threads, at least `spec.bytes()`, in native byte order
/// @param release called once, must not throw
public record Lent(TensorSpec spec, MemorySegment memory, Runnable release) {
    public Lent {
        requireNonNull(spec, "spec");
        requireNonNull(release, "release");
        checkArgument(memory.isNative(), "memory on the heap cannot be lent");
        checkArgument(
                memory.byteSize() >= spec.bytes(),
                "%s needs %s bytes, got %s",
                spec,
                spec.bytes(),
                memory.byteSize());
    }

    /// Memory that the garbage collector looks after, such as of `Arena.ofAuto()`.
    public static Lent of(TensorSpec spec, MemorySegment memory) {
        return new Lent(spec, memory, () -> {});
    }
}
