package dev.headrace.engine.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// The functions of the CUDA driver that are used, each by its name there, and met only here. The
/// library is looked for when this class is first used.
///
/// Handles and addresses of devices are numbers. Every function checks its result and throws
/// [DriverFailure]. The caller sees to it that a context is current where the driver wants one.
///
/// Source of names, signatures and constants: "cuda.h" of CUDA 12.0, with the suffixes that it
/// gives to names by `#define`.
final class Driver {
    /// The library, found as the system finds libraries.
    static final String LIBRARY = "libcuda.so.1";

    private static final int NOT_READY = 600;
    private static final int NON_BLOCKING = 1; // CU_STREAM_NON_BLOCKING
    private static final int DISABLE_TIMING = 2; // CU_EVENT_DISABLE_TIMING
    private static final int PORTABLE = 1; // CU_MEMHOSTALLOC_PORTABLE, CU_MEMHOSTREGISTER_PORTABLE
    private static final int ERROR_LOG_BUFFER = 5; // CU_JIT_ERROR_LOG_BUFFER
    private static final int ERROR_LOG_BUFFER_BYTES = 6; // CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES
    private static final long LOG_BYTES = 1 << 14;
    private static final int NAME_BYTES = 256;
    private static final long TEXT_BYTES = 1000; // more than any text of an error has

    private static final Optional<SymbolLookup> SYMBOLS = load();

