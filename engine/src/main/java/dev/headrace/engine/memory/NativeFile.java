package dev.headrace.engine.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// A file without a name that lies in memory, mapped whole: the calls of Linux that make it.
/// Their constants are those of the kernel's headers, the same on every processor that Java is on.
final class NativeFile {
    private static final int CLOSE_ON_EXEC = 1; // MFD_CLOEXEC
    private static final int READ_AND_WRITE = 1 | 2; // PROT_READ | PROT_WRITE
    private static final int SHARED = 1; // MAP_SHARED
    private static final int NO_RESERVE = 0x4000; // MAP_NORESERVE
    private static final int KEEP_SIZE = 1; // FALLOC_FL_KEEP_SIZE
    private static final int PUNCH_HOLE = 2; // FALLOC_FL_PUNCH_HOLE
    private static final int INTERRUPTED = 4; // EINTR

    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERROR =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final MethodHandle MEMFD_CREATE =
            handle("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle FTRUNCATE =
            handle("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MMAP =
            handle(
                    "mmap",
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT,
                            JAVA_LONG));
    private static final MethodHandle FALLOCATE =
            handle(
                    "fallocate",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle MUNMAP =
            handle("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle CLOSE =
            handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final int descriptor;
    private final long address;
    private final long bytes;

    /// A call that the system refused.
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
        final int error;

        Refused(String call, int error) {
            super(call + " failed with error " + error);
            this.error = error;
        }
    }

    @FunctionalInterface
    private interface Call {
        long call(MemorySegment state) throws Throwable;
    }

    private NativeFile(int descriptor, long address, long bytes) {
        this.descriptor = descriptor;
        this.address = address;
        this.bytes = bytes;
    }

    private static MethodHandle handle(String name, FunctionDescriptor descriptor) {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                descriptor,
                Linker.Option.captureCallState("errno"));
    }

    /// Calls, again where a signal came between.
    private static long call(String name, Call call) throws Refused {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            while (true) {
                long result = call.call(state);
                int error = (int) ERROR.get(state, 0L);
                if (result != -1) {
                    return result;
                }
                if (error != INTERRUPTED) {
                    throw new Refused(name, error);
                }
            }
        } catch (Refused refused) {
            throw refused;
        } catch (Throwable impossible) {
            throw new IllegalStateException(name + " could not be called", impossible);
        }
    }

    /// A file of holes, mapped at an address of the system's choice.
    ///
    /// @param name told in `/proc`
    /// @param bytes whole pages
    static NativeFile create(String name, long bytes) throws Refused {
        int descriptor;
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocateFrom(name);
            descriptor =
                    (int)
                            call(
                                    "memfd_create",
                                    state ->
                                            (int)
                                                    MEMFD_CREATE.invokeExact(
                                                            state, text, CLOSE_ON_EXEC));
        }
        boolean made = false;
        try {
            call("ftruncate", state -> (int) FTRUNCATE.invokeExact(state, descriptor, bytes));
            long address =
                    call(
                            "mmap",
                            state ->
                                    (long)
                                            MMAP.invokeExact(
                                                    state,
                                                    0L,
                                                    bytes,
                                                    READ_AND_WRITE,
                                                    SHARED | NO_RESERVE,
                                                    descriptor,
                                                    0L));
            made = true;
            return new NativeFile(descriptor, address, bytes);
        } finally {
            if (!made) {
                call("close", state -> (int) CLOSE.invokeExact(state, descriptor));
            }
        }
    }

    int descriptor() {
        return descriptor;
    }

    long address() {
        return address;
    }

    long bytes() {
        return bytes;
    }

    /// Gives pages to a range, all or none.
    void reserve(long offset, long length) throws Refused {
        call(
                "fallocate",
                state -> (int) FALLOCATE.invokeExact(state, descriptor, KEEP_SIZE, offset, length));
    }

    /// Gives the pages of a range back: it is a hole again.
    void punch(long offset, long length) throws Refused {
        call(
                "fallocate",
                state ->
                        (int)
                                FALLOCATE.invokeExact(
                                        state, descriptor, KEEP_SIZE | PUNCH_HOLE, offset, length));
    }

    /// Unmaps and closes it.
    void close() throws Refused {
        call("munmap", state -> (int) MUNMAP.invokeExact(state, address, bytes));
        call("close", state -> (int) CLOSE.invokeExact(state, descriptor));
    }
}
