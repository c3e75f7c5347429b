package dev.headrace.testkit;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Operator;
import java.util.stream.Stream;

/// An operator, the samples that it is given, and what is expected of it.
///
/// An argument that is another node's value is written as `new Input(place)` in the operator, where
/// places count data inputs first, and its values are given behind those of the data inputs.
///
/// @param name a sentence
/// @param operator under test
/// @param inputs for each sample the inputs, data inputs first; the samples of one input have one
///     element type and rank. Without any, a source gives what it has, and any other operator is
///     run on as many samples as are expected
/// @param outputs for each sample the expected outputs. Without any, only the rest of the contract
///     is checked. A random operator has the key `Keys.explicit(Case.SEED)` and draws for positions
///     from 0 of epoch 0
/// @param tolerance how far an element may be off, in its own unit; 0 asks for equal bytes
public record Case(
        String name,
        Operator operator,
        ImmutableList<ImmutableList<TensorValue>> inputs,
        ImmutableList<ImmutableList<TensorValue>> outputs,
        double tolerance) {
    /// The seed of a random operator under test: {@value}.
    public static final long SEED = 42;

    public Case {
        checkArgument(tolerance >= 0, "a tolerance of %s", tolerance);
    }

    /// One sample with one input and one output.
    public Case(String name, Operator operator, TensorValue in, TensorValue out, double tolerance) {
        this(
                name,
                operator,
                ImmutableList.of(ImmutableList.of(in)),
                ImmutableList.of(ImmutableList.of(out)),
                tolerance);
    }

    /// A case without samples yet; bytes must be equal.
    public static Case of(String name, Operator operator) {
        return new Case(name, operator, ImmutableList.of(), ImmutableList.of(), 0);
    }

    /// The same with one more sample given.
    public Case given(TensorValue... sample) {
        return new Case(name, operator, plus(inputs, sample), outputs, tolerance);
    }

    /// The same with one more sample expected.
    public Case expect(TensorValue... sample) {
        return new Case(name, operator, inputs, plus(outputs, sample), tolerance);
    }

    /// The same with this tolerance.
    public Case within(double difference) {
        return new Case(name, operator, inputs, outputs, difference);
    }

    private static ImmutableList<ImmutableList<TensorValue>> plus(
            ImmutableList<ImmutableList<TensorValue>> samples, TensorValue... sample) {
        return Stream.concat(samples.stream(), Stream.of(ImmutableList.copyOf(sample)))
                .collect(ImmutableList.toImmutableList());
    }
}
