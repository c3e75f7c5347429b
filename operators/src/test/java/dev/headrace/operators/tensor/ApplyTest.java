package dev.headrace.operators.tensor;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.testkit.Tensors.float32;
import static dev.headrace.testkit.Tensors.shape;
import static dev.headrace.testkit.Tensors.uint8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.error.NoRoom;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.Options;
import dev.headrace.testkit.Case;
import dev.headrace.testkit.OperatorContract;
import dev.headrace.testkit.Refusal;
import dev.headrace.testkit.Trial;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ApplyTest implements OperatorContract {
    private static final TensorValue PAIR = uint8("C", shape(2), 1, 2);

    private static Tensor halved(Tensor in, Apply.Maker out) {
        var halved = out.make(in.spec().withType(FLOAT32));
        for (long i = 0; i < in.shape().volume(); i++) {
            halved.float32(i, in.uint8(i) / 2f);
        }
        return halved;
    }

    @Override
    public List<Case> cases() {
        return List.of(
                new Case(
                        "a function that makes its result",
                        Apply.of(ApplyTest::halved),
                        PAIR,
                        float32("C", shape(2), 0.5, 1),
                        0),
                new Case(
                        "a function that gives back what it got",
                        Apply.of((in, _) -> in),
                        PAIR,
                        PAIR,
                        0),
                new Case(
                        "a function that gives what it got another shape",
                        Apply.of((in, _) -> in.as(in.spec().withLayout("W"))),
                        PAIR,
                        uint8("W", shape(2), 1, 2),
                        0));
    }

    private static Tensor recurse(Tensor in, Apply.Maker out) {
        return recurse(in, out);
    }

    @Override
    public boolean goesToJson() {
        return false;
    }

    @Override
    public List<Refusal> refusals() {
        return List.of(
                new Refusal(
                        "a function that throws",
                        Apply.of(
                                (_, _) -> {
                                    throw new IOException("disk gone");
                                }),
                        PAIR,
                        "the function given to Apply threw java.io.IOException: disk gone"),
                new Refusal(
                        "a function that dies with an Error",
                        Apply.of(ApplyTest::recurse),
                        PAIR,
                        "the function given to Apply threw java.lang.StackOverflowError"),
                new Refusal(
                        "a function that says itself what is wrong",
                        Apply.of(
                                (in, _) -> {
                                    throw new BadSample("too dark");
                                }),
                        PAIR,
                        "too dark"),
                new Refusal(
                        "a function that returns null",
                        Apply.of((_, _) -> null),
                        PAIR,
                        "the function given to Apply returned null"),
                new Refusal(
                        "a function that returns another tensor than it made",
                        Apply.of(
                                (in, out) -> {
                                    out.make(in.spec().withType(FLOAT32));
                                    return in;
                                }),
                        PAIR,
                        "the function given to Apply made FLOAT32 C 2 and returned another tensor,"
                                + " UINT8 C 2"),
                new Refusal(
                        "a function that makes two tensors",
                        Apply.of(
                                (in, out) -> {
                                    out.make(in.spec());
                                    return out.make(in.spec());
                                }),
                        PAIR,
                        "the function given to Apply threw java.lang.IllegalStateException: one"
                                + " tensor was made already, UINT8 C 2"),
                new Refusal(
                        "a function that writes to its input",
                        Apply.of(
                                (in, _) -> {
                                    in.uint8(0, 9);
                                    return in;
                                }),
                        PAIR,
                        "the function given to Apply threw java.lang.IllegalStateException: this"
                                + " tensor (UINT8 C 2) is an input: read only"));
    }

    @Test
    void keepsTheCause() {
        var cause = new AssertionError("no");
        var apply =
                Apply.of(
                        (_, _) -> {
                            throw cause;
                        });
        var trial = Trial.of(apply, List.of(List.of(PAIR)));
        var failure =
                assertThrows(BadSample.class, () -> trial.run(Options.batchSize(1).threads(1)));
        assertSame(cause, failure.getCause());
    }

    @Test
    void isNeverMerged() {
        assertEquals(Effect.PRIVATE, Apply.of((in, _) -> in).effect());
    }

    @Test
    void noRoomForTheResultIsNoBadSample() {
        var apply = Apply.of((in, out) -> out.make(in.spec().withShape(Shape.of(1L << 30))));
        var trial = Trial.of(apply, List.of(List.of(PAIR)));
        var options =
                Options.batchSize(1)
                        .threads(1)
                        .memoryLimit(1 << 20)
                        .badSamples(BadSamples.skip(10));
        assertThrows(NoRoom.class, () -> trial.run(options));
    }
}
