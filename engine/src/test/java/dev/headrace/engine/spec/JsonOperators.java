package dev.headrace.engine.spec;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/// Operators with components of all kinds, for the tests of JSON.
final class JsonOperators {
    private JsonOperators() {}

    /// Computes nothing: here only components matter.
    interface Still extends SampleOperator {
        @Override
        default void run(Inputs in, Outputs out, SampleContext context) {}
    }

    record Rotate(Argument angle, boolean keepSize) implements Still {}

    record Numbers(
            byte int8,
            short int16,
            int int32,
            long int64,
            float float32,
            double float64,
            char letter,
            Long boxed)
            implements Still {}

    record Texts(String text, Path path, Duration time, Mode mode, ElementType type)
            implements Still {}

    enum Mode {
        FAST {
            @Override
            boolean isFast() {
                return true;
            }
        },
        EXACT;

        boolean isFast() {
            return false;
        }
    }

    record Tensors(TensorValue value, TensorSpec spec, Shape shape) implements Still {}

    record Nested(
            List<Point<Double>> points,
            ImmutableList<ImmutableList<Argument>> grid,
            ImmutableMap<String, Point<Path>> named,
            Border border,
            Operator inner)
            implements Still {}

    record Point<T>(T x, T y) {}

    sealed interface Border {
        record Fill(double with) implements Border {}

        sealed interface Copied extends Border {}

        record Mirror() implements Copied {}

        record Fill2(Border next) implements Copied {}
    }

    sealed interface Twins {
        record One() implements Twins {}

        record Holder(Other.One other) implements Twins {}

        final class Other {
            record One() implements Twins {}
        }
    }

    record Twin(Twins twins) implements Still {}

    record Optionals(
            Optional<Path> path,
            OptionalInt int32,
            OptionalLong int64,
            OptionalDouble float64,
            List<Optional<String>> texts)
            implements Still {}

    record Positive(int number) implements Still {
        Positive {
            if (number == 13) {
                throw new IllegalStateException("unlucky");
            }
            if (number <= 0) {
                throw new IllegalArgumentException("number " + number + " is not positive");
            }
        }
    }

    record Named(String function) implements Still {
        @Override
        public boolean runsCode() {
            return true;
        }
    }

    record Holder(Object value) implements Still {}

    record Function(UnaryOperator<String> function) implements Still {}

    record FunctionIn(List<Point<UnaryOperator<String>>> points) implements Still {}

    record Deep(Optional<Deep> inner) implements Still {}

    record Real(double number) implements Still {}

    record Fails(int number) implements Still {
        private static final int LIMIT = Integer.parseInt("no number");
    }

    static boolean trapped;

    static final class TrapInitializer {
        static {
            trapped = true;
        }
    }

    record Trap(int number) {
        static {
            trapped = true;
        }
    }

    static GraphSpec graph(Operator operator) {
        return new GraphSpec(
                "test",
                ImmutableList.of(
                        new NodeSpec(
                                "node",
                                false,
                                operator,
                                ImmutableList.of(),
                                0,
                                Optional.empty(),
                                false,
                                false,
                                OptionalLong.empty(),
                                Optional.of("Train.java:42"))),
                ImmutableMap.of());
    }

    /// A graph of one node, as text, whose operator is this.
    static String textOf(String operator) {
        return """
        {"format": 1, "name": "test", "outputs": {}, "nodes": [{"name": "node", "named": false,
        "operator": {"class": "dev.headrace.engine.spec.JsonOperators$%s},
        "inputs": [], "dataInputs": 0, "preserve": false, "peek": false, "origin": "Train.java:42"}]}
        """
                .formatted(operator);
    }
}
