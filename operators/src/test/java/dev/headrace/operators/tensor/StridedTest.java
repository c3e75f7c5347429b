package dev.headrace.operators.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.headrace.operators.ChildJvm;
import dev.headrace.operators.Seeds;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StridedTest {
    private static final int ROUNDS = 2000;

    /// A random box: axes in any order in the source, some backwards, repeated or with gaps.
    private static final class Box {
        final Random random;
        final String what;
        final int width;
        final long[] extents;
        final long[] fromSteps;
        final long[] toSteps;
        final long start;
        final MemorySegment from;
        final MemorySegment to;

        Box(long seed) {
            random = Seeds.random(seed);
            width = 1 << random.nextInt(4);
            int rank = random.nextInt(5);
            extents = new long[rank];
            for (int axis = 0; axis < rank; axis++) {
                extents[axis] = 1 + random.nextInt(6);
            }
            if (rank > 0 && random.nextInt(3) == 0) {
                extents[random.nextInt(rank)] = 1 + random.nextInt(3000);
            }
            fromSteps = steps();
            toSteps = steps();
            long first = 0;
            for (int axis = 0; axis < rank; axis++) {
                switch (random.nextInt(8)) {
                    case 0 -> fromSteps[axis] = -fromSteps[axis];
                    case 1 -> fromSteps[axis] = 0;
                    default -> {}
                }
                first -= Math.min(0, fromSteps[axis] * (extents[axis] - 1));
            }
            start = first;
            from = random(room());
            to = random(room());
            what =
                    "seed %s: %s of %s bytes, by %s to %s"
                            .formatted(
                                    seed,
                                    Arrays.toString(extents),
                                    width,
                                    Arrays.toString(fromSteps),
                                    Arrays.toString(toSteps));
        }

        private long[] steps() {
            var order = new Integer[extents.length];
            Arrays.setAll(order, axis -> axis);
            if (random.nextBoolean()) {
                Collections.shuffle(Arrays.asList(order), random);
            }
            var steps = new long[extents.length];
            long step = width * (random.nextInt(3) > 0 ? 1 : 2);
            for (int axis : order) {
                steps[axis] = step;
                step *= extents[axis] + (random.nextInt(4) > 0 ? 0 : 1);
            }
            return steps;
        }

        private long room() {
            long elements = 1;
            for (long extent : extents) {
                elements *= extent + 1;
            }
            return 2 * elements * width;
        }

        private MemorySegment random(long bytes) {
            var all = new byte[(int) bytes];
            random.nextBytes(all);
            var memory = Arena.ofAuto().allocate(bytes);
            return memory.copyFrom(MemorySegment.ofArray(all));
        }

        /// What is expected, a byte at a time.
        void slowly(int axis, long read, long written, MemorySegment out) {
            if (axis == extents.length) {
                for (int i = 0; i < width; i++) {
                    out.set(
                            ValueLayout.JAVA_BYTE,
                            written + i,
                            from.get(ValueLayout.JAVA_BYTE, read + i));
                }
                return;
            }
            for (long i = 0; i < extents[axis]; i++) {
                slowly(axis + 1, read + i * fromSteps[axis], written + i * toSteps[axis], out);
            }
        }
    }

    @Test
    void movesTheElementsOfAnyBoxAndNothingElse() {
        for (long seed = 0; seed < ROUNDS; seed++) {
            var box = new Box(seed);
            var expected = Arena.ofAuto().allocate(box.to.byteSize()).copyFrom(box.to);
            box.slowly(0, box.start, 0, expected);
            Strided.copy(
                    box.from,
                    box.start,
                    box.fromSteps,
                    box.to,
                    0,
                    box.toSteps,
                    box.extents,
                    box.width);
            assertEquals(-1, expected.mismatch(box.to), box.what);
        }
    }

    private static void copy(MemorySegment from, long start, long step, MemorySegment to) {
        long[] extents = {4};
        Strided.copy(from, start, new long[] {step}, to, 0, new long[] {2}, extents, 2);
    }

    /// In a JVM of its own, which ends if it is not refused.
    static final class Careless {
        public static void main(String[] arguments) {
            var memory = Arena.ofAuto().allocate(16);
            var heap = MemorySegment.ofArray(new byte[16]);
            assertThrows(IllegalArgumentException.class, () -> copy(heap, 0, 2, memory));
            assertThrows(IllegalArgumentException.class, () -> copy(memory, 0, 2, heap));
            MemorySegment closed;
            try (var arena = Arena.ofConfined()) {
                closed = arena.allocate(1 << 20);
            }
            assertThrows(IllegalArgumentException.class, () -> copy(closed, 0, 2, memory));
            assertThrows(ArithmeticException.class, () -> copy(memory, 0, 1L << 62, memory));
            assertThrows(
                    ArithmeticException.class, () -> copy(memory, Long.MAX_VALUE - 5, 2, memory));
            long[] extents = {5}; // 4 steps are 2^64 bytes
            assertThrows(
                    ArithmeticException.class,
                    () ->
                            Strided.copy(
                                    memory,
                                    0,
                                    new long[] {1L << 62},
                                    memory,
                                    0,
                                    new long[] {2},
                                    extents,
                                    2));
            System.out.println("all refused");
        }
    }

    @Test
    void refusesMemoryWithoutAnAddressAndPlacesBeyondAnyMemory() throws Exception {
        var flags = List.of("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=/dev/null");
        var ended = ChildJvm.of(Careless.class).flags(flags.toArray(String[]::new)).run();
        assertEquals("all refused\n", ended.out(), ended::toString);
    }

    @Test
    void refusesABoxThatIsNotWithinItsMemory() {
        var eight = Arena.ofAuto().allocate(8);
        var seven = eight.asSlice(0, 7);
        copy(eight, 6, -2, eight.asSlice(0));
        assertThrows(IndexOutOfBoundsException.class, () -> copy(seven, 0, 2, eight));
        assertThrows(IndexOutOfBoundsException.class, () -> copy(eight, 0, 2, seven));
        assertThrows(IndexOutOfBoundsException.class, () -> copy(eight, 4, -2, eight));
        assertThrows(IndexOutOfBoundsException.class, () -> copy(eight, 0, 4, eight));
        assertThrows(IllegalArgumentException.class, () -> copy(eight, 0, 2, eight.asReadOnly()));
    }
}
