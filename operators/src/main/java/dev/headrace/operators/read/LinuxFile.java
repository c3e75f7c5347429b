package dev.headrace.operators.read;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Files read by the calls of Linux, which cost no heap and less time than a channel. One a
/// worker, for the path of the file that it opens; not safe from two threads.
///
/// It does not say what is wrong, only that something is: a channel, tried next, has the words.
/// The constants are those of the kernel's headers, the same on every processor that Java is on.
final class LinuxFile {
    private static final int READ_ONLY = 0; // O_RDONLY
    private static final int NO_BLOCK = 0x800; // O_NONBLOCK
    private static final int CLOSE_ON_EXEC = 0x80000; // O_CLOEXEC
    private static final int FROM_END = 2; // SEEK_END
    private static final int WILL_NEED = 3; // POSIX_FADV_WILLNEED
    private static final int NO_WAIT = 8; // RWF_NOWAIT
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
    /// Not every C library has it.
    private static final Optional<MethodHandle> PREADV2 =
            find(
                    "preadv2",
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));

    private static final MethodHandle FADVISE =
            handle(
                    "posix_fadvise",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle CLOSE =
            handle("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private final MemorySegment path = Arena.ofAuto().allocate(LONGEST_PATH);
    private final MemorySegment vector = oneByte();

    /// A `struct iovec` of one byte, which lies behind it.
    private static MemorySegment oneByte() {
        var vector = Arena.ofAuto().allocate(24, 8);
        vector.set(JAVA_LONG, 0, vector.address() + 16);
        vector.set(JAVA_LONG, 8, 1);
        return vector;
    }

    private static MethodHandle handle(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        return find(name, descriptor, options).orElseThrow();
    }

    private static Optional<MethodHandle> find(
            String name, FunctionDescriptor descriptor, Linker.Option... options) {
        var linker = Linker.nativeLinker();
        return linker.defaultLookup()
                .find(name)
                .map(address -> linker.downcallHandle(address, descriptor, options));
    }

    /// Opens a file, without waiting for somebody to write where it has become a pipe.
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
            return (int) OPEN.invokeExact(path.address(), READ_ONLY | NO_BLOCK | CLOSE_ON_EXEC);
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

    /// Whether the beginning of a file can be read without waiting. Where the file system cannot
    /// say, it is taken to be false; where the C library has no way to ask, true.
    boolean isInMemory(int descriptor) {
        if (PREADV2.isEmpty()) {
            return true;
        }
        try {
            return (long) PREADV2.get().invokeExact(descriptor, vector.address(), 1, 0L, NO_WAIT)
                    >= 0;
        } catch (Throwable impossible) {
            throw notCalled("preadv2", impossible);
        }
    }

    /// Has the system begin to read a file into its cache.
    static void readAhead(int descriptor) {
        try {
            int ignored = (int) FADVISE.invokeExact(descriptor, 0L, 0L, WILL_NEED); // a hint
        } catch (Throwable impossible) {
            throw notCalled("posix_fadvise", impossible);
        }
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
