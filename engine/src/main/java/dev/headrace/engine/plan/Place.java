package dev.headrace.engine.plan;

import static java.util.stream.Collectors.joining;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.CudaBatchOperator;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Transfer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Says where each node runs: where it was told to, else where its data lies, else on the host.
///
/// What is read only for its specs has no say in it, nor have arguments.
final class Place implements Pass {
    @Override
    public String name() {
        return "place";
    }

    @Override
    public void apply(Draft draft) {
        draft.nodes.forEach(node -> place(draft, node));
        draft.say(where(draft));
    }

    private static String where(Draft draft) {
        var byDevice = new TreeMap<Integer, List<String>>();
        for (var node : draft.nodes) {
            if (node.device instanceof Device.Gpu(int number)) {
                byDevice.computeIfAbsent(number, _ -> new ArrayList<>()).add(node.where.node());
            }
        }
        return byDevice.isEmpty()
                ? "all on the host"
                : byDevice.entrySet().stream()
                        .map(
                                each ->
                                        "gpu(%s): %s"
                                                .formatted(
                                                        each.getKey(),
                                                        String.join(", ", each.getValue())))
                        .collect(joining("; "));
    }

    private static void place(Draft draft, Draft.Node node) {
        var lie = new LinkedHashMap<Device, String>();
        for (int i = 0; i < node.dataInputs; i++) {
            if (node.inputs.get(i) instanceof Draft.From from && node.operator.readsData(i)) {
                lie.putIfAbsent(from.node().device, from.name());
            }
        }
        if (node.spec.device().isEmpty() && lie.size() > 1) {
            draft.problem(
                    "%s reads %s: say where it is to run, with on(…)"
                            .formatted(node.where.kind(), places(lie)),
                    node.where);
        }
        node.device =
                node.spec
                        .device()
                        .orElse(lie.isEmpty() ? Device.HOST : lie.keySet().iterator().next());
        if (node.operator instanceof Transfer
                && node.inputs.stream().anyMatch(Draft.Fixed.class::isInstance)) {
            draft.problem(
                    "a constant lies on every device: read it without a Transfer", node.where);
        }
        if (node.device.equals(Device.HOST)
                && node.operator instanceof CudaOperator operator
                && !operator.runsOnHost()) {
            draft.problem(
                    "%s runs on a device only%s"
                            .formatted(
                                    node.where.kind(),
                                    node.spec.device().isPresent()
                                            ? ", not on the host: leave on(…) out"
                                            : ": put gpu() before it"),
                    node.where);
        }
        if (node.device instanceof Device.Gpu gpu && !runsOnGpu(node)) {
            draft.problem(
                    "%s runs on the host only%s"
                            .formatted(node.where.kind(), why(node, gpu, lie.get(gpu))),
                    node.where);
        }
        if (node.operator instanceof CudaBatchOperator<?> operator) {
            try {
                operator.checkDevice(node.device);
            } catch (IllegalArgumentException refusal) {
                draft.problem(refusal.getMessage(), node.where);
            }
        }
    }

    private static boolean runsOnGpu(Draft.Node node) {
        return switch (node.operator) {
            case Transfer _, CudaOperator _, CudaBatchOperator<?> _ -> true;
            default -> false;
        };
    }

    private static String why(Draft.Node node, Device.Gpu gpu, String input) {
        return node.spec.device().isPresent()
                ? ", not on %s: leave on(…) out".formatted(gpu)
                : ", and its input %s lies on %s: put gpu() behind it, or cpu() between them"
                        .formatted(input, gpu);
    }

    private static String places(Map<Device, String> lie) {
        return lie.entrySet().stream()
                .map(each -> "%s on %s".formatted(each.getValue(), Explain.place(each.getKey())))
                .collect(joining(" and "));
    }
}
