package dev.headrace.operators.read;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.memory.Release;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Outputs;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;

/// What users give as samples, and how it gets into tensors. A sample is held as a list with one
/// [TensorValue] or [Lent] for each output.
final class Values {
    private Values() {}

    /// Names of outputs as given; `out` if there is none.
    static ImmutableList<String> names(String... outputs) {
        return outputs.length == 0 ? ImmutableList.of("out") : ImmutableList.copyOf(outputs);
    }

    static void checkNames(List<String> outputs) {
        checkArgument(!outputs.isEmpty(), "a source without outputs");
        checkArgument(
                new HashSet<>(outputs).size() == outputs.size(),
                "outputs of one name: %s",
                outputs);
    }

    /// A user's sample as a list with one value for each output.
    ///
    /// @param giver the beginning of the message if it is none
    /// @throws IllegalArgumentException if it is none
    static List<?> of(Object sample, List<String> outputs, String giver) {
        var values = listed(sample, outputs);
        boolean fits = values.size() == outputs.size();
        for (int output = 0; fits && output < values.size(); output++) {
            fits = isValue(values.get(output));
        }
        if (!fits) {
            throw new IllegalArgumentException(
                    giver + describe(sample) + "; a sample is " + wanted(outputs));
        }
        return values;
    }

    /// The same for a sample that nobody else will release.
    ///
    /// @throws BadSample if it is none
    static List<?> taken(Object sample, List<String> outputs, String giver) {
        try {
            return of(sample, outputs, giver);
        } catch (IllegalArgumentException failure) {
            release(listed(sample, outputs));
            throw new BadSample(failure.getMessage());
        }
    }

    private static List<?> listed(Object sample, List<String> outputs) {
        return outputs.size() > 1 && sample instanceof List<?> list
                ? Arrays.asList(list.toArray()) // as it is now
                : Collections.singletonList(sample);
    }

    private static boolean isValue(Object value) {
        return value instanceof TensorValue || value instanceof Lent;
    }

    private static String wanted(List<String> outputs) {
        return outputs.size() == 1
                ? "a TensorValue or a Lent"
                : "a list with a TensorValue or a Lent for each of " + String.join(", ", outputs);
    }

    private static String describe(Object sample) {
        if (sample instanceof List<?> list) {
            return "a list of ["
                    + String.join(", ", list.stream().map(Values::describe).toList())
                    + "]";
        }
        return sample == null ? "null" : "a " + sample.getClass().getName();
    }

    /// Releases what is lent in a sample.
    static void release(List<?> sample) {
        for (var value : sample) {
            if (value instanceof Lent lent) {
                lent.release().run();
            }
        }
    }

    /// Makes samples the batch. What is lent is the batch's from here on, whatever happens.
    static void give(List<? extends List<?>> samples, BatchOutputs out) {
        int taken = 0;
        try {
            out.samples(samples.size());
            for (var sample : samples) {
                taken++;
                give(sample, taken - 1, out);
            }
        } finally {
            samples.subList(taken, samples.size()).forEach(Values::release);
        }
    }

    private static void give(List<?> values, int sample, BatchOutputs out) {
        int taken = 0;
        try {
            for (var value : values) {
                int output = taken++;
                switch (value) {
                    case Lent lent when out.wanted(output) -> share(lent, output, sample, out);
                    case Lent lent -> lent.release().run();
                    case TensorValue constant -> {
                        if (out.wanted(output)) {
                            out.make(output, sample, constant.spec()).copyFrom(constant);
                        }
                    }
                    default -> throw new IllegalStateException("no value");
                }
            }
        } finally {
            release(values.subList(taken, values.size()));
        }
    }

    private static void share(Lent lent, int output, int sample, BatchOutputs out) {
        var memory = lent.memory().asSlice(0, lent.spec().bytes());
        Release release =
                freed -> {
                    lent.release().run();
                    freed.run();
                };
        try (var buffer = out.adopt(memory, release)) {
            out.share(output, sample, buffer.tensor(lent.spec(), 0, false));
        }
    }

    /// Copies a sample to its outputs, and releases what is lent in it.
    static void copy(List<?> values, Outputs out) {
        try {
            for (int output = 0; output < values.size(); output++) {
                if (!out.wanted(output)) {
                    continue;
                }
                switch (values.get(output)) {
                    case Lent lent -> {
                        var memory = lent.memory().asSlice(0, lent.spec().bytes());
                        out.make(output, lent.spec()).segment().copyFrom(memory);
                    }
                    case TensorValue value -> out.make(output, value.spec()).copyFrom(value);
                    default -> throw new IllegalStateException("no value");
                }
            }
        } finally {
            release(values);
        }
    }
}
