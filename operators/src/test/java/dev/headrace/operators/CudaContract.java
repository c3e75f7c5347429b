package dev.headrace.operators;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.Compare;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/// What an operator that runs on devices must hold besides: it computes there what it computes on
/// the host, and refuses what it refuses here. Tried on the simulated driver, with the kernel
/// compiled for the host.
public interface CudaContract extends OperatorContract {
    /// One test a case: what is expected on the host is expected on a device.
    @TestFactory
    @Tag(Simulation.ANY_DRIVER)
    default Stream<DynamicTest> givesTheSameOnADevice() {
        return cases().stream()
                .map(each -> dynamicTest(each.name() + ", on a device", () -> holds(each)));
    }

    /// One test a sample that is refused: for the same reason as on the host.
    @TestFactory
    default Stream<DynamicTest> refusesTheSameOnADevice() {
        return refusals().stream()
                .filter(each -> !each.inputs().isEmpty())
                .map(each -> dynamicTest(each.name() + ", on a device", () -> isRefused(each)));
    }

    private static void isRefused(Refusal each) {
        var refused =
                assertThrows(
                        HeadraceException.class,
                        () -> onDevice(each.operator().get(), List.of(each.inputs())),
                        each.name());
        assertEquals(each.message(), refused.what().split("\n  at ")[0], each.name());
        assertNothingIsLeft();
    }

    private static void holds(Case each) {
        int samples = Math.max(1, Math.max(each.inputs().size(), each.outputs().size()));
        var trial = Trial.of(each.operator(), each.inputs()).size(samples);
        var outputs = onDevice(each.operator(), trial);
        if (!(each.operator() instanceof CudaOperator operator) || operator.runsOnHost()) {
            var here = trial.run(Options.batchSize(4).threads(1)).subList(0, outputs.size());
            assertEquals(here, outputs, each.name() + ": as on the host");
        }
        for (int output = 0; output < outputs.size(); output++) {
            for (int sample = 0; sample < each.outputs().size(); sample++) {
                var where = each.name() + ": output " + output + " of sample " + sample + " ";
                Compare.difference(
                                outputs.get(output).get(sample),
                                each.outputs().get(sample).get(output),
                                each.tolerance())
                        .ifPresent(difference -> fail(where + difference));
            }
        }
    }

    /// What an operator gives on a device, by output and sample.
    ///
    /// @param samples each a list of inputs, data inputs first
    static List<List<TensorValue>> onDevice(
            Operator operator, List<? extends List<TensorValue>> samples) {
        return onDevice(operator, Trial.of(operator, samples));
    }

    private static List<List<TensorValue>> onDevice(Operator operator, Trial trial) {
        return onSimulation(onDevice(trial.graph())).subList(0, operator.outputs().size());
    }

    /// What a graph gives where devices are simulated, by output and sample.
    static List<List<TensorValue>> onSimulation(GraphSpec graph) {
        Kernels.build();
        Simulation.begin();
        var options = Options.batchSize(4).threads(2);
        var results = run(graph, options);
        assertEquals(results, run(graph, options.withChecks()), "in checked mode");
        assertNothingIsLeft();
        return results;
    }

    private static void assertNothingIsLeft() {
        assertEquals(List.of(), Simulation.reports());
        for (var kind : Simulation.KINDS) {
            assertEquals(0, Simulation.live(kind), kind);
        }
    }

    /// The graph of a trial with its subject on a device, and what that gives on the host.
    private static GraphSpec onDevice(GraphSpec graph) {
        var nodes = ImmutableList.<NodeSpec>builder();
        var outputs = ImmutableMap.<String, Wire>builder();
        for (var node : graph.nodes()) {
            if (!node.name().equals("subject")) {
                nodes.add(node);
                continue;
            }
            nodes.add(on(Device.gpu(0), node));
            for (int output = 0; output < node.operator().outputs().size(); output++) {
                var name = "output" + output;
                var down = NodeSpec.of(name, new Transfer(), new Wire.Output("subject", output));
                nodes.add(on(Device.HOST, down));
                outputs.put(name, new Wire.Output(name, 0));
            }
        }
        outputs.putAll(Maps.filterValues(graph.outputs(), wire -> !isOfSubject(wire)));
        return new GraphSpec(graph.name(), nodes.build(), outputs.buildOrThrow());
    }

    private static boolean isOfSubject(Wire wire) {
        return wire instanceof Wire.Output(var node, _) && node.equals("subject");
    }

    private static NodeSpec on(Device device, NodeSpec node) {
        return new NodeSpec(
                node.name(),
                node.named(),
                node.operator(),
                node.inputs(),
                node.dataInputs(),
                Optional.of(device),
                node.preserve(),
                node.peek(),
                node.seed(),
                node.origin());
    }

    private static List<List<TensorValue>> run(GraphSpec graph, Options options) {
        var results = new LinkedHashMap<String, List<TensorValue>>();
        graph.outputs().keySet().forEach(name -> results.put(name, new ArrayList<>()));
        try (var pipeline = Pipeline.of(Plan.of(graph, options))) {
            for (var batch : pipeline.epoch()) {
                results.forEach(
                        (name, samples) -> {
                            var list = batch.get(name);
                            for (int sample = 0; sample < list.size(); sample++) {
                                samples.add(TensorValue.copyOf(list.get(sample)));
                            }
                        });
            }
        }
        return List.copyOf(results.values());
    }
}
