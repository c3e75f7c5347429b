package dev.headrace.engine.run;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.operator.CudaBatchOperator;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.plan.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/// The devices of a pipeline, open; none where its plan uses none, and then no driver is asked.
final class Gpus {
    private final Map<Integer, Gpu> byNumber = new TreeMap<>();

    private Gpus() {}

    /// Opens the devices that a plan uses, and loads the kernels of its operators.
    ///
    /// @throws BadGraph with all devices that cannot be used, and all kernels that cannot be loaded
    static Gpus open(Plan plan) {
        var gpus = new Gpus();
        var problems = new ArrayList<String>();
        try {
            launches(plan).values().forEach(its -> gpus.open(plan, its, problems));
            if (!problems.isEmpty()) {
                throw new BadGraph(problems);
            }
            return gpus;
        } catch (Throwable failure) {
            gpus.closeAll();
            throw failure;
        }
    }

    private static Map<Integer, List<Step.Launch>> launches(Plan plan) {
        var launches = new TreeMap<Integer, List<Step.Launch>>();
        for (var step : plan.steps()) {
            if (step instanceof Step.Launch launch) {
                launches.computeIfAbsent(launch.device().number(), _ -> new ArrayList<>())
                        .add(launch);
            }
        }
        return launches;
    }

    private void open(Plan plan, List<Step.Launch> launches, List<String> problems) {
        var device = launches.getFirst().device();
        try {
            int streams = 1 + launches.stream().mapToInt(Step.Launch::stream).max().orElse(0);
            byNumber.put(device.number(), Gpu.open(device, streams, plan.options().checked()));
        } catch (RuntimeException failure) {
            problems.add(
                    failure.getMessage() + at(launches.stream().map(Step.Launch::node).toList()));
            return;
        }
        for (var launch : launches) {
            try {
                load(launch, of(device));
            } catch (RuntimeException failure) {
                problems.add(failure.getMessage() + at(List.of(launch.node())));
            }
        }
    }

    private static void load(Step.Launch launch, Gpu gpu) {
        switch (launch.node().operator()) {
            case CudaOperator operator -> gpu.load(operator);
            case CudaBatchOperator<?> operator -> operator.kernels().forEach(gpu::load);
            default -> {} // a transfer
        }
    }

    private static String at(Collection<PlannedNode> nodes) {
        return nodes.stream().map(node -> "\n  at " + node.where()).collect(joining());
    }

    Gpu of(Device.Gpu device) {
        return byNumber.get(device.number());
    }

    /// A stream of somebody else, of one of these devices.
    ///
    /// @throws IllegalArgumentException if it is of none, or of any
    GpuStream foreign(long stream) {
        var found = new ArrayList<GpuStream>();
        GpuContext.onSystemThread(
                () ->
                        byNumber.values().stream()
                                .map(gpu -> gpu.context)
                                .filter(context -> context.has(stream))
                                .map(context -> context.foreign(stream))
                                .forEach(found::add));
        checkArgument(
                found.size() == 1,
                found.isEmpty()
                        ? "stream 0x%s is of none of the devices in use: %s"
                        : "stream 0x%s is the default one of each of %s: name one of a device",
                Long.toHexString(stream),
                byNumber.keySet().stream()
                        .map(number -> Device.gpu(number).toString())
                        .collect(joining(", ")));
        return found.getFirst();
    }

    /// Whether the plan uses none.
    boolean isEmpty() {
        return byNumber.isEmpty();
    }

    /// A device to pin memory by.
    Optional<GpuContext> any() {
        return byNumber.values().stream().findFirst().map(gpu -> gpu.context);
    }

    /// Bytes on loan now, as in `gpu(0): image`.
    Map<String, Long> holders() {
        var holders = new TreeMap<String, Long>();
        byNumber.forEach(
                (number, gpu) ->
                        gpu.pool
                                .holders()
                                .forEach(
                                        (name, bytes) ->
                                                holders.put(
                                                        "%s: %s"
                                                                .formatted(
                                                                        Device.gpu(number), name),
                                                        bytes)));
        return holders;
    }

    /// What each has lent and keeps.
    ImmutableList<Report.DeviceRow> memory() {
        var rows = ImmutableList.<Report.DeviceRow>builder();
        byNumber.forEach(
                (number, gpu) ->
                        rows.add(
                                new Report.DeviceRow(
                                        Device.gpu(number).toString(),
                                        gpu.pool.lentBytes(),
                                        gpu.pool.keptBytes(),
                                        gpu.pool.misses())));
        return rows.build();
    }

    /// Gives back what nobody holds; the devices once nobody holds any memory of them, nor of the
    /// host's.
    void close(BufferPool host) {
        var open = new AtomicInteger(1 + byNumber.size());
        Runnable oneLess =
                () -> {
                    if (open.decrementAndGet() == 0) {
                        closeAll();
                    }
                };
        host.onceEmpty(oneLess);
        for (var gpu : byNumber.values()) {
            gpu.pool.onceEmpty(oneLess);
            gpu.giveBack();
        }
    }

    private void closeAll() {
        byNumber.values().forEach(gpu -> GpuContext.onSystemThread(() -> Closing.one(gpu.context)));
    }
}
