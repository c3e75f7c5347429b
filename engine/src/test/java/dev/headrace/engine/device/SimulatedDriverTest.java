package dev.headrace.engine.device;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Timeout.ThreadMode.SEPARATE_THREAD;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the simulated driver is there to find, it finds; what is right, it leaves alone.
@Timeout(value = 60, threadMode = SEPARATE_THREAD)
class SimulatedDriverTest {
    private static final String KERNELS =
            """
            #ifndef POINTER
            #define POINTER(type) type *
            #endif

            extern "C" __global__ void copy(POINTER(const int) from, POINTER(int) to, int count) {
                int i = blockIdx.x * blockDim.x + threadIdx.x;
                if (i < count) {
                    to[i] = from[i];
                }
            }

            // Even bytes of one half, odd bytes of the other.
            extern "C" __global__ void fill_every_other(POINTER(unsigned char) bytes, int first) {
                bytes[2 * threadIdx.x + first] = first;
            }

            extern "C" __global__ void sum(POINTER(const int) values, POINTER(int) total) {
                atomicAdd(total, values[threadIdx.x]);
            }

            extern "C" __global__ void walk(POINTER(const unsigned char) bytes, POINTER(int) out) {
                POINTER(const int) from = (POINTER(const int))bytes;
                POINTER(const int) end = from + 4;
                POINTER(int) to = out;
                int most = 0;
                while (from < end) {
                    most = max(most, __ldg(from));
                    *to++ = *from++;
                }
                to[0] = most;
                to[1] = (int)(to - out);
                out[0] += 2.5f;
                out[1] -= out[0];
                out[2] *= 2;
                out[3] |= 8;
                POINTER(int) last = &out[5];
                last++;
                *last = min(*(last - 1), 3);
                last[1] = __float2int_rn(__fmaf_rn(2, 3, __fmul_rn(__fadd_rn(1, 1), 0.25f)));
            }
            """;

    private GpuContext gpu;
    private GpuStream writer;
    private GpuStream reader;
    private GpuMemory memory;
    private GpuMemory copy;
    private GpuEvent event;

    @BeforeEach
    void begin() {
        Simulation.begin();
        gpu = GpuContext.open(0);
        writer = gpu.stream();
        reader = gpu.stream();
        memory = gpu.allocate(64);
        copy = gpu.allocate(64);
        event = gpu.event();
    }

    @AfterEach
    void nothingIsLeft() {
        Simulation.releaseAll();
        gpu.close();
        for (var kind : Simulation.KINDS) {
            assertEquals(0, Simulation.live(kind), kind);
        }
        Simulation.reset();
    }

    /// Waits for all and tells what was found.
    private List<String> reports() {
        writer.synchronize();
        reader.synchronize();
        return Simulation.reports();
    }

    private static MemorySegment parameters(Arena arena, long first, long second, int third) {
        var block = arena.allocate(20, 8);
        block.set(JAVA_LONG, 0, first);
        block.set(JAVA_LONG, 8, second);
        block.set(JAVA_INT, 16, third);
        return block;
    }

    private void writeAndRead() {
        writer.fill(memory.address(), (byte) 1, 64);
        writer.record(event);
        reader.waitFor(event);
        reader.copy(copy.address(), memory.address(), 64);
    }

