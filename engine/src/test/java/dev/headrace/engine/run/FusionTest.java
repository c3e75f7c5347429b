package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Range;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Context;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.run.Trial.Counter;
import dev.headrace.engine.run.Trial.Noise;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Operators that absorb what follows them, beside the same operators one by one.
class FusionTest {
    /// Adds a random part of an amount, and absorbs others that do.
    private record Shift(Argument amount) implements Transform {
        @Override
        public boolean random() {
            return true;
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return Trial.REAL;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.float64(0, shifted(in.number(0), amount, context));
        }

        static double shifted(double number, Argument amount, Context context) {
            double most = context.number(amount, Range.atMost(6.0), "amount");
            return number + most * context.uniform("shift");
        }

        @Override
        public Optional<SampleOperator> absorb(SampleOperator next) {
            return next instanceof Shift(Argument other)
                    ? Optional.of(new TwoShifts(amount, other))
                    : Optional.empty();
        }
    }

    /// Both in one.
    private record TwoShifts(Argument first, Argument second) implements Transform {
        @Override
        public boolean random() {
            return true;
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return Trial.REAL;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            double once = Shift.shifted(in.number(0), first, context.part(0));
            out.float64(0, Shift.shifted(once, second, context.part(1)));
        }
    }

    private static Sketch shifts(boolean between) {
        var graph =
                Trial.graph()
                        .node("c", new Counter(20, true))
                        .node("weight", new Noise(0))
                        .node("one", new Shift(Argument.of(3)), "c")
                        .node("two", new Shift(new Input(1)), "one", "weight")
                        .output("two", "two");
        return between ? graph.output("one", "one") : graph;
    }

    private static List<Double> values(Sketch graph, Options options, boolean fused) {
        var values = new ArrayList<Double>();
        try (var pipeline = graph.build(options)) {
            assertEquals(fused, pipeline.plan().explain().contains("absorbed by"));
            for (var batch : pipeline.epochs(2)) {
                for (int sample = 0; sample < batch.size(); sample++) {
                    values.add(batch.get("two").get(sample).float64(0));
                }
            }
        }
        return values;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 2", "7, 7"})
    void givesTheSameBytesAsOneByOneWithTheDrawsOfBoth(int batch, int threads) {
        var options = Options.batchSize(batch).threads(threads).seed(3);
        var expected = values(shifts(true), options, false);
        assertEquals(40, expected.stream().distinct().count());
        assertEquals(expected, values(shifts(false), options, true));
        assertEquals(expected, values(shifts(false), options.withChecks(), true));
    }

    @Test
    void aFailureNamesThePartThatFailed() {
        for (boolean between : new boolean[] {true, false}) {
            var graph =
                    Trial.graph()
                            .node("c", new Counter(20, false))
                            .node("one", new Shift(Argument.of(3)), "c")
                            .node("two", new Shift(new Input(1)), "one", "c")
                            .output("two", "two");
            if (between) {
                graph.output("one", "one");
            }
            try (var pipeline = graph.build(Options.batchSize(5).threads(2))) {
                assertEquals(5, pipeline.next().size());
                var failure = assertThrows(BadSample.class, pipeline::next);
                assertEquals(
                        "amount 7.0 is not in (-∞..6.0]\n"
                                + "  at two (Shift), added at Trial.java:3, iteration 1, sample 7"
                                + " [number 7]",
                        failure.getMessage());
                assertTrue(failure.where().isPresent());
            }
        }
    }
}
