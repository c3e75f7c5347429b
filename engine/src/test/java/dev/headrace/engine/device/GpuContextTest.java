package dev.headrace.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import com.google.common.util.concurrent.Futures;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// All on the simulated driver. A test that hangs has found something: hence the limit.
@Timeout(value = 60, threadMode = SEPARATE_THREAD)
class GpuContextTest {
    private static final int OS_CALL_FAILED = 304;
    private static final int LAUNCH_FAILED = 719;

    @BeforeEach
    void begin() {
        Simulation.begin();
    }

    @AfterEach
    void nothingIsLeft() {
        var left = Simulation.KINDS.stream().filter(kind -> Simulation.live(kind) > 0).toList();
        Simulation.reset(); // ends the waits of a test that hangs
        assertEquals(List.of(), left);
    }

    private static void assertNoReports() {
        assertEquals(List.of(), Simulation.reports());
    }

    static String addOne() throws IOException {
        return NativeBuild.ptx(Files.readString(NativeBuild.SOURCES.resolve("add_one.cu")));
    }

    private static MemorySegment address(Arena arena, GpuMemory memory) {
        return arena.allocateFrom(JAVA_LONG, memory.address());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void copiesThereAndBack() {
        try (var gpu = GpuContext.open(0)) {
            var stream = gpu.stream();
            var from = gpu.pin(1000);
            var to = gpu.pin(1000);
            var first = gpu.allocate(1000);
            var second = gpu.allocate(1000);
            for (int i = 0; i < 1000; i++) {
                from.segment().set(JAVA_BYTE, i, (byte) i);
            }
            stream.copyToDevice(first.address(), from.address(), 1000);
            stream.copy(second.address() + 100, first.address(), 900);
            stream.fill(second.address(), (byte) 7, 100);
            stream.copyToHost(to.address(), second.address(), 1000);
            stream.synchronize();
            for (int i = 0; i < 1000; i++) {
                assertEquals(i < 100 ? 7 : (byte) (i - 100), to.segment().get(JAVA_BYTE, i));
            }
        }
        assertNoReports();
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void copiesFromOneDeviceToAnother() {
        Simulation.devices(2);
        try (var left = GpuContext.open(0);
                var right = GpuContext.open(1);
                var arena = Arena.ofConfined()) {
            var out = left.stream();
            var in = right.stream();
            var from = left.allocate(8);
            var to = right.allocate(8);
            var back = arena.allocate(8);
            var filled = left.event();
            out.fill(from.address(), (byte) 9, 8);
            out.record(filled);
            in.waitFor(filled);
            in.copyFrom(to.address(), left, from.address(), 8);
            in.copyToHost(back.address(), to.address(), 8);
            assertEquals(0x0909090909090909L, back.get(JAVA_LONG, 0));
        }
        assertNoReports();
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void memoryThatIsNotPinnedIsReadBeforeTheCopyReturns() {
        try (var gpu = GpuContext.open(0);
                var arena = Arena.ofConfined()) {
            var stream = gpu.stream();
            var memory = gpu.allocate(8);
            var host = arena.allocateFrom(JAVA_LONG, 42);
            Simulation.hold(stream);
            stream.copyToDevice(memory.address(), host.address(), 8);
            host.set(JAVA_LONG, 0, 0);
            Simulation.release(stream);
            stream.copyToHost(host.address(), memory.address(), 8);
            assertEquals(42, host.get(JAVA_LONG, 0));
        }
    }

    @Test
    void runsAKernelOverSamples() throws Exception {
        int samples = 3;
        int count = 1000;
        try (var gpu = GpuContext.open(0);
                var arena = Arena.ofConfined()) {
            var stream = gpu.stream();
            var kernel = gpu.load(addOne()).function("add_one");
            var in = gpu.allocate(4L * samples * count);
            var out = gpu.allocate(4L * samples * count);
            var host = gpu.pin(4L * samples * count);
            var table = arena.allocate(24L * samples, 8);
            for (int i = 0; i < samples * count; i++) {
                host.segment().setAtIndex(JAVA_FLOAT, i, i);
            }
            for (int i = 0; i < samples; i++) {
                table.set(JAVA_LONG, 24L * i, in.address() + 4L * i * count);
                table.set(JAVA_LONG, 24L * i + 8, out.address() + 4L * i * count);
                table.set(JAVA_LONG, 24L * i + 16, count - i);
            }
            var descriptors = gpu.allocate(table.byteSize());
            stream.fill(out.address(), (byte) 0, out.bytes());
            stream.copyToDevice(descriptors.address(), table.address(), table.byteSize());
            stream.copyToDevice(in.address(), host.address(), in.bytes());
            stream.launch(kernel, new Grid(2, samples, 1, 128, 1, 1), address(arena, descriptors));
            stream.copyToHost(host.address(), out.address(), out.bytes());
            stream.synchronize();
            for (int i = 0; i < samples * count; i++) {
                boolean within = i % count < count - i / count;
                assertEquals(
                        within ? i + 1 : 0, host.segment().getAtIndex(JAVA_FLOAT, i), "at " + i);
            }
        }
        assertNoReports();
    }

    @Test
    void aStreamIsInOrderAndAnotherGoesOn() {
        try (var gpu = GpuContext.open(0)) {
            var held = gpu.stream();
            var free = gpu.stream();
            var memory = gpu.allocate(16);
            var early = gpu.event();
            var late = gpu.event();
            Simulation.hold(held);
            held.fill(memory.address(), (byte) 1, 8);
            held.fill(memory.address(), (byte) 2, 8);
            held.record(late);
            free.fill(memory.address() + 8, (byte) 3, 8);
            free.record(early);
            early.synchronize();
            assertTrue(early.isDone());
            Simulation.settle();
            assertFalse(late.isDone());
            Simulation.release(held);
            late.synchronize();
            assertTrue(late.isDone());
            var log = Simulation.log();
            assertTrue(log.get(2).end() < log.get(0).start(), log.toString());
            assertTrue(log.get(0).end() < log.get(1).start(), log.toString());
        }
        assertNoReports();
    }

    @Test
    void aStreamWaitsForWhatAnEventRecordedBefore() {
        try (var gpu = GpuContext.open(0)) {
            var writer = gpu.stream();
            var reader = gpu.stream();
            var memory = gpu.allocate(8);
            var copy = gpu.allocate(8);
            var written = gpu.event();
            Simulation.hold(writer);
            writer.fill(memory.address(), (byte) 1, 8);
            writer.record(written);
            reader.waitFor(written);
            writer.fill(copy.address(), (byte) 9, 8); // by the first record, nobody waits for it
            writer.record(written);
            reader.copy(copy.address(), memory.address(), 8);
            var read = gpu.event();
            reader.record(read);
            Simulation.settle();
            assertFalse(read.isDone());
            Simulation.release(writer);
            read.synchronize();
            var log = Simulation.log();
            assertTrue(log.get(0).end() < log.get(2).start(), log.toString());
            writer.synchronize();
        }
        assertEquals(1, Simulation.reports().size()); // the two that write the copy
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void anEventIsWaitedForOnlyOnceItIsRecorded() {
        try (var gpu = GpuContext.open(0)) {
            var event = gpu.event();
            var stream = gpu.stream();
            var words = "an event of gpu(0) was waited for before it was recorded";
            assertEquals(
                    words,
                    assertThrows(IllegalStateException.class, () -> stream.waitFor(event))
                            .getMessage());
            assertThrows(IllegalStateException.class, event::synchronize);
            assertThrows(IllegalStateException.class, event::isDone);
        }
    }

    @Test
    void eventsAreUsedAgain() {
        try (var gpu = GpuContext.open(0)) {
            var stream = gpu.stream();
            for (int i = 0; i < 10; i++) {
                var event = gpu.event();
                stream.record(event);
                event.close();
                assertThrows(IllegalStateException.class, () -> stream.record(event));
            }
            assertEquals(1, Simulation.calls("cuEventCreate"));
        }
    }

    @Test
    void aThreadIsToldItsContextOnce() throws Exception {
        Simulation.devices(2);
        try (var gpu = GpuContext.open(0)) {
            var stream = gpu.stream();
            var memory = gpu.allocate(8);
            var work =
                    new FutureTask<>(
                            () -> {
                                for (int i = 0; i < 5; i++) {
                                    stream.fill(memory.address(), (byte) i, 8);
                                }
                                return null;
                            });
            Thread.ofPlatform().start(work);
            work.get();
            stream.synchronize();
            assertEquals(2, Simulation.calls("cuCtxSetCurrent"));
            try (var other = GpuContext.open(1)) {
                assertEquals(1L << 30, other.memory().totalBytes());
                stream.fill(memory.address(), (byte) 1, 8);
                stream.synchronize();
            }
            // to the other, back, and to the other for its close
            assertEquals(5, Simulation.calls("cuCtxSetCurrent"));
        }
        assertNoReports();
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void refusesVirtualThreads() throws Exception {
        try (var gpu = GpuContext.open(0)) {
            var work =
                    new FutureTask<>(() -> assertThrows(IllegalStateException.class, gpu::enter));
            Thread.startVirtualThread(work);
            assertEquals(
                    "context of gpu(0) is not for virtual threads, which move from one system"
                            + " thread to another",
                    work.get().getMessage());
        }
    }

    @Test
    void tellsHowMuchMemoryIsFree() {
        Simulation.memory(0, 1000);
        try (var gpu = GpuContext.open(0)) {
            var memory = gpu.allocate(600);
            assertEquals(new GpuContext.Memory(400, 1000), gpu.memory());
            var failure = assertThrows(DriverFailure.class, () -> gpu.allocate(401));
            assertEquals(
                    "cuMemAlloc_v2 failed: out of memory (CUDA_ERROR_OUT_OF_MEMORY, error 2)",
                    failure.getMessage());
            assertTrue(failure.outOfMemory());
            assertFalse(failure.lost());
            memory.close();
            gpu.allocate(1000);
        }
    }

    @Test
    void tellsThatNoMoreCanBePinned() {
        Simulation.pinned(100);
        try (var gpu = GpuContext.open(0)) {
            gpu.pin(100);
            var failure = assertThrows(DriverFailure.class, () -> gpu.pin(1));
            assertTrue(failure.outOfMemory());
        }
    }

    @Test
    void tellsWhatTheCompilerSaid() {
        try (var gpu = GpuContext.open(0)) {
            assertEquals(
                    """
                    cuModuleLoadDataEx failed: a PTX JIT compilation failed \
                    (CUDA_ERROR_INVALID_PTX, error 218)
                    line 1: expected "// source sha256 " and the hash, got "nonsense\"""",
                    assertThrows(DriverFailure.class, () -> gpu.load("nonsense")).getMessage());
        }
    }

    @Test
    void tellsThatAModuleHasNoSuchKernel() throws Exception {
        try (var gpu = GpuContext.open(0)) {
            var module = gpu.load(addOne());
            assertEquals(
                    "cuModuleGetFunction failed: named symbol not found (CUDA_ERROR_NOT_FOUND,"
                            + " error 500)",
                    assertThrows(DriverFailure.class, () -> module.function("add_two"))
                            .getMessage());
        }
    }

    @Test
    void refusesADeviceThatIsNotThere() {
        assertEquals(
                "there is no gpu(1): the driver shows 1",
                assertThrows(IllegalStateException.class, () -> GpuContext.open(1)).getMessage());
        Simulation.reset();
        Simulation.devices(0);
        assertEquals(
                "there is no gpu(0): the NVIDIA driver shows no device",
                assertThrows(IllegalStateException.class, () -> GpuContext.open(0)).getMessage());
    }

    @Test
    void whatIsClosedIsNotUsed() {
        try (var gpu = GpuContext.open(0)) {
            var stream = gpu.stream();
            stream.close();
            stream.close();
            assertEquals(
                    "a stream of gpu(0) was used after its close",
                    assertThrows(IllegalStateException.class, stream::synchronize).getMessage());
            assertEquals(1, Simulation.calls("cuStreamDestroy_v2"));
        }
    }

    @Test
    void closingAContextClosesWhatLivesInItAndWaitsForItsWork() throws Exception {
        var gpu = GpuContext.open(0);
        var stream = gpu.stream();
        var memory = gpu.allocate(8);
        gpu.pin(8);
        gpu.event().close();
        gpu.load(addOne());
        Simulation.delay(1, 20_000);
        for (int i = 0; i < 5; i++) {
            stream.fill(memory.address(), (byte) 1, 8);
        }
        gpu.close();
        gpu.close();
        memory.close(); // does nothing
        assertEquals(5, Simulation.log().stream().filter(action -> action.end() >= 0).count());
        assertEquals(1, Simulation.calls("cuMemFree_v2"));
        assertThrows(IllegalStateException.class, gpu::stream);
        assertNoReports();
    }

    @Test
    void aContextCanBeOpenedAgain() {
        for (int i = 0; i < 2; i++) {
            try (var gpu = GpuContext.open(0);
                    var same = GpuContext.open(0)) {
                same.stream();
                assertEquals(gpu.handle(), same.handle());
                assertEquals(1, Simulation.live("context"));
            }
            assertEquals(0, Simulation.live("context"));
        }
        assertNoReports();
    }

    /// All functions, but those that only give words.
    static List<String> functions() {
        return List.of(
                "cuDriverGetVersion",
                "cuInit",
                "cuDeviceGetCount",
                "cuDeviceGet",
                "cuDeviceGetName",
                "cuDeviceTotalMem_v2",
                "cuDeviceGetAttribute",
                "cuDevicePrimaryCtxRetain",
                "cuDevicePrimaryCtxRelease_v2",
                "cuCtxSetCurrent",
                "cuMemGetInfo_v2",
                "cuMemAlloc_v2",
                "cuMemFree_v2",
                "cuMemHostAlloc",
                "cuMemFreeHost",
                "cuMemcpyHtoDAsync_v2",
                "cuMemcpyDtoHAsync_v2",
                "cuMemcpyDtoDAsync_v2",
                "cuMemcpyPeerAsync",
                "cuMemsetD8Async",
                "cuStreamCreate",
                "cuStreamWaitEvent",
                "cuStreamSynchronize",
                "cuStreamDestroy_v2",
                "cuEventCreate",
                "cuEventRecord",
                "cuEventQuery",
                "cuEventSynchronize",
                "cuEventDestroy_v2",
                "cuModuleLoadDataEx",
                "cuModuleGetFunction",
                "cuModuleUnload",
                "cuLaunchKernel");
    }

    /// Calls every function.
    private static void useAll(String ptx) {
        try (var gpu = GpuContext.open(0);
                var arena = Arena.ofConfined();
                var stream = gpu.stream();
                var event = gpu.event();
                var memory = gpu.allocate(64);
                var host = gpu.pin(64);
                var module = gpu.load(ptx)) {
            gpu.memory();
            var kernel = module.function("add_one");
            stream.fill(memory.address(), (byte) 0, 64);
            stream.copyToDevice(memory.address(), host.address(), 8);
            stream.copy(memory.address(), memory.address() + 32, 8);
            stream.copyFrom(memory.address(), gpu, memory.address() + 32, 8);
            stream.fill(memory.address(), (byte) 0, 64);
            stream.launch(kernel, Grid.of(1, 1), address(arena, memory));
            stream.copyToHost(host.address(), memory.address(), 8);
            stream.record(event);
            stream.waitFor(event);
            event.synchronize();
            assertTrue(event.isDone());
            stream.synchronize();
        }
    }

    @Test
    void everyFunctionIsTried() throws Exception {
        useAll(addOne());
        for (var function : functions()) {
            assertTrue(Simulation.calls(function) > 0, function);
        }
        assertNoReports();
    }

    @ParameterizedTest
    @MethodSource("functions")
    void aCallThatFailsIsToldAndNothingIsLeft(String function) throws Exception {
        var ptx = addOne();
        Simulation.fail(function, 1, OS_CALL_FAILED);
        var failure = assertThrows(RuntimeException.class, () -> useAll(ptx));
        var words =
                function
                        + " failed: OS call failed or operation not supported on this OS"
                        + " (CUDA_ERROR_OPERATING_SYSTEM, error 304)";
        if (failure instanceof DriverFailure told) {
            assertEquals(words, failure.getMessage());
            assertEquals(OS_CALL_FAILED, told.code());
            assertFalse(told.lost());
        } else {
            assertEquals("there is no gpu(0): " + words, failure.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                4, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 810, 911,
                999
            })
    void someErrorsLoseTheDevice(int code) {
        try (var gpu = GpuContext.open(0)) {
            Simulation.fail("cuMemGetInfo_v2", 1, code);
            assertTrue(assertThrows(DriverFailure.class, gpu::memory).lost());
        }
    }

    @Test
    void aLostDeviceEndsWaitsAndIsClosedQuietly() throws Exception {
        try (var gpu = GpuContext.open(0)) {
            var stream = gpu.stream();
            var other = gpu.stream();
            var memory = gpu.allocate(8);
            gpu.pin(8);
            gpu.load(addOne());
            var event = gpu.event();
            Simulation.hold(stream);
            stream.fill(memory.address(), (byte) 1, 8);
            stream.record(event);
            other.waitFor(event);
            other.fill(memory.address(), (byte) 2, 8);
            Simulation.settle();
            var waiting =
                    new FutureTask<>(() -> assertThrows(DriverFailure.class, event::synchronize));
            Thread.ofPlatform().start(waiting);
            Simulation.lose(0, LAUNCH_FAILED);
            var failure = waiting.get();
            assertTrue(failure.lost());
            assertEquals(
                    "cuEventSynchronize failed: unspecified launch failure"
                            + " (CUDA_ERROR_LAUNCH_FAILED, error 719)",
                    failure.getMessage());
            assertThrows(DriverFailure.class, () -> gpu.allocate(8));
            assertThrows(DriverFailure.class, other::synchronize);
        }
        assertEquals(2, Simulation.log().stream().filter(action -> action.end() == -1).count());
        assertTrue(assertThrows(DriverFailure.class, () -> GpuContext.open(0)).lost());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cuMemFree_v2",
                "cuMemFreeHost",
                "cuStreamDestroy_v2",
                "cuEventDestroy_v2",
                "cuModuleUnload",
                "cuDevicePrimaryCtxRelease_v2"
            })
    void whatALostDeviceSaysAtItsCloseIsNotTold(String function) throws Exception {
        Simulation.fail(function, 1, LAUNCH_FAILED);
        useAll(addOne());
    }

    @Test
    void closingTellsTheFirstFailureAfterAllIsGivenBack() {
        var gpu = GpuContext.open(0);
        gpu.stream();
        gpu.allocate(8);
        gpu.pin(8);
        Simulation.fail("cuStreamSynchronize", 1, OS_CALL_FAILED);
        Simulation.fail("cuMemFree_v2", 1, OS_CALL_FAILED);
        Simulation.fail("cuDevicePrimaryCtxRelease_v2", 1, OS_CALL_FAILED);
        var failure = assertThrows(DriverFailure.class, gpu::close);
        assertTrue(failure.getMessage().startsWith("cuStreamSynchronize failed"));
        assertEquals(2, failure.getSuppressed().length);
        assertNull(failure.getCause());
    }

    @Test
    void aCopyBeyondTheEndIsRefused() {
        try (var gpu = GpuContext.open(0)) {
            var stream = gpu.stream();
            var memory = gpu.allocate(8);
            assertEquals(
                    "cuMemsetD8Async failed: invalid argument (CUDA_ERROR_INVALID_VALUE, error 1)",
                    assertThrows(
                                    DriverFailure.class,
                                    () -> stream.fill(memory.address() + 1, (byte) 0, 8))
                            .getMessage());
        }
        assertEquals(1, Simulation.reports().size());
    }

    @Test
    void aKernelTakesExactlyItsParameters() throws Exception {
        try (var gpu = GpuContext.open(0);
                var arena = Arena.ofConfined()) {
            var stream = gpu.stream();
            var kernel = gpu.load(addOne()).function("add_one");
            assertEquals(
                    701,
                    assertThrows(
                                    DriverFailure.class,
                                    () ->
                                            stream.launch(
                                                    kernel, Grid.of(1, 1), arena.allocate(16, 8)))
                            .code());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> stream.launch(kernel, Grid.of(1, 1), MemorySegment.ofArray(new long[1])));
        }
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aGridIsNotEmpty() {
        assertEquals(
                "a grid of 0×1×1 blocks is empty",
                assertThrows(IllegalArgumentException.class, () -> Grid.of(0, 1)).getMessage());
        assertEquals(
                "a block of 1×0×1 threads is empty",
                assertThrows(IllegalArgumentException.class, () -> new Grid(1, 1, 1, 1, 0, 1))
                        .getMessage());
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void aThreadOfSomebodyElseKeepsItsCurrentContext() {
        Simulation.devices(2);
        try (var own = GpuContext.open(0);
                var theirs = GpuContext.open(1)) {
            var event = onNewThread(own::event);
            onNewThread(
                    () -> {
                        Driver.ctxSetCurrent(theirs.handle());
                        GpuContext.onSystemThread(event::close);
                        assertEquals(theirs.handle(), Driver.ctxGetCurrent());
                        return null;
                    });
            onNewThread(
                    () -> {
                        GpuContext.onSystemThread(own::event);
                        assertEquals(0, Driver.ctxGetCurrent());
                        return null;
                    });
        }
    }

    @Test
    void aStreamOfSomebodyElseIsUsedAndNotDestroyed() {
        try (var consumer = GpuContext.open(0)) {
            var theirs = consumer.stream();
            try (var gpu = GpuContext.open(0)) {
                var ours = gpu.stream();
                var same = gpu.foreign(theirs.handle());
                assertEquals(same, gpu.foreign(theirs.handle()));
                var memory = gpu.allocate(8);
                ours.fill(memory.address(), (byte) 1, 8);
                try (var filled = ours.mark()) {
                    same.waitFor(filled);
                }
                theirs.fill(memory.address(), (byte) 2, 8);
                try (var read = same.mark()) {
                    read.await();
                }
            }
            assertEquals(1, Simulation.live("stream"));
            theirs.synchronize();
        }
        assertNoReports();
    }

    @Test
    @Tag(Simulation.ANY_DRIVER)
    void theDefaultStreamIsOneByTwoNames() {
        try (var gpu = GpuContext.open(0)) {
            var stream = gpu.foreign(0);
            assertEquals(stream, gpu.foreign(1));
            var memory = gpu.allocate(8);
            stream.fill(memory.address(), (byte) 1, 8);
            try (var mark = stream.mark()) {
                mark.await();
            }
        }
        assertNoReports();
    }

    @Test
    void refusesStreamsOfOthers() {
        Simulation.devices(2);
        try (var one = GpuContext.open(0);
                var other = GpuContext.open(1)) {
            long handle = other.stream().handle();
            assertEquals(
                    "stream 0x%x is not one of gpu(0)".formatted(handle),
                    assertThrows(IllegalArgumentException.class, () -> one.foreign(handle))
                            .getMessage());
            assertEquals(
                    "the default stream of a thread is another one on each: use a stream of its own",
                    assertThrows(IllegalArgumentException.class, () -> one.foreign(2))
                            .getMessage());
        }
    }

    private static <T> T onNewThread(Callable<T> call) {
        var task = new FutureTask<>(call);
        new Thread(task).start();
        return Futures.getUnchecked(task);
    }
}
