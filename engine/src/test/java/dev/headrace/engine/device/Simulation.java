package dev.headrace.engine.device;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;

/// Commands the simulated driver; what each does stands at the end of `simulated_driver.cpp`. The
/// product knows nothing of it: it finds it by the driver's name.
public final class Simulation {
    /// All kinds of live objects.
    public static final List<String> KINDS =
            List.of("context", "stream", "event", "memory", "pinned", "module");

    /// One action of a stream.
    ///
    /// @param stream its number, 0 for the host
    /// @param bytes that it copies, or 0
    /// @param start its place in the order of all starts and ends; -1 if it has not started
    /// @param end its place in that order, or -1
    /// @param name what it does
    public record Action(int stream, long bytes, long start, long end, String name) {
        private static Action parse(String line) {
            var parts = line.split(" ", 5);
            return new Action(
                    Integer.parseInt(parts[0]),
                    Long.parseLong(parts[1]),
                    Long.parseLong(parts[2]),
                    Long.parseLong(parts[3]),
                    parts[4]);
        }
    }

    /// The tag of tests that hold on any driver, and so are run on a real one too.
    public static final String ANY_DRIVER = "any-driver";

    private static SymbolLookup symbols;

    private Simulation() {}

    /// Whether tests run on the driver of this machine, by `-Dheadrace.test.driver=real`: then
    /// nothing is simulated, commands do nothing, and nothing is counted or reported.
    public static boolean isReal() {
        return "real".equals(System.getProperty("headrace.test.driver"));
    }

    /// Builds and loads it: who looks for the driver by its name from now on finds it, since that
    /// name is loaded already. Everything begins anew.
    public static void begin() {
        if (symbols == null && !isReal()) {
            symbols = SymbolLookup.libraryLookup(NativeBuild.driver(), Arena.global());
            call(
                    Linker.nativeLinker().defaultLookup(),
                    "setenv",
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT),
                    "HEADRACE_SIMULATED_KERNELS",
                    NativeBuild.KERNELS.toString(),
                    1);
        }
        reset();
    }

    /// Takes the one that this process finds by the driver's name, as the product does.
    public static void find() {
        symbols = SymbolLookup.libraryLookup(Driver.LIBRARY, Arena.global());
    }

    public static long reset() {
        return count("sim_reset");
    }

    /// Two devices; on a real driver, those that it has, if they are fewer.
    ///
    /// @return how many there are
    public static int devicesUpToTwo() {
        if (isReal()) {
            return Math.min(2, GpuProbe.look().devices().size());
        }
        devices(2);
        return 2;
    }

    /// So many devices; on a real driver, whether it has them.
    public static void devices(int count) {
        if (isReal()) {
            var there = GpuProbe.look().devices();
            assumeTrue(there.size() >= count, "it needs %s devices".formatted(count));
        }
        command("sim_devices", count);
    }

    public static void memory(int device, long bytes) {
        command("sim_memory", device, bytes);
    }

    public static void pinned(long bytes) {
        command("sim_pinned", bytes);
    }

    public static void version(int version) {
        command("sim_version", version);
    }

    public static void fail(String function, long call, int code) {
        command("sim_fail", function, call, code);
    }

    public static void ignore(String function, long call) {
        command("sim_ignore", function, call);
    }

    public static void lose(int device, int code) {
        command("sim_lose", device, code);
    }

    public static void delay(long seed, long microseconds) {
        command("sim_delay", seed, microseconds);
    }

    public static void hold(GpuStream stream) {
        command("sim_hold", stream.handle());
    }

    public static void release(GpuStream stream) {
        command("sim_release", stream.handle());
    }

    public static void releaseAll() {
        command("sim_release_all");
    }

    public static void settle() {
        command("sim_settle");
    }

    public static void holdStream(int number) {
        command("sim_hold_number", number);
    }

    public static void hostReads(long address, long bytes) {
        command("sim_host_access", address, bytes, 0);
    }

    public static void hostWrites(long address, long bytes) {
        command("sim_host_access", address, bytes, 1);
    }

    public static void hostReads(PinnedMemory memory) {
        command("sim_host_access", memory.address(), memory.bytes(), 0);
    }

    public static void hostWrites(PinnedMemory memory) {
        command("sim_host_access", memory.address(), memory.bytes(), 1);
    }

    public static long calls(String function) {
        return count("sim_calls", function);
    }

    public static long live(String kind) {
        return count("sim_live", kind);
    }

    public static List<String> reports() {
        return text("sim_reports").lines().toList();
    }

    public static List<Action> log() {
        return text("sim_log").lines().map(Action::parse).toList();
    }

    private static long count(String function, Object... arguments) {
        if (isReal()) {
            return 0;
        }
        var result = FunctionDescriptor.of(JAVA_LONG, layouts(arguments));
        return (long) call(symbols, function, result, arguments);
    }

    private static void command(String function, Object... arguments) {
        if (isReal()) {
            return;
        }
        call(symbols, function, FunctionDescriptor.ofVoid(layouts(arguments)), arguments);
    }

    private static String text(String function) {
        if (isReal()) {
            return "";
        }
        var text = (MemorySegment) call(symbols, function, FunctionDescriptor.of(ADDRESS));
        return text.reinterpret(Long.MAX_VALUE).getString(0);
    }

    private static MemoryLayout[] layouts(Object... arguments) {
        var layouts = new ArrayList<MemoryLayout>();
        for (var argument : arguments) {
            layouts.add(
                    switch (argument) {
                        case Integer number -> JAVA_INT;
                        case Long number -> JAVA_LONG;
                        default -> ADDRESS;
                    });
        }
        return layouts.toArray(MemoryLayout[]::new);
    }

    private static Object call(
            SymbolLookup library, String name, FunctionDescriptor form, Object... arguments) {
        try (var arena = Arena.ofConfined()) {
            var values = new ArrayList<Object>();
            for (var argument : arguments) {
                values.add(argument instanceof String text ? arena.allocateFrom(text) : argument);
            }
            return Linker.nativeLinker()
                    .downcallHandle(library.findOrThrow(name), form)
                    .invokeWithArguments(values);
        } catch (Throwable impossible) {
            throw new IllegalStateException(name + " could not be called", impossible);
        }
    }
}
