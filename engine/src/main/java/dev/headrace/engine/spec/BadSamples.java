package dev.headrace.engine.spec;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.TensorValue;

/// What becomes of samples that cannot be used.
public sealed interface BadSamples {
    /// They fail their iteration; the next one is delivered.
    static BadSamples fail() {
        return new Fail();
    }

    /// Others take their places: position p of an epoch is then taken by the sample at a position
    /// that is a function of seed, epoch, p and attempt, for all sources together.
    ///
    /// @param atMost how many samples may be skipped over the life of the pipeline
    static BadSamples skip(long atMost) {
        return new Skip(atMost);
    }

    /// Given values take their places.
    ///
    /// @param values one for each output of the graph that bad samples could reach, by its name
    /// @param atMost how many samples may be replaced over the life of the pipeline
    static BadSamples replace(ImmutableMap<String, TensorValue> values, long atMost) {
        return new Replace(values, atMost);
    }

    /// See [BadSamples#fail()].
    record Fail() implements BadSamples {}

    /// See [BadSamples#skip(long)].
    ///
    /// @param atMost how many samples may be skipped over the life of the pipeline
    record Skip(long atMost) implements BadSamples {
        public Skip {
            checkArgument(atMost > 0, "at most %s bad samples", atMost);
        }
    }

    /// See [BadSamples#replace(ImmutableMap, long)].
    ///
    /// @param values by the name of the graph's output
    /// @param atMost how many samples may be replaced over the life of the pipeline
    record Replace(ImmutableMap<String, TensorValue> values, long atMost) implements BadSamples {
        public Replace {
            requireNonNull(values, "values");
            checkArgument(atMost > 0, "at most %s bad samples", atMost);
        }
    }
}
