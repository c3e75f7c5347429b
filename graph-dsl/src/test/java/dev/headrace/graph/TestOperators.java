package dev.headrace.graph;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Operators that compute nothing: here only their arguments matter.
final class TestOperators {
    private TestOperators() {}

    interface Still extends SampleOperator {
        @Override
        default void run(Inputs in, Outputs out, SampleContext context) {}
    }

    record Photos(String folder) implements IndexedSource<IndexedSource.Dataset> {
        @Override
        public List<String> outputs() {
            return List.of("encoded", "label");
        }

        @Override
        public Dataset open() {
            return () -> 1;
        }

        @Override
        public void read(Dataset dataset, long index, Outputs out, SampleContext context) {}
    }

    record Copy() implements Still {}

    record HTTPGet() implements Still {}

    record CoinFlip(double probability) implements Still {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(0);
        }
    }

    record Rotate(Argument angle) implements Still {
        Rotate {
            if (angle instanceof Input input && input.place() > 9) {
                throw new IllegalArgumentException("ten inputs are too many");
            }
        }

        static Rotate by(double angle) {
            return new Rotate(Argument.of(angle));
        }
    }

    record Crop(Window window, Optional<Argument> fill, List<Argument> anchors, String name)
            implements Still {}

    record Window(Argument width, Argument height) {}

    record Lookup(
            ImmutableList<Window> windows,
            ImmutableMap<String, Argument> table,
            Optional<Window> other)
            implements Still {}

    record Either(Set<Argument> choices) implements Still {}

    record Keyed(Map<Object, Argument> choices) implements Still {}

    record Several(Window[] windows) implements Still {}

    record Sealed(Kind how) implements Still {
        sealed interface Kind {}

        record By(Argument amount) implements Kind {}
    }

    record Mutable(List<String> texts) implements Still {}
}