    @Test
    void aWaitThatIsThereIsNoRace() {
        writeAndRead();
        assertEquals(List.of(), reports());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWaitThatIsMissingIsARaceInWhateverOrderItHappens(boolean writesFirst) {
        Simulation.ignore("cuStreamWaitEvent", 1);
        var late = writesFirst ? reader : writer;
        Simulation.hold(late);
        writeAndRead();
        (writesFirst ? writer : reader).synchronize();
        Simulation.release(late);
        var written = "fill (action 0) on stream 1 writes";
        var read = "copy (action 1) on stream 2 reads";
        assertEquals(
                List.of(
                        "race: "
                                + (writesFirst
                                        ? written + " and " + read
                                        : read + " and " + written)
                                + " bytes 0 to 64 of memory 1 of gpu(0), and neither waits for the"
                                + " other"),
                reports());
    }

    @Test
    void theHostsWaitOrdersToo() {
        writer.fill(memory.address(), (byte) 1, 64);
        writer.record(event);
        event.synchronize();
        reader.copy(copy.address(), memory.address(), 64);
        assertEquals(List.of(), reports());
    }

    @Test
    void aWaitOfTheHostThatIsMissingIsARace() {
        Simulation.ignore("cuEventSynchronize", 1);
        writer.fill(memory.address(), (byte) 1, 64);
        writer.record(event);
        event.synchronize();
        reader.copy(copy.address(), memory.address(), 64);
        assertEquals(1, reports().size());
    }

    @Test
    void aWaitReachesThroughAThirdStream() {
        var between = gpu.stream();
        writer.fill(memory.address(), (byte) 1, 64);
        writer.record(event);
        between.waitFor(event);
        var passed = gpu.event();
        between.record(passed);
        reader.waitFor(passed);
        reader.copy(copy.address(), memory.address(), 64);
        assertEquals(List.of(), reports());
    }

    @Test
    void aWaitForAnEarlierRecordDoesNotOrderWhatCameLater() {
        writer.record(event);
        writer.fill(memory.address(), (byte) 1, 64);
        reader.waitFor(event);
        reader.copy(copy.address(), memory.address(), 64);
        assertEquals(1, reports().size());
    }

    @Test
    void anEventThatWasNeverRecordedHasCome() {
        gpu.enter();
        long raw = Driver.eventCreate();
        Driver.streamWaitEvent(reader.handle(), raw);
        assertTrue(Driver.eventQuery(raw));
        Driver.eventSynchronize(raw);
        reader.synchronize();
        Driver.eventDestroy(raw);
    }

    @Test
    void readingTwiceIsNoRaceAndWritingAfterwardsIs() {
        writer.fill(memory.address(), (byte) 1, 64);
        writer.record(event);
        reader.waitFor(event);
        writer.copy(copy.address(), memory.address(), 32);
        reader.copy(copy.address() + 32, memory.address(), 32);
        assertEquals(List.of(), reports());
        var third = gpu.stream();
        third.waitFor(event);
        third.fill(copy.address(), (byte) 0, 1); // after all that the host has waited for
        third.synchronize();
        assertEquals(List.of(), reports());
        reader.copy(copy.address(), memory.address(), 1);
        writer.fill(memory.address(), (byte) 2, 1);
        assertEquals(1, reports().size());
    }

    @Test
    void neighboursAreNoRaceAndOneByteInCommonIs() {
        writer.fill(memory.address(), (byte) 1, 33);
        reader.fill(memory.address() + 33, (byte) 1, 31);
        assertEquals(List.of(), reports());
        writer.fill(memory.address(), (byte) 1, 33);
        reader.fill(memory.address() + 32, (byte) 1, 32);
        var found = reports();
        assertEquals(1, found.size());
        assertTrue(found.getFirst().contains(" bytes 32 to 33 of memory 1 "), found.toString());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 24, 56})
    void anAccessToAPartLeavesWhatIsKnownOfTheRest(int from) {
        var third = gpu.stream();
        writer.fill(memory.address(), (byte) 1, 64);
        writer.record(event);
        reader.waitFor(event);
        reader.fill(memory.address() + from, (byte) 2, 8);
        third.fill(memory.address() + (from == 0 ? 8 : 0), (byte) 3, 1);
        third.fill(memory.address() + (from == 56 ? 55 : 63), (byte) 3, 1);
        third.synchronize();
        assertEquals(2, reports().size());
    }

    @Test
    void theLoadsAndStoresOfKernelsCount() throws Exception {
        var module = gpu.load(NativeBuild.ptx(KERNELS));
        var kernel = module.function("copy");
        try (var arena = Arena.ofConfined()) {
            writer.fill(memory.address() + 32, (byte) 1, 4);
            reader.launch(
                    kernel, Grid.of(2, 4), parameters(arena, memory.address(), copy.address(), 8));
            assertEquals(List.of(), reports()); // it reads 32 bytes
            writer.fill(memory.address() + 28, (byte) 1, 4);
            writer.fill(copy.address() + 31, (byte) 1, 1);
            reader.launch(
                    kernel, Grid.of(2, 4), parameters(arena, memory.address(), copy.address(), 8));
            var found = reports();
            assertEquals(2, found.size(), found.toString());
            assertTrue(found.toString().contains("kernel copy (action "), found.toString());
            assertTrue(found.toString().contains(" bytes 28 to 32 of memory 1 "));
            assertTrue(found.toString().contains(" bytes 31 to 32 of memory 2 "));
        }
    }

