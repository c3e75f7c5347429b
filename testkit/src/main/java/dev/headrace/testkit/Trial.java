package dev.headrace.testkit;

import static com.google.common.base.Preconditions.checkArgument;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/// One epoch of a real pipeline in which an operator is fed with given samples. The operator's node
/// is named `subject` and seeded with [Case#SEED].
///
/// Immutable; begin with [#of(Operator, List)].
public final class Trial {
    private final Operator operator;
    private final Given given;

    private Trial(Operator operator, Given given) {
        this.operator = operator;
        this.given = given;
    }

    /// An operator and its samples, each a list of inputs, data inputs first. A source is given
    /// none.
    public static Trial of(Operator operator, List<? extends List<TensorValue>> samples) {
        var copy =
                samples.stream()
                        .map(ImmutableList::copyOf)
                        .collect(ImmutableList.toImmutableList());
        checkArgument(
                copy.stream().map(List::size).distinct().count() <= 1,
                "samples of different numbers of inputs");
        return new Trial(operator, new Given(copy, copy.size(), false));
    }

    /// The same with so many samples in all: those given, over and over.
    public Trial size(long samples) {
        return new Trial(operator, new Given(given.samples(), samples, given.promising()));
    }

    /// The same with the specs of the inputs known to the planner, where all samples have the same.
    public Trial promising() {
        return new Trial(operator, new Given(given.samples(), given.size(), true));
    }

    private boolean isSource() {
        return operator instanceof IndexedSource || operator instanceof SequentialSource;
    }

    /// Runs an epoch, and checks that no memory is held after it.
    ///
    /// @return for each output of the operator what it gave for each sample; then for each input
    ///     what it was after the operator had run
    public List<List<TensorValue>> run(Options options) {
        var results = epoch(Plan.of(graph(), options)).values().asList();
        return isSource() ? results : results.subList(0, results.size() - 1); // without the index
    }

    /// What an epoch gives for each sample, by output.
    static ImmutableMap<String, List<TensorValue>> epoch(Plan plan) {
        var results = new LinkedHashMap<String, List<TensorValue>>();
        plan.outputs().keySet().forEach(name -> results.put(name, new ArrayList<>()));
        var pipeline = Pipeline.of(plan);
        try {
            for (var batch : pipeline.epoch()) {
                for (var name : batch.names()) {
                    var list = batch.get(name);
                    for (int sample = 0; sample < list.size(); sample++) {
                        results.get(name).add(TensorValue.copyOf(list.get(sample)));
                    }
                }
            }
        } finally {
            pipeline.close();
            assertEquals(Map.of(), pipeline.report().holders(), "memory that is held after close");
        }
        return ImmutableMap.copyOf(results);
    }

    /// The graph that runs.
    public GraphSpec graph() {
        var nodes = ImmutableList.<NodeSpec>builder();
        var inputs = ImmutableList.<Wire>builder();
        var outputs = ImmutableMap.<String, Wire>builder();
        int count = operator.outputs().size();
        IntStream.range(0, count)
                .forEach(k -> outputs.put("output" + k, new Wire.Output("subject", k)));
        if (!isSource()) {
            nodes.add(NodeSpec.of("given", given));
            for (int place = 0; place < given.width(); place++) {
                inputs.add(new Wire.Output("given", place));
                outputs.put(Given.input(place), new Wire.Output("given", place));
            }
            outputs.put(Given.INDEX, new Wire.Output("given", given.width()));
        }
        nodes.add(node("subject", operator, inputs.build(), false));
        return new GraphSpec("trial", nodes.build(), outputs.buildOrThrow());
    }

    /// A node whose inputs beyond those that its operator takes as data are arguments.
    static NodeSpec node(
            String name, Operator operator, ImmutableList<Wire> inputs, boolean preserve) {
        int dataInputs = inputs.size();
        while (dataInputs > 0 && !operator.arity().contains(dataInputs)) {
            dataInputs--;
        }
        return new NodeSpec(
                name,
                true,
                operator,
                inputs,
                dataInputs,
                Optional.empty(),
                preserve,
                false,
                operator.random() ? OptionalLong.of(Case.SEED) : OptionalLong.empty(),
                Optional.empty());
    }
}
