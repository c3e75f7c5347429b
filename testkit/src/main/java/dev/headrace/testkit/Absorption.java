package dev.headrace.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import java.util.List;

/// An operator that absorbs the next one, and a sample that must come out the same either way.
///
/// @param name a sentence
/// @param first absorbs `second`
/// @param second reads the only output of `first`; arguments are `new Input(1)` and so on
/// @param inputs of `first`, data inputs first
/// @param arguments of `second`
public record Absorption(
        String name,
        SampleOperator first,
        SampleOperator second,
        ImmutableList<TensorValue> inputs,
        ImmutableList<TensorValue> arguments) {
    private static final int SAMPLES = 5;

    /// Without arguments.
    public Absorption(
            String name, SampleOperator first, SampleOperator second, TensorValue... inputs) {
        this(name, first, second, ImmutableList.copyOf(inputs), ImmutableList.of());
    }

    void holds() {
        assertEquals(run(true), run(false), name + ": apart and together");
    }

    private List<TensorValue> run(boolean apart) {
        var plan = Plan.of(graph(apart), Options.batchSize(2).threads(2).withChecks());
        assertEquals(
                apart ? 3 : 2, plan.nodes().size(), name + ": nodes of the plan and its source");
        return Trial.epoch(plan).get("out");
    }

    private GraphSpec graph(boolean apart) {
        var sample = ImmutableList.<TensorValue>builder().addAll(inputs).addAll(arguments).build();
        var given = new Given(ImmutableList.of(sample), SAMPLES, false);
        var wires = ImmutableList.<Wire>builder();
        for (int place = 0; place < inputs.size(); place++) {
            wires.add(new Wire.Output("given", place));
        }
        var behind = ImmutableList.<Wire>builder().add(new Wire.Output("first", 0));
        for (int place = inputs.size(); place < sample.size(); place++) {
            behind.add(new Wire.Output("given", place));
        }
        return new GraphSpec(
                "absorption",
                ImmutableList.of(
                        NodeSpec.of("given", given),
                        Trial.node("first", first, wires.build(), apart),
                        Trial.node("second", second, behind.build(), false)),
                ImmutableMap.of("out", new Wire.Output("second", 0)));
    }
}
