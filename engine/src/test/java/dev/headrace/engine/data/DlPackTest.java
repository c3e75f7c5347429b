package dev.headrace.engine.data;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/// The structs byte by byte, by `dlpack.h` of DLPack 1.1. What NumPy makes of them is tested where
/// Python is.
class DlPackTest {
    /// Memory at an address that nobody reads here.
    private static final class Owner extends Storage {
        private final OptionalInt gpu;

        Owner(OptionalInt gpu) {
            this.gpu = gpu;
        }

        @Override
        public OptionalInt gpu() {
            return gpu;
        }

        void end() {
            expire();
        }

        @Override
        public String toString() {
            return "the owner";
        }
    }

    private static final Owner HOST = new Owner(OptionalInt.empty());
    private static final Owner GPU = new Owner(OptionalInt.of(3));

    private static Tensor tensor(Owner owner, ElementType type, long... extents) {
        return new Tensor(TensorSpec.of(type, "", extents), 0x1000, owner, false);
    }

    private static MemorySegment at(long address) {
        return MemorySegment.ofAddress(address).reinterpret(256);
    }

    /// Calls a struct's deleter, as its consumer does.
    private static void delete(MemorySegment struct, long deleter) throws Throwable {
        Linker.nativeLinker()
                .downcallHandle(struct.get(ADDRESS, deleter), FunctionDescriptor.ofVoid(ADDRESS))
                .invokeExact(struct);
    }

    private static List<Long> longs(long address, int count) {
        var numbers = at(address);
        return Arrays.stream(numbers.asSlice(0, 8L * count).toArray(JAVA_LONG)).boxed().toList();
    }

    private static void assertTensor(MemorySegment struct, int device, int number) {
        assertEquals(0x1000, struct.get(JAVA_LONG, 0));
        assertEquals(device, struct.get(JAVA_INT, 8));
        assertEquals(number, struct.get(JAVA_INT, 12));
        assertEquals(3, struct.get(JAVA_INT, 16));
        assertEquals(2, struct.get(JAVA_BYTE, 20)); // kDLFloat
        assertEquals(32, struct.get(JAVA_BYTE, 21));
        assertEquals(1, struct.get(JAVA_SHORT, 22));
        assertEquals(List.of(4L, 5L, 6L), longs(struct.get(JAVA_LONG, 24), 3));
        assertEquals(List.of(30L, 6L, 1L), longs(struct.get(JAVA_LONG, 32), 3));
        assertEquals(0, struct.get(JAVA_LONG, 40));
    }

    @Test
    void aManagedTensor() throws Throwable {
        var struct = at(DlPack.managed(tensor(HOST, ElementType.FLOAT32, 4, 5, 6)));
        assertTensor(struct, 1, 0);
        assertEquals(0, struct.get(JAVA_LONG, 48));
        delete(struct, 56);
    }

    @Test
    void aVersionedOneOfADevice() throws Throwable {
        var struct = at(DlPack.versioned(tensor(GPU, ElementType.FLOAT32, 4, 5, 6)));
        assertEquals(1, struct.get(JAVA_INT, 0));
        assertEquals(1, struct.get(JAVA_INT, 4));
        assertEquals(0, struct.get(JAVA_LONG, 8));
        assertEquals(1, struct.get(JAVA_LONG, 24)); // read only
        assertTensor(struct.asSlice(32), 2, 3);
        delete(struct, 16);
    }

    @Test
    void everyTypeHasItsCode() throws Throwable {
        for (var type : ElementType.values()) {
            var struct = at(DlPack.managed(tensor(GPU, type)));
            assertEquals(2, struct.get(JAVA_INT, 8));
            assertEquals(3, struct.get(JAVA_INT, 12));
            assertEquals(0, struct.get(JAVA_INT, 16));
            var name = type.name().toLowerCase(Locale.ROOT);
            int code =
                    type == ElementType.BOOL
                            ? 6
                            : name.startsWith("bfloat")
                                    ? 4
                                    : name.startsWith("float") ? 2 : name.startsWith("u") ? 1 : 0;
            assertEquals(code, struct.get(JAVA_BYTE, 20), name);
            assertEquals(8 * type.bytes(), struct.get(JAVA_BYTE, 21), name);
            delete(struct, 56);
        }
    }

    @Test
    void noneOfWhatWasReleased() {
        var owner = new Owner(OptionalInt.empty());
        var tensor = tensor(owner, ElementType.INT8, 2);
        owner.end();
        assertThrows(IllegalStateException.class, () -> DlPack.managed(tensor));
        assertThrows(IllegalStateException.class, () -> DlPack.versioned(tensor));
    }
}