    @Test
    void kernelsThatWriteEveryOtherByteAreNoRace() throws Exception {
        var kernel = gpu.load(NativeBuild.ptx(KERNELS)).function("fill_every_other");
        try (var arena = Arena.ofConfined()) {
            var even = arena.allocate(12, 8);
            even.set(JAVA_LONG, 0, memory.address());
            var odd = arena.allocate(12, 8);
            odd.set(JAVA_LONG, 0, memory.address());
            odd.set(JAVA_INT, 8, 1);
            writer.launch(kernel, Grid.of(1, 32), even);
            reader.launch(kernel, Grid.of(1, 32), odd);
            assertEquals(List.of(), reports());
            var bytes = arena.allocate(64);
            reader.copyToHost(bytes.address(), memory.address(), 64);
            for (int i = 0; i < 64; i++) {
                assertEquals(i % 2, bytes.get(JAVA_BYTE, i));
            }
        }
        assertEquals(List.of(), reports());
    }

    @Test
    void pointersOfAKernelMoveAsPlainOnesDo() throws Exception {
        var kernel = gpu.load(NativeBuild.ptx(KERNELS)).function("walk");
        try (var arena = Arena.ofConfined()) {
            var ints = arena.allocateFrom(JAVA_INT, 10, 20, 30, 21);
            writer.copyToDevice(memory.address(), ints.address(), 16);
            writer.launch(
                    kernel,
                    Grid.of(1, 1),
                    parameters(arena, memory.address(), copy.address(), 0).asSlice(0, 16));
            var out = arena.allocate(32, 4);
            writer.copyToHost(out.address(), copy.address(), 32);
            assertArrayEquals(
                    new int[] {12, 8, 60, 29, 30, 4, 3, 6}, // 6.5 goes to even
                    out.toArray(JAVA_INT));
        }
        assertEquals(List.of(), reports());
    }

    @Test
    void threadsOfAKernelAddUp() throws Exception {
        var kernel = gpu.load(NativeBuild.ptx(KERNELS)).function("sum");
        try (var arena = Arena.ofConfined()) {
            writer.fill(memory.address(), (byte) 1, 40);
            writer.fill(copy.address(), (byte) 0, 4);
            writer.launch(
                    kernel,
                    Grid.of(1, 10),
                    parameters(arena, memory.address(), copy.address(), 0).asSlice(0, 16));
            var total = arena.allocate(4);
            writer.copyToHost(total.address(), copy.address(), 4);
            assertEquals(10 * 0x01010101, total.get(JAVA_INT, 0));
        }
        assertEquals(List.of(), reports());
    }

    @Test
    void aKernelThatRunsOverTheEndLosesTheDevice() throws Exception {
        var kernel = gpu.load(NativeBuild.ptx(KERNELS)).function("copy");
        try (var arena = Arena.ofConfined()) {
            writer.launch(
                    kernel,
                    Grid.of(1, 17),
                    parameters(arena, memory.address(), copy.address(), 17));
            assertEquals(
                    "cuStreamSynchronize failed: an illegal memory access was encountered"
                            + " (CUDA_ERROR_ILLEGAL_ADDRESS, error 700)",
                    assertThrows(DriverFailure.class, writer::synchronize).getMessage());
        }
        assertEquals(
                List.of(
                        "kernel copy (action 0) on stream 1 reads bytes 64 to 68 of memory 1 of"
                                + " gpu(0), which has 64"),
                Simulation.reports());
    }

    @Test
    void aKernelThatReadsWhereNothingIsLosesTheDevice() throws Exception {
        var kernel = gpu.load(NativeBuild.ptx(KERNELS)).function("copy");
        try (var arena = Arena.ofConfined()) {
            writer.launch(kernel, Grid.of(1, 1), parameters(arena, 4096, copy.address(), 1));
            assertThrows(DriverFailure.class, writer::synchronize);
        }
        assertEquals(
                List.of(
                        "kernel copy (action 0) on stream 1 reads 4 bytes at 0x1000, where it has"
                                + " no memory"),
                Simulation.reports());
    }

    @Test
    void aKernelThatIsNotAlignedLosesTheDevice() throws Exception {
        var kernel = gpu.load(NativeBuild.ptx(KERNELS)).function("copy");
        try (var arena = Arena.ofConfined()) {
            writer.launch(
                    kernel,
                    Grid.of(1, 1),
                    parameters(arena, memory.address(), copy.address() + 2, 1));
            assertEquals(716, assertThrows(DriverFailure.class, writer::synchronize).code());
        }
    }

    @Test
    void memoryThatAKernelUsesAfterItsEndIsReported() throws Exception {
        var kernel = gpu.load(NativeBuild.ptx(KERNELS)).function("copy");
        try (var arena = Arena.ofConfined()) {
            Simulation.hold(writer);
            writer.launch(
                    kernel, Grid.of(1, 1), parameters(arena, memory.address(), copy.address(), 1));
            memory.close();
            Simulation.release(writer);
            assertThrows(DriverFailure.class, writer::synchronize);
        }
        assertEquals(
                List.of(
                        "kernel copy (action 0) on stream 1 reads bytes 0 to 4 of memory 1 of"
                                + " gpu(0), which was freed"),
                Simulation.reports());
    }

