package dev.headrace.gpucheck;

import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import java.util.List;
import java.util.Locale;

/// How fast something is.
///
/// @param what was measured
/// @param value how fast
/// @param unit of the value
record Speed(String what, double value, String unit) {
    private static final long BYTES = 64L << 20;
    private static final int COPIES = 40;
    private static final int CALLS = 20_000;

    /// As in `copies to gpu(0), pinned: 25.1 GB/s`.
    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s: %.4g %s", what, value, unit);
    }

    /// Copies between pinned memory and a device, and what a call costs.
    ///
    /// @param device its number
    static List<Speed> measure(int device) {
        try (var context = GpuContext.open(device)) {
            var stream = context.stream();
            var here = context.pin(BYTES);
            var there = context.allocate(BYTES);
            var name = context.info().name() + ", gpu(" + device + ")";
            return List.of(
                    copies(
                            "copies to " + name,
                            stream,
                            () -> stream.copyToDevice(there.address(), here.address(), BYTES)),
                    copies(
                            "copies from " + name,
                            stream,
                            () -> stream.copyToHost(here.address(), there.address(), BYTES)),
                    calls("a mark set on " + name, stream, () -> stream.mark().close()),
                    calls(
                            "1 KiB filled on " + name,
                            stream,
                            () -> stream.fill(there.address(), (byte) 1, 1024)));
        }
    }

    private static Speed copies(String what, GpuStream stream, Runnable copy) {
        double seconds = seconds(COPIES, stream, copy);
        return new Speed(what, COPIES * BYTES / 1e9 / seconds, "GB/s");
    }

    private static Speed calls(String what, GpuStream stream, Runnable call) {
        return new Speed(what, 1e6 * seconds(CALLS, stream, call) / CALLS, "µs");
    }

    /// How long work takes, once it was done a few times.
    private static double seconds(int times, GpuStream stream, Runnable work) {
        for (int i = 0; i < times / 4; i++) {
            work.run();
        }
        stream.synchronize();
        long start = System.nanoTime();
        for (int i = 0; i < times; i++) {
            work.run();
        }
        stream.synchronize();
        return (System.nanoTime() - start) / 1e9;
    }
}
