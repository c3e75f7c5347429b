package dev.headrace.engine.operator;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.Range;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import org.junit.jupiter.api.Test;

class ArgumentTest {
    private static final Range<Double> FRACTION = Range.closed(0.0, 1.0);

    private static String refusal(Argument argument) {
        return assertThrows(
                        IllegalArgumentException.class,
                        () -> Argument.checked(argument, FRACTION, "probability"))
                .getMessage();
    }

    @Test
    void constantsAreCheckedWhenAnOperatorIsMade() {
        var half = Argument.of(0.5);
        assertSame(half, Argument.checked(half, FRACTION, "probability"));
        assertEquals("probability 1.5 is not in [0.0..1.0]", refusal(Argument.of(1.5)));
        assertEquals("probability NaN is not in [0.0..1.0]", refusal(Argument.of(Double.NaN)));
        assertEquals("probability is missing", refusal(null));
    }

    @Test
    void everyElementOfAConstantIsChecked() {
        var spec = TensorSpec.of(FLOAT32, "C", 3);
        var good = Argument.of(TensorValue.of(spec, 0, 0.5, 1));
        assertSame(good, Argument.checked(good, FRACTION, "probability"));
        assertEquals(
                "probability -1.0 is not in [0.0..1.0]",
                refusal(Argument.of(TensorValue.of(spec, 0, -1, 2))));
    }

    @Test
    void valuesOfNodesAreNotKnownYet() {
        var slot = new Input(3);
        assertSame(slot, Argument.checked(slot, FRACTION, "probability"));
        var ref = new Ref() {};
        assertSame(ref, Argument.checked(ref, FRACTION, "probability"));
    }

    @Test
    void constantsCompareByContent() {
        assertEquals(Argument.of(0.5), Argument.of(TensorValue.of(0.5)));
        assertNotEquals(Argument.of(0.5), Argument.of(0.25));
        assertEquals("0.5", Argument.of(0.5).toString());
        assertEquals("input 3", new Input(3).toString());
        assertThrows(NullPointerException.class, () -> new Constant(null));
        assertThrows(IllegalArgumentException.class, () -> new Input(-1));
    }
}
