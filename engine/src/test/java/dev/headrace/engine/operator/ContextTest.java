package dev.headrace.engine.operator;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.Range;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.random.Keys;
import dev.headrace.engine.random.Philox;
import java.lang.foreign.Arena;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ContextTest {
    /// Draws by Philox, as the engine does; the first words are what a test says, if it does.
    private record Draws(long... words) implements Context {
        @Override
        public long bits(String draw, long index) {
            return words.length > 0
                    ? words[(int) index]
                    : Philox.bits(index, 0, Keys.draw(5, draw), 0);
        }

        @Override
        public Tensor tensor(Argument argument) {
            var value = ((Constant) argument).value();
            var memory = Arena.ofAuto().allocate(value.spec().bytes(), 8);
            memory.asByteBuffer().put(value.bytes());
            var owner =
                    new Storage() {
                        @Override
                        public String toString() {
                            return "the memory " + memory;
                        }
                    };
            return new Tensor(value.spec(), memory.address(), owner, false);
        }

        @Override
        public long iteration() {
            return 0;
        }

        @Override
        public long epoch() {
            return 0;
        }

        @Override
        public <T> T keep(Object key, Supplier<T> maker) {
            return maker.get();
        }
    }

    @Test
    void uniformNumbersAreTheUpper53Bits() {
        assertEquals(0, new Draws(0).uniform("x"));
        assertEquals(0, new Draws(0x7FF).uniform("x"));
        assertEquals(0x1p-53, new Draws(0x800).uniform("x"));
        assertEquals(0.5, new Draws(Long.MIN_VALUE).uniform("x"));
        assertEquals(1 - 0x1p-53, new Draws(-1).uniform("x"));
        assertEquals(0.5, new Draws(0, Long.MIN_VALUE).uniform("x", 1));
    }

    @Test
    void integersAreEvenBelowABound() {
        assertEquals(0, new Draws(0).integer("x", 10));
        assertEquals(9, new Draws(-1).integer("x", 10));
        assertEquals(5, new Draws(Long.MIN_VALUE).integer("x", 10));
        assertEquals(0, new Draws(-1).integer("x", 1));
        assertEquals(Long.MAX_VALUE - 1, new Draws(-1).integer("x", Long.MAX_VALUE));
    }

    @Test
    void normalNumbersFollowBoxAndMuller() {
        // sqrt(-2 ln 0.5) cos(2 pi 0.25 = 0) and cos(0): u is 1 minus the first draw
        assertEquals(0, new Draws(Long.MIN_VALUE, 1L << 62).normal("x"), 1e-15);
        assertEquals(1.1774100225154747, new Draws(Long.MIN_VALUE, 0).normal("x"), 1e-15);
        assertEquals(-1.1774100225154747, new Draws(Long.MIN_VALUE, 1L << 63).normal("x"), 1e-15);
        assertEquals(0, new Draws(0, 0).normal("x"), 1e-15);
        // the largest is that of the smallest u, 2^-53
        assertEquals(8.571674348652905, new Draws(-1, 0).normal("x"), 1e-14);
        assertEquals(new Draws(7, 8).normal("x"), new Draws(0, 0, 7, 8).normal("x", 1));
    }

    @Test
    void normalNumbersHaveMean0AndDeviation1() {
        var draws = new Draws();
        int count = 100_000;
        double sum = 0;
        double squares = 0;
        double fourth = 0;
        for (int i = 0; i < count; i++) {
            double number = draws.normal("x", i);
            sum += number;
            squares += number * number;
            fourth += Math.pow(number, 4);
        }
        // 4 standard errors: of the mean 1/sqrt(n), of the square sqrt(2/n), of the 4th sqrt(96/n)
        assertEquals(0, sum / count, 4 / Math.sqrt(count));
        assertEquals(1, squares / count, 4 * Math.sqrt(2.0 / count));
        assertEquals(3, fourth / count, 4 * Math.sqrt(96.0 / count));
    }

    @Test
    void anArgumentThatIsANumberHasOneElement() {
        var draws = new Draws();
        assertEquals(0.5, draws.number(Argument.of(0.5)));
        var one = TensorSpec.of(FLOAT32, "C", 1);
        assertEquals(7, draws.number(Argument.of(TensorValue.of(one, 7))));
        var three = TensorValue.of(TensorSpec.of(FLOAT32, "C", 3), 1, 2, 3);
        var refusal = assertThrows(BadSample.class, () -> draws.number(Argument.of(three)));
        assertEquals("an argument is a single number, got FLOAT32 C 3", refusal.getMessage());
    }

    @Test
    void anArgumentOutsideItsRangeIsABadSample() {
        var draws = new Draws();
        var range = Range.closed(0.0, 1.0);
        assertEquals(1, draws.number(Argument.of(1), range, "probability"));
        var refusal =
                assertThrows(
                        BadSample.class, () -> draws.number(Argument.of(2), range, "probability"));
        assertEquals("probability 2.0 is not in [0.0..1.0]", refusal.getMessage());
        assertThrows(
                BadSample.class, () -> draws.number(Argument.of(Double.NaN), range, "probability"));
    }
}
