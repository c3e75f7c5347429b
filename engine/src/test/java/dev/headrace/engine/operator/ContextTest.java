package dev.headrace.engine.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import java.lang.foreign.Arena;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ContextTest {
    /// Draws the bits that it was given, and has one tensor for all arguments.
    private record Fixed(long even, long odd, Tensor argument) implements Context {
        @Override
        public long iteration() {
            return 0;
        }

        @Override
        public long epoch() {
            return 0;
        }

        @Override
        public long bits(String draw, long index) {
            return index % 2 == 0 ? even : odd;
        }

        @Override
        public Tensor tensor(Argument any) {
            return argument;
        }

        @Override
        public <T> T keep(Object key, Supplier<T> maker) {
            return maker.get();
        }
    }

    private static Context drawing(long even, long odd) {
        return new Fixed(even, odd, null);
    }

    @Test
    void uniformNumbersReachFrom0ToJustBelow1() {
        assertEquals(0, drawing(0x7FF, 0).uniform("x"));
        assertEquals(0.5, drawing(Long.MIN_VALUE, 0).uniform("x"));
        assertEquals(1 - 0x1p-53, drawing(-1, 0).uniform("x"));
    }

    @Test
    void wholeNumbersReachFrom0ToJustBelowTheBound() {
        assertEquals(0, drawing(0, 0).integer("x", 10));
        assertEquals(5, drawing(Long.MIN_VALUE, 0).integer("x", 10));
        assertEquals(9, drawing(-1, 0).integer("x", 10));
    }

    /// The radius is √(-2·ln(1 - u)), the angle 2π·v: u = 1/2 gives √(2·ln 2).
    @Test
    void normalNumbersAreFiniteAtTheEndsOfTheRange() {
        double radius = Math.sqrt(2 * Math.log(2));
        assertEquals(0, drawing(0, 0).normal("x"), 1e-15);
        assertEquals(radius, drawing(Long.MIN_VALUE, 0).normal("x"), 1e-15);
        assertEquals(-radius, drawing(Long.MIN_VALUE, Long.MIN_VALUE).normal("x"), 1e-15);
        assertEquals(0, drawing(Long.MIN_VALUE, 1L << 62).normal("x"), 1e-15);
        assertEquals(Math.sqrt(106 * Math.log(2)), drawing(-1, 0).normal("x"), 1e-14);
    }

    @Test
    void refusesArgumentsOutOfRangeOrOfSeveralElements() {
        try (var arena = Arena.ofConfined()) {
            var spec = new TensorSpec(ElementType.FLOAT32, Shape.of(1), "");
            var memory = arena.allocate(8);
            var one = new Tensor(spec, memory.address(), Storage.permanent("a test"), true);
            one.float32(0, 1.5f);
            var context = new Fixed(0, 0, one);
            var input = new Input(0);
            assertEquals(1.5, context.number(input, Range.closed(0.0, 2.0), "angle"));
            var outside =
                    assertThrows(
                            BadSample.class,
                            () -> context.number(input, Range.closed(0.0, 1.0), "angle"));
            assertEquals("angle 1.5 is not in [0.0..1.0]", outside.getMessage());
            var two = new Fixed(0, 0, one.as(new TensorSpec(ElementType.UINT8, Shape.of(2), "")));
            var several = assertThrows(BadSample.class, () -> two.number(input));
            assertEquals("an argument is a single number, got UINT8 2", several.getMessage());
        }
    }
}
