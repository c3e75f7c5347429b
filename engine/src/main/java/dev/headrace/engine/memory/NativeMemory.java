package dev.headrace.engine.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The C library's allocator. An arena would zero every block and close each with a handshake of
/// all threads; blocks here are large, reused, and written before they are read.
final class NativeMemory {
    /// Alignment of every block in bytes, a cache line: {@value}.
    static final long ALIGNMENT = 64;

    private static final MethodHandle ALLOCATE;
    private static final MethodHandle FREE;

    static {
        var linker = Linker.nativeLinker();
        var library = linker.defaultLookup();
        ALLOCATE =
                linker.downcallHandle(
                        library.findOrThrow("aligned_alloc"),
                        FunctionDescriptor.of(ADDRESS, JAVA_LONG, JAVA_LONG));
        FREE =
                linker.downcallHandle(
                        library.findOrThrow("free"), FunctionDescriptor.ofVoid(ADDRESS));
    }

    private NativeMemory() {}

    /// A block of at least so many bytes, or 0 if the system has none.
    static long allocate(long bytes) {
        long rounded = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
        try {
            return ((MemorySegment) ALLOCATE.invokeExact(ALIGNMENT, rounded)).address();
        } catch (Throwable impossible) {
            throw new IllegalStateException("aligned_alloc could not be called", impossible);
        }
    }

    static void free(long address) {
        try {
            FREE.invokeExact(MemorySegment.ofAddress(address));
        } catch (Throwable impossible) {
            throw new IllegalStateException("free could not be called", impossible);
        }
    }

    static void fill(long address, long bytes, byte value) {
        MemorySegment.ofAddress(address).reinterpret(bytes).fill(value);
    }
}
