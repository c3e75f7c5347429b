package dev.headrace.engine.run;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuFunctions;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.memory.MemoryKind;
import dev.headrace.engine.operator.CudaOperator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/// A device of a pipeline: its streams, its memory, the kernels that it runs. One thread launches
/// on it, but for operators that have a thread of their own.
final class Gpu {
    final GpuContext context;
    final BufferPool pool;
    private final List<GpuStream> streams;
    private final Map<String, GpuFunctions> modules = new HashMap<>(); // by PTX
    private final Map<CudaOperator, Loaded> kernels = new IdentityHashMap<>();
    private final Map<Kernel, Loaded> loaded = new HashMap<>();
    private final Map<TensorValue, Tensor> constants = new IdentityHashMap<>();
    private final List<Buffer> held = new ArrayList<>();

    /// A kernel that this device can run.
    ///
    /// @param name of its function
    /// @param sampleBytes how large the structure is that it takes of each sample, if known
    record Loaded(String name, GpuFunctions.Function function, OptionalLong sampleBytes) {}

    private Gpu(GpuContext context, int streams, boolean checked) {
        this.context = context;
        this.streams = IntStream.range(0, streams).mapToObj(_ -> context.stream()).toList();
        this.pool = new BufferPool(context.info().memoryBytes(), checked, context);
    }

    /// Opens a device.
    ///
    /// @param streams how many it needs
    static Gpu open(Device.Gpu device, int streams, boolean checked) {
        var opened = new Gpu[1];
        GpuContext.onSystemThread(
                () -> {
                    var context = GpuContext.open(device.number());
                    try {
                        opened[0] = new Gpu(context, streams, checked);
                    } catch (Throwable failure) {
                        Closing.one(context);
                        throw failure;
                    }
                });
        return opened[0];
    }

    /// Compiles an operator's kernel for this device.
    void load(CudaOperator operator) {
        if (kernels.containsKey(operator)) {
            return; // it is at more than one node
        }
        kernels.put(operator, load(operator.kernel()));
    }

    /// Compiles a kernel for this device.
    Loaded load(Kernel kernel) {
        GpuContext.onSystemThread(() -> loaded.computeIfAbsent(kernel, this::compile));
        return loaded.get(kernel);
    }

    private Loaded compile(Kernel kernel) {
        var module = modules.computeIfAbsent(kernel.ptx(), context::load);
        return new Loaded(kernel.name(), module.function(kernel.name()), kernel.sampleBytes());
    }

    Loaded kernel(CudaOperator operator) {
        return kernels.get(operator);
    }

    Loaded kernel(Kernel kernel) {
        return loaded.get(kernel);
    }

    GpuStream stream(int number) {
        return streams.get(number);
    }

    /// Memory of the device, first used by work of a stream.
    Home home(GpuStream stream) {
        return new Home(pool, MemoryKind.DEVICE, stream);
    }

    /// A constant, on the device: copied once, for all streams.
    ///
    /// @param here the same on the host
    synchronized Tensor constant(TensorValue value, Tensor here, GpuStream stream) {
        var known = constants.get(value);
        if (known != null) {
            return known;
        }
        var memory = home(stream).lend(here.spec().bytes(), "a constant");
        held.add(memory);
        stream.copyToDevice(memory.address(), here.address(), here.spec().bytes());
        stream.synchronize();
        var there = memory.tensor(here.spec(), 0, false);
        constants.put(value, there);
        return there;
    }

    /// Gives back what nobody holds, once nothing runs that may use it.
    void giveBack() {
        for (var stream : streams) {
            GpuContext.onSystemThread(stream::awaitEnd);
        }
        Closing.all(held);
        held.clear();
        pool.close();
    }
}
