package dev.headrace.engine.operator;

import com.google.common.collect.Range;
import dev.headrace.engine.data.SpecPattern;
import java.util.Collections;
import java.util.List;

/// What a node does: an immutable value, in general a record whose components are the arguments.
///
/// Two kinds: [SampleOperator] sees one sample at a time, [BatchOperator] a whole batch. Operators
/// are compared by `equals` to merge equal nodes, and written to JSON by their record components.
public sealed interface Operator permits SampleOperator, BatchOperator {
    /// How many data inputs it takes. Arguments that are other nodes' values do not count.
    default Range<Integer> arity() {
        return Range.singleton(1);
    }

    /// The names of its outputs, in order; empty for a sink.
    default List<String> outputs() {
        return List.of("out");
    }

    /// What the optimizer must keep in mind about it.
    Effect effect();

    /// Whether it draws random values. Only then may it call the draws of its context.
    default boolean random() {
        return false;
    }

    /// Whether it runs code that a component names by text, such as a function of another language.
    /// A graph that holds such an operator is read from JSON only on demand.
    default boolean runsCode() {
        return false;
    }

    /// Whether it reads the elements of a data input. Where it only asks for specs, an input on
    /// another device is neither copied nor waited for, and its elements cannot be read.
    ///
    /// @param input from 0
    default boolean readsData(int input) {
        return true;
    }

    /// What is known of its outputs before there is data, given what is known of the inputs (data
    /// inputs first, then arguments). All open by default.
    ///
    /// @return one pattern an output
    /// @throws IllegalArgumentException if no tensors of the known patterns could be taken; the
    ///     message says what is taken and what was got, as for a sample
    default List<SpecPattern> promise(List<SpecPattern> in) {
        return Collections.nCopies(outputs().size(), SpecPattern.OPEN);
    }

    /// What to try where this operator holds a run back, as a report says it after a colon, as in
    /// `run it in processes of its own by workers(2)`; empty where there is nothing of its own.
    default String remedy() {
        return "";
    }

    /// The operator's name for messages and drawings.
    default String kind() {
        var name = getClass().getSimpleName();
        boolean lambda = getClass().isHidden(); // its name differs from run to run
        return name.isEmpty() || lambda ? "Operator" : name;
    }

    /// What it is, for messages about what it may not do, as in `operator Luma`.
    default String description() {
        return "operator " + kind();
    }
}
