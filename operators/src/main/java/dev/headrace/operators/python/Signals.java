package dev.headrace.operators.python;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// This process's reactions to signals, which Python changes when it starts and Jep has no
/// setting for.
final class Signals {
    /// What `Py_Initialize` sets: SIGINT, SIGPIPE and SIGXFSZ, with the same numbers on all
    /// systems that matter. Source: `_PySignal_Init` of CPython.
    private static final int[] CHANGED = {2, 13, 25};

    private static final long SIZE = 256; // of struct sigaction, which has some 150 bytes

    private Signals() {}

    /// Runs something, and restores the reactions that were in force before.
    static void keep(Runnable start) {
        var linker = Linker.nativeLinker();
        var sigaction =
                linker.downcallHandle(
                        linker.defaultLookup().findOrThrow("sigaction"),
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.ADDRESS));
        try (var arena = Arena.ofConfined()) {
            var before = arena.allocate(SIZE * CHANGED.length, 8);
            for (int i = 0; i < CHANGED.length; i++) {
                call(sigaction, CHANGED[i], MemorySegment.NULL, before.asSlice(i * SIZE, SIZE));
            }
            try {
                start.run();
            } finally {
                for (int i = 0; i < CHANGED.length; i++) {
                    call(sigaction, CHANGED[i], before.asSlice(i * SIZE, SIZE), MemorySegment.NULL);
                }
            }
        }
    }

    private static void call(
            MethodHandle sigaction, int signal, MemorySegment set, MemorySegment got) {
        try {
            int failed = (int) sigaction.invokeExact(signal, set, got);
            if (failed != 0) {
                throw new IllegalStateException("sigaction failed for signal " + signal);
            }
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