    private static final MethodHandle GET_ERROR_NAME = handle("cuGetErrorName", JAVA_INT, ADDRESS);
    private static final MethodHandle GET_ERROR_STRING =
            handle("cuGetErrorString", JAVA_INT, ADDRESS);
    private static final MethodHandle DRIVER_GET_VERSION = handle("cuDriverGetVersion", ADDRESS);
    private static final MethodHandle INIT = handle("cuInit", JAVA_INT);
    private static final MethodHandle DEVICE_GET_COUNT = handle("cuDeviceGetCount", ADDRESS);
    private static final MethodHandle DEVICE_GET = handle("cuDeviceGet", ADDRESS, JAVA_INT);
    private static final MethodHandle DEVICE_GET_NAME =
            handle("cuDeviceGetName", ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle DEVICE_TOTAL_MEM =
            handle("cuDeviceTotalMem_v2", ADDRESS, JAVA_INT);
    private static final MethodHandle DEVICE_GET_ATTRIBUTE =
            handle("cuDeviceGetAttribute", ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle PRIMARY_CTX_RETAIN =
            handle("cuDevicePrimaryCtxRetain", ADDRESS, JAVA_INT);
    private static final MethodHandle PRIMARY_CTX_RELEASE =
            handle("cuDevicePrimaryCtxRelease_v2", JAVA_INT);
    private static final MethodHandle CTX_SET_CURRENT = handle("cuCtxSetCurrent", JAVA_LONG);
    private static final MethodHandle CTX_GET_CURRENT = handle("cuCtxGetCurrent", ADDRESS);
    private static final MethodHandle CTX_SYNCHRONIZE = handle("cuCtxSynchronize");
    private static final MethodHandle MEM_GET_INFO = handle("cuMemGetInfo_v2", ADDRESS, ADDRESS);
    private static final MethodHandle MEM_ALLOC = handle("cuMemAlloc_v2", ADDRESS, JAVA_LONG);
    private static final MethodHandle MEM_FREE = handle("cuMemFree_v2", JAVA_LONG);
    private static final MethodHandle MEM_HOST_ALLOC =
            handle("cuMemHostAlloc", ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MethodHandle MEM_FREE_HOST = handle("cuMemFreeHost", JAVA_LONG);
    private static final MethodHandle MEM_HOST_REGISTER =
            handle("cuMemHostRegister_v2", JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle MEM_HOST_UNREGISTER =
            handle("cuMemHostUnregister", JAVA_LONG);
    private static final MethodHandle MEMCPY_TO_DEVICE =
            handle("cuMemcpyHtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle MEMCPY_TO_HOST =
            handle("cuMemcpyDtoHAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle MEMCPY_WITHIN =
            handle("cuMemcpyDtoDAsync_v2", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle MEMCPY_PEER =
            handle(
                    "cuMemcpyPeerAsync",
                    JAVA_LONG,
                    JAVA_LONG,
                    JAVA_LONG,
                    JAVA_LONG,
                    JAVA_LONG,
                    JAVA_LONG);
    private static final MethodHandle MEMSET =
            handle("cuMemsetD8Async", JAVA_LONG, JAVA_BYTE, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle STREAM_CREATE = handle("cuStreamCreate", ADDRESS, JAVA_INT);
    private static final MethodHandle STREAM_GET_CTX = handle("cuStreamGetCtx", JAVA_LONG, ADDRESS);
    private static final MethodHandle STREAM_WAIT_EVENT =
            handle("cuStreamWaitEvent", JAVA_LONG, JAVA_LONG, JAVA_INT);
    private static final MethodHandle STREAM_SYNCHRONIZE = handle("cuStreamSynchronize", JAVA_LONG);
    private static final MethodHandle STREAM_DESTROY = handle("cuStreamDestroy_v2", JAVA_LONG);
    private static final MethodHandle EVENT_CREATE = handle("cuEventCreate", ADDRESS, JAVA_INT);
    private static final MethodHandle EVENT_RECORD = handle("cuEventRecord", JAVA_LONG, JAVA_LONG);
    private static final MethodHandle EVENT_QUERY = handle("cuEventQuery", JAVA_LONG);
    private static final MethodHandle EVENT_SYNCHRONIZE = handle("cuEventSynchronize", JAVA_LONG);
    private static final MethodHandle EVENT_DESTROY = handle("cuEventDestroy_v2", JAVA_LONG);
    private static final MethodHandle MODULE_LOAD =
            handle("cuModuleLoadDataEx", ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS);
    private static final MethodHandle MODULE_GET_FUNCTION =
            handle("cuModuleGetFunction", ADDRESS, JAVA_LONG, ADDRESS);
    private static final MethodHandle MODULE_UNLOAD = handle("cuModuleUnload", JAVA_LONG);
    private static final MethodHandle LAUNCH_KERNEL =
            handle(
                    "cuLaunchKernel",
                    JAVA_LONG,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_INT,
                    JAVA_LONG,
                    ADDRESS,
                    ADDRESS);

    @FunctionalInterface
    private interface Call {
        int call() throws Throwable;
    }

    @FunctionalInterface
    private interface Ask {
        int call(MemorySegment answer) throws Throwable;
    }

    private Driver() {}

    private static Optional<SymbolLookup> load() {
        try {
            return Optional.of(SymbolLookup.libraryLookup(LIBRARY, Arena.global()));
        } catch (IllegalArgumentException missing) {
            return Optional.empty();
        }
    }

    /// A function that gives a `CUresult`, or null where it is missing.
    private static MethodHandle handle(String name, MemoryLayout... arguments) {
        return SYMBOLS.flatMap(symbols -> symbols.find(name))
                .map(
                        function ->
                                Linker.nativeLinker()
                                        .downcallHandle(
                                                function,
                                                FunctionDescriptor.of(JAVA_INT, arguments)))
                .orElse(null);
    }

    /// Whether there is a library of that name.
    static boolean isThere() {
        return SYMBOLS.isPresent();
    }

    /// Whether it is a driver. Those of CUDA 11.0 and later have every function here.
    static boolean isDriver() {
        return DRIVER_GET_VERSION != null && GET_ERROR_NAME != null && GET_ERROR_STRING != null;
    }

    private static int result(String function, Call call) {
        try {
            return call.call();
        } catch (Throwable impossible) {
            throw new IllegalStateException(function + " could not be called", impossible);
        }
    }

    private static void call(String function, Call call) {
        check(function, result(function, call), "");
    }

    private static void check(String function, int code, String log) {
        if (code != 0) {
            throw new DriverFailure(
                    "%s failed: %s (%s, error %d)%s"
                            .formatted(
                                    function,
                                    text("cuGetErrorString", GET_ERROR_STRING, code),
                                    text("cuGetErrorName", GET_ERROR_NAME, code),
                                    code,
                                    log),
                    code);
        }
    }

    /// What the driver calls an error; it has no words for those that it does not know.
    private static String text(String function, MethodHandle handle, int code) {
        try (var arena = Arena.ofConfined()) {
            var answer = arena.allocate(ADDRESS);
            int failed = result(function, () -> (int) handle.invokeExact(code, answer));
            var text = answer.get(ADDRESS, 0);
            return failed != 0 || text.address() == 0
                    ? "unknown"
                    : text.reinterpret(TEXT_BYTES).getString(0);
        }
    }

    private static int askInt(String function, Ask ask) {
        try (var arena = Arena.ofConfined()) {
            var answer = arena.allocate(JAVA_INT);
            call(function, () -> ask.call(answer));
            return answer.get(JAVA_INT, 0);
        }
    }

    private static long askLong(String function, Ask ask) {
        try (var arena = Arena.ofConfined()) {
            var answer = arena.allocate(JAVA_LONG);
            call(function, () -> ask.call(answer));
            return answer.get(JAVA_LONG, 0);
        }
    }

    /// 1000 times the major and 10 times the minor version of CUDA. Needs no [#init].
    static int driverGetVersion() {
        return askInt("cuDriverGetVersion", answer -> (int) DRIVER_GET_VERSION.invokeExact(answer));
    }

    static void init() {
        call("cuInit", () -> (int) INIT.invokeExact(0));
    }

    static int deviceGetCount() {
        return askInt("cuDeviceGetCount", answer -> (int) DEVICE_GET_COUNT.invokeExact(answer));
    }

    static int deviceGet(int number) {
        return askInt("cuDeviceGet", answer -> (int) DEVICE_GET.invokeExact(answer, number));
    }

    static String deviceGetName(int device) {
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocate(NAME_BYTES);
            call(
                    "cuDeviceGetName",
                    () -> (int) DEVICE_GET_NAME.invokeExact(name, NAME_BYTES, device));
            return name.getString(0);
        }
    }

    static long deviceTotalMem(int device) {
        return askLong(
                "cuDeviceTotalMem_v2",
                answer -> (int) DEVICE_TOTAL_MEM.invokeExact(answer, device));
    }

    static int deviceGetAttribute(int attribute, int device) {
        return askInt(
                "cuDeviceGetAttribute",
                answer -> (int) DEVICE_GET_ATTRIBUTE.invokeExact(answer, attribute, device));
    }

    static long devicePrimaryCtxRetain(int device) {
        return askLong(
                "cuDevicePrimaryCtxRetain",
                answer -> (int) PRIMARY_CTX_RETAIN.invokeExact(answer, device));
    }

    static void devicePrimaryCtxRelease(int device) {
        call("cuDevicePrimaryCtxRelease_v2", () -> (int) PRIMARY_CTX_RELEASE.invokeExact(device));
    }

    static void ctxSetCurrent(long context) {
        call("cuCtxSetCurrent", () -> (int) CTX_SET_CURRENT.invokeExact(context));
    }

    /// 0 where this thread has none.
    static long ctxGetCurrent() {
        return askLong("cuCtxGetCurrent", answer -> (int) CTX_GET_CURRENT.invokeExact(answer));
    }

    /// Waits for all that was queued in the current context.
    static void ctxSynchronize() {
        call("cuCtxSynchronize", () -> (int) CTX_SYNCHRONIZE.invokeExact());
    }

    /// Free bytes and all bytes of the current context's device.
    static long[] memGetInfo() {
        try (var arena = Arena.ofConfined()) {
            var free = arena.allocate(JAVA_LONG);
            var total = arena.allocate(JAVA_LONG);
            call("cuMemGetInfo_v2", () -> (int) MEM_GET_INFO.invokeExact(free, total));
            return new long[] {free.get(JAVA_LONG, 0), total.get(JAVA_LONG, 0)};
        }
    }

    static long memAlloc(long bytes) {
        return askLong("cuMemAlloc_v2", answer -> (int) MEM_ALLOC.invokeExact(answer, bytes));
    }

    static void memFree(long address) {
        call("cuMemFree_v2", () -> (int) MEM_FREE.invokeExact(address));
    }

    /// Pinned for all contexts.
    static long memHostAlloc(long bytes) {
        return askLong(
                "cuMemHostAlloc",
                answer -> (int) MEM_HOST_ALLOC.invokeExact(answer, bytes, PORTABLE));
    }

    static void memFreeHost(long address) {
        call("cuMemFreeHost", () -> (int) MEM_FREE_HOST.invokeExact(address));
    }

    /// Pins whole pages of memory that is there, for all contexts.
    static void memHostRegister(long address, long bytes) {
        call(
                "cuMemHostRegister_v2",
                () -> (int) MEM_HOST_REGISTER.invokeExact(address, bytes, PORTABLE));
    }

    static void memHostUnregister(long address) {
        call("cuMemHostUnregister", () -> (int) MEM_HOST_UNREGISTER.invokeExact(address));
    }

    static void memcpyToDevice(long to, long from, long bytes, long stream) {
        call(
                "cuMemcpyHtoDAsync_v2",
                () -> (int) MEMCPY_TO_DEVICE.invokeExact(to, from, bytes, stream));
    }

    static void memcpyToHost(long to, long from, long bytes, long stream) {
        call(
                "cuMemcpyDtoHAsync_v2",
                () -> (int) MEMCPY_TO_HOST.invokeExact(to, from, bytes, stream));
    }

    static void memcpyWithin(long to, long from, long bytes, long stream) {
        call(
                "cuMemcpyDtoDAsync_v2",
                () -> (int) MEMCPY_WITHIN.invokeExact(to, from, bytes, stream));
    }

    static void memcpyPeer(
            long to, long toContext, long from, long fromContext, long bytes, long stream) {
        call(
                "cuMemcpyPeerAsync",
                () ->
                        (int)
                                MEMCPY_PEER.invokeExact(
                                        to, toContext, from, fromContext, bytes, stream));
    }

    static void memset(long address, byte value, long bytes, long stream) {
        call("cuMemsetD8Async", () -> (int) MEMSET.invokeExact(address, value, bytes, stream));
    }

    /// One that neither waits for the default stream nor makes it wait.
    static long streamCreate() {
        return askLong(
                "cuStreamCreate", answer -> (int) STREAM_CREATE.invokeExact(answer, NON_BLOCKING));
    }

    static long streamGetCtx(long stream) {
        return askLong(
                "cuStreamGetCtx", answer -> (int) STREAM_GET_CTX.invokeExact(stream, answer));
    }

    static void streamWaitEvent(long stream, long event) {
        call("cuStreamWaitEvent", () -> (int) STREAM_WAIT_EVENT.invokeExact(stream, event, 0));
    }

    static void streamSynchronize(long stream) {
        call("cuStreamSynchronize", () -> (int) STREAM_SYNCHRONIZE.invokeExact(stream));
    }

    static void streamDestroy(long stream) {
        call("cuStreamDestroy_v2", () -> (int) STREAM_DESTROY.invokeExact(stream));
    }

    static long eventCreate() {
        return askLong(
                "cuEventCreate", answer -> (int) EVENT_CREATE.invokeExact(answer, DISABLE_TIMING));
    }

    static void eventRecord(long event, long stream) {
        call("cuEventRecord", () -> (int) EVENT_RECORD.invokeExact(event, stream));
    }

    /// Whether all that was queued before its last record is done.
    static boolean eventQuery(long event) {
        int code = result("cuEventQuery", () -> (int) EVENT_QUERY.invokeExact(event));
        if (code == NOT_READY) {
            return false;
        }
        check("cuEventQuery", code, "");
        return true;
    }

    static void eventSynchronize(long event) {
        call("cuEventSynchronize", () -> (int) EVENT_SYNCHRONIZE.invokeExact(event));
    }

    static void eventDestroy(long event) {
        call("cuEventDestroy_v2", () -> (int) EVENT_DESTROY.invokeExact(event));
    }

    /// Compiles PTX for the current context's device.
    ///
    /// @throws DriverFailure with the compiler's log, if there is one
    static long moduleLoad(String ptx) {
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocateFrom(ptx);
            var log = arena.allocate(LOG_BYTES);
            var options = arena.allocateFrom(JAVA_INT, ERROR_LOG_BUFFER, ERROR_LOG_BUFFER_BYTES);
            var values = arena.allocateFrom(JAVA_LONG, log.address(), LOG_BYTES);
            var answer = arena.allocate(JAVA_LONG);
            int code =
                    result(
                            "cuModuleLoadDataEx",
                            () -> (int) MODULE_LOAD.invokeExact(answer, text, 2, options, values));
            var words = log.getString(0).strip();
            check("cuModuleLoadDataEx", code, words.isEmpty() ? "" : "\n" + words);
            return answer.get(JAVA_LONG, 0);
        }
    }

    static long moduleGetFunction(long module, String name) {
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocateFrom(name);
            return askLong(
                    "cuModuleGetFunction",
                    answer -> (int) MODULE_GET_FUNCTION.invokeExact(answer, module, text));
        }
    }

    static void moduleUnload(long module) {
        call("cuModuleUnload", () -> (int) MODULE_UNLOAD.invokeExact(module));
    }

    /// @param extra the form that takes all parameters in one block
    static void launchKernel(long function, Grid grid, long stream, MemorySegment extra) {
        call(
                "cuLaunchKernel",
                () ->
                        (int)
                                LAUNCH_KERNEL.invokeExact(
                                        function,
                                        grid.blocksX(),
                                        grid.blocksY(),
                                        grid.blocksZ(),
                                        grid.threadsX(),
                                        grid.threadsY(),
                                        grid.threadsZ(),
                                        0, // no shared memory beyond what the kernel declares
                                        stream,
                                        MemorySegment.NULL,
                                        extra));
    }
}