    @Test
    void memoryThatIsFreedBeforeACopyIsDoneIsReported() {
        Simulation.hold(writer);
        writer.fill(memory.address(), (byte) 1, 8);
        memory.close();
        Simulation.release(writer);
        assertEquals(
                List.of(
                        "memory 1 of gpu(0) was freed before fill (action 0) on stream 1 was done",
                        "fill (action 0) on stream 1 runs after memory 1 of gpu(0) was freed"),
                reports());
    }

    @Test
    void memoryThatIsFreedWithoutAWaitIsReportedThoughTheWorkIsDone() {
        writer.fill(memory.address(), (byte) 1, 8);
        writer.record(event);
        reader.waitFor(event);
        var done = gpu.event();
        reader.record(done);
        Simulation.ignore("cuEventSynchronize", 1);
        done.synchronize();
        Simulation.settle();
        memory.close();
        assertEquals(
                List.of(
                        "memory 1 of gpu(0) was freed, and nobody had waited for fill (action 0) on"
                                + " stream 1"),
                reports());
    }

    @Test
    void whatTheHostDoesWithPinnedMemoryCanBeTold() {
        var host = gpu.pin(64);
        Simulation.hostWrites(host);
        writer.copyToDevice(memory.address(), host.address(), 64);
        writer.record(event);
        event.synchronize();
        Simulation.hostWrites(host);
        assertEquals(List.of(), reports());
        writer.copyToDevice(memory.address(), host.address(), 64);
        Simulation.hostWrites(host);
        assertEquals(1, reports().size());
        writer.copyToHost(host.address(), memory.address(), 64);
        Simulation.hostReads(host);
        assertEquals(2, reports().size());
    }

    @Test
    void freshMemoryIsNotZero() {
        try (var arena = Arena.ofConfined()) {
            var bytes = arena.allocate(64);
            reader.copyToHost(bytes.address(), memory.address(), 64);
            assertNotEquals(0, bytes.get(JAVA_LONG, 0));
            assertNotEquals(0, gpu.pin(64).segment().get(JAVA_LONG, 0));
        }
    }

    /// A chain of copies over three streams, right but for the waits that are left out.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void findsEachMissingWaitOfARandomChainAndNoOther(long seed) {
        var random = new Random(seed);
        int missing = random.nextInt(12) + 1;
        for (int left : new int[] {0, missing}) {
            Simulation.delay(seed, 300);
            if (left > 0) {
                Simulation.ignore("cuStreamWaitEvent", left);
            }
            var streams = List.of(writer, reader, gpu.stream());
            int before = random.nextInt(3);
            for (int i = 0; i < 13; i++) {
                var stream = streams.get((before + 1 + random.nextInt(2)) % 3);
                if (i > 0) {
                    streams.get(before).record(event);
                    stream.waitFor(event);
                }
                before = streams.indexOf(stream);
                stream.copy(memory.address() + 4L * (i + 1), memory.address() + 4L * i, 4);
            }
            streams.forEach(GpuStream::synchronize);
            int found = Simulation.reports().size();
            assertEquals(left > 0, found > 0, "seed " + seed + ", missing " + left);
        }
    }

    /// Reads memory of a device as if it were the host's.
    static final class ReadDirectly {
        private ReadDirectly() {}

        public static void main(String[] arguments) {
            try (var gpu = GpuContext.open(0)) {
                long address = gpu.allocate(8).address();
                System.out.println(
                        MemorySegment.ofAddress(address).reinterpret(8).get(JAVA_LONG, 0));
            }
        }
    }

    @Test
    void theHostCannotReadMemoryOfADevice() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var builder =
                new ProcessBuilder(
                                java,
                                "--enable-native-access=ALL-UNNAMED",
                                "-XX:-CreateCoredumpOnCrash",
                                "-XX:ErrorFile=/dev/null",
                                "-cp",
                                System.getProperty("java.class.path"),
                                ReadDirectly.class.getName())
                        .redirectErrorStream(true);
        builder.environment().put("LD_LIBRARY_PATH", NativeBuild.DRIVER.toString());
        var process = builder.start();
        var told = new String(process.getInputStream().readAllBytes());
        assertNotEquals(0, process.waitFor(), told);
        assertTrue(told.contains("SIGSEGV"), told);
        assertFalse(told.contains("Exception"), told);
    }
}
