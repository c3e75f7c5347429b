package dev.headrace.testkit;

import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.Transform;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// The contract holds for an operator that keeps it, and finds out one that does not.
class OperatorContractTest implements OperatorContract {
    /// Adds a number to bytes. Two in a row become one.
    record Plus(Argument number) implements Transform {
        Plus {
            Argument.checked(number, Range.closed(0.0, 9.0), "number");
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            if (in.type() != ElementType.UINT8) {
                throw new BadSample("Plus takes UINT8, got " + in);
            }
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            for (long i = 0; i < in.shape().volume(); i++) {
                out.uint8(i, in.uint8(i) + (int) context.number(number));
            }
        }

        @Override
        public SpecPattern promise(SpecPattern in) {
            return in;
        }

        @Override
        public Optional<SampleOperator> absorb(SampleOperator next) {
            return next instanceof Plus ? Optional.of(new Twice()) : Optional.empty();
        }
    }

    /// What two additions of 1 and 2 are together.
    record Twice() implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            for (long i = 0; i < in.shape().volume(); i++) {
                out.uint8(i, in.uint8(i) + 3);
            }
        }
    }

    private static final TensorSpec BYTE = TensorSpec.of(ElementType.UINT8, "W", 1);

    private static Plus plus(int number) {
        return new Plus(Argument.of(number));
    }

    @Override
    public List<Case> cases() {
        return List.of(
                new Case("adds", plus(2), uint8("W", shape(1), 3), uint8("W", shape(1), 5), 0),
                Case.of("adds another node's value", new Plus(new Input(1)))
                        .given(uint8("W", shape(2), 1, 2), uint8("", shape(), 4))
                        .given(uint8("W", shape(1), 5), uint8("", shape(), 6))
                        .expect(uint8("W", shape(2), 5, 6))
                        .expect(uint8("W", shape(1), 11)));
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "floats",
                        plus(1),
                        Tensors.float32("W", shape(1), 1),
                        "Plus takes UINT8, got FLOAT32 W 1"),
                new Refusal("large numbers", () -> plus(10), "number 10.0 is not in [0.0..9.0]"));
    }

    @Override
    public List<Absorption> absorptions() {
        return List.of(new Absorption("two additions", plus(1), plus(2), uint8("W", shape(1), 7)));
    }

    /// Runs the only case of a contract.
    private static Throwable failureOf(Case one) {
        OperatorContract contract = () -> List.of(one);
        var test = contract.gives().findFirst().orElseThrow();
        return assertThrows(Throwable.class, () -> test.getExecutable().execute());
    }

    @Test
    void findsAWrongValue() {
        var failure =
                failureOf(
                        new Case(
                                "off by one",
                                plus(1),
                                uint8("W", shape(2), 1, 2),
                                uint8("W", shape(2), 2, 4),
                                0));
        assertEquals(
                "off by one: out of sample 0 element [1] is 3.0, not 4.0; 1 of 2 differ",
                failure.getMessage());
    }

    @Test
    void findsAWrongNumberOfSamples() {
        var failure =
                failureOf(
                        Case.of("one too few", plus(1))
                                .given(uint8("W", shape(1), 1))
                                .expect(uint8("W", shape(1), 2))
                                .expect(uint8("W", shape(1), 2)));
        assertEquals(
                "one too few: samples of output 0 ==> expected: <6> but was: <3>",
                failure.getMessage());
    }

    /// Gives another value each time.
    record Drifting(AtomicInteger calls) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return BYTE;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.uint8(0, calls.incrementAndGet());
        }
    }

    @Test
    void findsAnOperatorThatIsNoFunctionOfItsInputs() {
        var operator = new Drifting(new AtomicInteger());
        failureOf(Case.of("drifts", operator).given(uint8("W", shape(1), 1)));
    }

    /// Promises floats and gives bytes.
    record Liar() implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return BYTE;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.uint8(0, 1);
        }

        @Override
        public SpecPattern promise(SpecPattern in) {
            return in.type().isPresent()
                    ? SpecPattern.OPEN.withType(ElementType.FLOAT32)
                    : SpecPattern.OPEN;
        }
    }

    @Test
    void findsABrokenPromise() {
        var failure = failureOf(Case.of("lies", new Liar()).given(uint8("W", shape(1), 1)));
        assertEquals(
                "lies: promised FLOAT32 ? ? for [UINT8 W 1], gave UINT8 W 1 ==> expected: <true> but was:"
                        + " <false>",
                failure.getMessage());
    }

    @Test
    void findsAbsorptionThatChangesTheResult() {
        var wrong = new Absorption("1 + 1", plus(1), plus(1), uint8("W", shape(1), 7));
        assertThrows(AssertionError.class, wrong::holds);
    }

    @Test
    void findsARefusalInOtherWords() {
        OperatorContract contract =
                new OperatorContract() {
                    @Override
                    public List<Case> cases() {
                        return List.of();
                    }

                    @Override
                    public List<Refusal> refusals() {
                        return List.of(
                                new Refusal(
                                        "floats",
                                        plus(1),
                                        Tensors.float32("W", shape(1), 1),
                                        "no floats please"));
                    }
                };
        var test = contract.refuses().findFirst().orElseThrow();
        assertThrows(AssertionError.class, () -> test.getExecutable().execute());
        assertThrows(AssertionError.class, contract::gives);
    }
}
