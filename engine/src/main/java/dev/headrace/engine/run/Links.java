package dev.headrace.engine.run;

import com.google.common.primitives.Ints;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.plan.Step;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Who follows and reads whom, by number, looked up once for a plan.
final class Links {
    /// By node: the value of each input, or -1 for a constant.
    final int[][] inputs;

    /// By node: the step that runs it.
    final int[] stepOf;

    /// By step: the values that it reads from their slots, made by other steps.
    final int[][] readFromSlots;

    /// By step: the values that it is done with at its end: those, and the one that states how many
    /// samples there are.
    final int[][] released;

    /// By step: the values that it makes that lie in slots.
    final int[][] madeInSlots;

    /// By step: the steps that wait for it.
    final int[][] followers;

    /// The steps that read a source in order.
    final List<Step.Batch> sources = new ArrayList<>();

    /// The value that states how many samples an iteration has, or -1 if it does itself.
    final int countValue;

    private final Plan plan;

    Links(Plan plan) {
        this.plan = plan;
        int steps = plan.steps().size();
        inputs =
                plan.nodes().stream()
                        .map(node -> node.inputs().stream().mapToInt(Links::value).toArray())
                        .toArray(int[][]::new);
        stepOf = new int[plan.nodes().size()];
        readFromSlots = new int[steps][];
        released = new int[steps][];
        madeInSlots = new int[steps][];
        var following = new ArrayList<List<Integer>>();
        for (var step : plan.steps()) {
            following.add(new ArrayList<>());
            step.after().forEach(before -> following.get(before).add(step.index()));
            Set<Integer> made = new LinkedHashSet<>();
            Set<Integer> read = new LinkedHashSet<>();
            for (var node : step.nodes()) {
                stepOf[node.index()] = step.index();
                for (var input : node.inputs()) {
                    if (input instanceof Binding.OfValue(int value)) {
                        read.add(value);
                    }
                }
                node.values().stream().filter(value -> value >= 0).forEach(made::add);
            }
            read.removeAll(made);
            readFromSlots[step.index()] = numbers(read);
            if (step.countValue() >= 0) {
                read.add(step.countValue());
            }
            released[step.index()] = numbers(read);
            madeInSlots[step.index()] =
                    made.stream()
                            .filter(value -> plan.values().get(value).inSlot())
                            .mapToInt(Integer::intValue)
                            .toArray();
            if (step instanceof Step.Batch batch
                    && batch.node().operator() instanceof SequentialSource) {
                sources.add(batch);
            }
        }
        countValue =
                sources.stream()
                        .flatMapToInt(step -> step.node().values().stream())
                        .filter(value -> value >= 0)
                        .findFirst()
                        .orElse(-1);
        followers = following.stream().map(Links::numbers).toArray(int[][]::new);
    }

    private static int value(Binding binding) {
        return switch (binding) {
            case Binding.OfValue(int value) -> value;
            case Binding.OfConstant constant -> -1;
        };
    }

    private static int[] numbers(Collection<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    /// The inputs of a step have as many samples as it handles.
    ///
    /// @throws BadBatch if not
    void checkSizes(Iteration iteration, Step step, int count) {
        for (int value : readFromSlots[step.index()]) {
            if (iteration.slots[value].size() != count) {
                throw new BadBatch(describeSizes(iteration, step));
            }
        }
    }

    private String describeSizes(Iteration iteration, Step step) {
        List<String> sizes = new ArrayList<>();
        boolean several = step.nodes().size() > 1;
        for (var node : step.nodes()) {
            for (int input = 0; input < inputs[node.index()].length; input++) {
                int value = inputs[node.index()][input];
                var list = value < 0 ? null : iteration.slots[value];
                if (list != null && Ints.contains(readFromSlots[step.index()], value)) {
                    var of = several ? " of " + node.where().node() : "";
                    sizes.add(list.size() + " at input " + input + of);
                }
            }
        }
        return "inputs have different batch sizes: " + String.join(", ", sizes);
    }
}
