package dev.headrace.operators.read;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Files read by the calls of Linux, which cost no heap and less time than a channel. One a
/// worker, for the path of the file that it opens; not safe from two threads.
///
/// It does not say what is wrong, only that something is: a channel, tried next, has the words.
/// The constants are those of the kernel's headers, the same on every processor that Java is on.
final class LinuxFile {
    private static final int READ_ONLY = 0; // O_RDONLY
    private static final int CLOSE_ON_EXEC = 0x80000; // O_CLOEXEC
    private static final int FROM_END = 2; // SEEK_END
    private static final int LONGEST_PATH = 4096; // PATH_MAX, with the zero at its end

    private static final MethodHandle OPEN =
            handle(
                    "open",
                    FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_INT),
                    Linker.Option.firstVariadicArg(2));
    private static final MethodHandle LSEEK =
            handle("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
    private static final MethodHandle PREAD =
            handle(
                    "pread",
                    FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle CLOSE =
            handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final MemorySegment path = Arena.ofAuto().allocate(LONGEST_PATH);

    private static MethodHandle handle(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        var linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
    }

    /// Opens a file.
    ///
    /// @param folder its folder's path, with the slash at its end
    /// @param names holds its name, from one place to before another
    /// @return its descriptor, or -1
    int open(byte[] folder, byte[] names, int from, int to) {
        int bytes = folder.length + to - from;
        if (bytes >= LONGEST_PATH) {
            return -1;
        }
        MemorySegment.copy(folder, 0, path, JAVA_BYTE, 0, folder.length);
        MemorySegment.copy(names, from, path, JAVA_BYTE, folder.length, to - from);
        path.set(JAVA_BYTE, bytes, (byte) 0);
        try {
            return (int) OPEN.invokeExact(path.address(), READ_ONLY | CLOSE_ON_EXEC);
        } catch (Throwable impossible) {
            throw notCalled("open", impossible);
        }
    }

    /// How many bytes a file has, or -1.
    static long bytes(int descriptor) {
        try {
            return (long) LSEEK.invokeExact(descriptor, 0L, FROM_END);
        } catch (Throwable impossible) {
            throw notCalled("lseek", impossible);
        }
    }

    /// Reads a file from its beginning.
    ///
    /// @param address where there is room for so many bytes
    /// @return how many were read: fewer where the file ends, or something is wrong
    static long read(int descriptor, long address, long bytes) {
        long done = 0;
        try {
            while (done < bytes) {
                long read =
                        (long) PREAD.invokeExact(descriptor, address + done, bytes - done, done);
                if (read <= 0) {
                    break;
                }
                done += read;
            }
        } catch (Throwable impossible) {
            throw notCalled("pread", impossible);
        }
        return done;
    }

    /// Closes a file.
    static void close(int descriptor) {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor); // nothing was written
        } catch (Throwable impossible) {
            throw notCalled("close", impossible);
        }
    }

    private static IllegalStateException notCalled(String name, Throwable failure) {
        return new IllegalStateException(name + " could not be called", failure);
    }
}
