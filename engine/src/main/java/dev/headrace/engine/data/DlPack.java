package dev.headrace.engine.data;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Hands tensors to other libraries of this process without a copy, as the structs of DLPack.
///
/// A struct is a view, as a tensor is: it owns nothing, and its bytes are valid as long as the
/// tensor is, which nobody checks any more; so a batch is kept until the other library is done with
/// it. The struct itself is freed by its deleter, which whoever gets it calls once, on any thread.
/// The elements are not to be written. Safe from any thread.
///
/// Source: `dlpack.h` of DLPack 1.1.
public final class DlPack {
    private static final int CPU = 1; // kDLCPU
    private static final int CUDA = 2; // kDLCUDA
    private static final int MAJOR = 1;
    private static final int MINOR = 1;
    private static final long READ_ONLY = 1; // DLPACK_FLAG_BITMASK_READ_ONLY
    private static final long TENSOR_BYTES = 48; // of a DLTensor
    private static final long MANAGED_BYTES = TENSOR_BYTES + 16;
    private static final long VERSIONED_BYTES = 32 + TENSOR_BYTES;

    private static final MemorySegment FREE =
            Linker.nativeLinker().defaultLookup().findOrThrow("free");
    private static final MethodHandle MALLOC =
            Linker.nativeLinker()
                    .downcallHandle(
                            Linker.nativeLinker().defaultLookup().findOrThrow("malloc"),
                            FunctionDescriptor.of(ADDRESS, JAVA_LONG));

    private DlPack() {}

    /// A `DLManagedTensor`, as a capsule of the name `dltensor` holds it.
    ///
    /// @return its address; its deleter frees it
    /// @throws IllegalStateException if the tensor's memory was released
    public static long managed(Tensor tensor) {
        long data = tensor.address();
        var struct = allocate(MANAGED_BYTES, tensor.shape().rank());
        fill(struct, 0, data, MANAGED_BYTES, tensor);
        struct.set(ADDRESS, TENSOR_BYTES, MemorySegment.NULL); // manager_ctx
        struct.set(ADDRESS, TENSOR_BYTES + 8, FREE);
        return struct.address();
    }

    /// A `DLManagedTensorVersioned`, as a capsule of the name `dltensor_versioned` holds it. It
    /// says that the elements are read only.
    ///
    /// @return its address; its deleter frees it
    /// @throws IllegalStateException if the tensor's memory was released
    public static long versioned(Tensor tensor) {
        long data = tensor.address();
        var struct = allocate(VERSIONED_BYTES, tensor.shape().rank());
        struct.set(JAVA_INT, 0, MAJOR);
        struct.set(JAVA_INT, 4, MINOR);
        struct.set(ADDRESS, 8, MemorySegment.NULL); // manager_ctx
        struct.set(ADDRESS, 16, FREE);
        struct.set(JAVA_LONG, 24, READ_ONLY);
        fill(struct, 32, data, VERSIONED_BYTES, tensor);
        return struct.address();
    }

    /// Room for a struct, with the extents and strides behind it.
    private static MemorySegment allocate(long bytes, int rank) {
        long all = bytes + 16L * rank;
        try {
            var memory = (MemorySegment) MALLOC.invokeExact(all);
            if (memory.address() == 0) {
                throw new OutOfMemoryError("no " + all + " bytes for a struct of DLPack");
            }
            return memory.reinterpret(all);
        } catch (Error | RuntimeException failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException("malloc could not be called", impossible);
        }
    }

    /// A `DLTensor`, C-contiguous.
    private static void fill(
            MemorySegment struct, long at, long data, long extents, Tensor tensor) {
        var shape = tensor.shape();
        int rank = shape.rank();
        long strides = extents + 8L * rank;
        struct.set(JAVA_LONG, at, data);
        struct.set(JAVA_INT, at + 8, tensor.isOnDevice() ? CUDA : CPU);
        struct.set(JAVA_INT, at + 12, tensor.gpu().orElse(0));
        struct.set(JAVA_INT, at + 16, rank);
        struct.set(JAVA_BYTE, at + 20, code(tensor.type()));
        struct.set(JAVA_BYTE, at + 21, (byte) (8 * tensor.type().bytes()));
        struct.set(JAVA_SHORT, at + 22, (short) 1); // lanes
        struct.set(JAVA_LONG, at + 24, struct.address() + extents);
        struct.set(JAVA_LONG, at + 32, struct.address() + strides);
        struct.set(JAVA_LONG, at + 40, 0); // byte_offset
        long stride = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            struct.set(JAVA_LONG, extents + 8L * axis, shape.extent(axis));
            struct.set(JAVA_LONG, strides + 8L * axis, stride);
            stride *= Math.max(1, shape.extent(axis));
        }
    }

    /// A `DLDataTypeCode`.
    private static byte code(ElementType type) {
        return switch (type) {
            case BOOL -> 6;
            case INT8, INT16, INT32, INT64 -> 0;
            case UINT8, UINT16, UINT32, UINT64 -> 1;
            case FLOAT16, FLOAT32, FLOAT64 -> 2;
            case BFLOAT16 -> 4;
        };
    }
}
