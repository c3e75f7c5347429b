package dev.headrace.operators.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.headrace.operators.ChildJvm;
import dev.headrace.operators.Seeds;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// The form for vectors beside the plain one, to the bit.
class LoopsTest {
    private static final int ROUNDS = 400;
    private static final int MOST_PIXELS = 90;

    /// One round of random rows. Segments are just as large as needed, so that nothing beyond them
    /// is read or written.
    private static final class Round {
        final Random random;
        final String what;
        final int channels;
        final int width;
        final int n;
        final Arena arena = Arena.ofAuto();

        Round(long seed) {
            random = Seeds.random(seed);
            channels = random.nextBoolean() ? 3 : 1 + random.nextInt(5);
            width = 1 + random.nextInt(MOST_PIXELS);
            n = width * channels;
            what = "seed %s: %s pixels of %s channels".formatted(seed, width, channels);
        }

        /// Numbers around what an intensity is, and beyond.
        float[] numbers(int count) {
            var row = new float[count + Loops.SLACK];
            for (int i = 0; i < count; i++) {
                row[i] =
                        random.nextInt(8) == 0
                                ? random.nextInt(-2, 258)
                                : random.nextFloat(-40, 300);
            }
            return row;
        }

        MemorySegment bytes(int count) {
            var all = new byte[count];
            random.nextBytes(all);
            var segment = arena.allocate(count);
            MemorySegment.copy(all, 0, segment, ValueLayout.JAVA_BYTE, 0, count);
            return segment.asReadOnly();
        }
    }

    private static void assumeVectors() {
        assumeTrue(VectorLoops.bits() >= 256, "the vectors of this processor are too narrow");
    }

    /// Compares rows that both forms make.
    private static void sameRows(
            Function<Round, BiConsumer<Loops, float[]>> work, int mostNumbers) {
        assumeVectors();
        for (long seed = 0; seed < ROUNDS; seed++) {
            var round = new Round(seed);
            var loops = work.apply(round);
            var start = round.numbers(mostNumbers);
            var one = start.clone();
            var other = start.clone();
            loops.accept(new PlainLoops(), one);
            loops.accept(new VectorLoops(), other);
            // the slack may hold anything
            assertArrayEquals(
                    Arrays.copyOf(one, round.n), Arrays.copyOf(other, round.n), round.what);
        }
    }

    /// Compares memory that both forms fill.
    private static void sameBytes(
            Function<Round, BiConsumer<Loops, MemorySegment>> work, int bytesEach) {
        assumeVectors();
        for (long seed = 0; seed < ROUNDS; seed++) {
            var round = new Round(seed);
            var loops = work.apply(round);
            var one = round.arena.allocate((long) round.n * bytesEach);
            var other = round.arena.allocate((long) round.n * bytesEach);
            loops.accept(new PlainLoops(), one);
            loops.accept(new VectorLoops(), other);
            assertEquals(-1, one.mismatch(other), round.what);
        }
    }

    @Test
    void bothAddUpRowsAlike() {
        sameRows(
                round -> {
                    int count = 1 + round.random.nextInt(9);
                    int stride = round.n + round.random.nextInt(5);
                    var in = round.bytes(3 + stride * (count - 1) + round.n);
                    var weights = round.numbers(2 + count);
                    return (loops, row) ->
                            loops.addRows(in, 3, stride, weights, 2, count, row, round.n);
                },
                MOST_PIXELS * 5);
    }

    @Test
    void bothAddUpColumnsAlike() {
        sameRows(
                round -> {
                    int in = 1 + round.random.nextInt(2 * MOST_PIXELS);
                    var filter = Filter.values()[round.random.nextInt(Filter.values().length)];
                    var taps = Taps.of(Taps.Span.whole(in), round.width, filter, true);
                    var one = round.numbers(in * round.channels);
                    var other = round.numbers(in * round.channels);
                    boolean second = round.random.nextBoolean();
                    var rest = new float[MOST_PIXELS * 5 + Loops.SLACK];
                    return (loops, out) ->
                            loops.addColumns(
                                    one,
                                    other,
                                    taps,
                                    round.channels,
                                    second ? rest : out,
                                    second ? out : rest);
                },
                MOST_PIXELS * 5);
    }

    @Test
    void bothWidenAlike() {
        sameRows(
                round -> {
                    var in = round.bytes(5 + round.n);
                    return (loops, row) -> loops.widen(in, 5, row, round.n);
                },
                MOST_PIXELS * 5);
    }

    @Test
    void theMemoryOfAHugeRowIsGivenBackOnceOthersNeedLess() {
        var loops = new PlainLoops();
        int huge = 2 * Loops.LONG_ROW;
        try (var arena = Arena.ofConfined()) {
            var in = arena.allocate(huge);
            loops.widen(in, 0, Loops.atLeast(new float[0], huge), huge);
            assertTrue(loops.first.length >= huge, loops.first.length + " bytes");
            loops.widen(in, 0, Loops.atLeast(new float[0], 8), 8);
            assertTrue(loops.first.length < 1000, loops.first.length + " bytes");
        }
    }

    @Test
    void bothNormalizeAlike() {
        sameRows(
                round -> {
                    var mean = round.numbers(round.n);
                    var factor = round.numbers(round.n);
                    boolean rounded = round.random.nextBoolean();
                    return (loops, row) -> loops.normalize(row, rounded, mean, factor, round.n);
                },
                MOST_PIXELS * 5);
    }

    @Test
    void bothScaleAlike() {
        sameRows(
                round -> {
                    float factor = round.random.nextFloat(3);
                    float addend = round.random.nextFloat(-200, 200);
                    boolean rounded = round.random.nextBoolean();
                    return (loops, row) -> loops.scale(row, rounded, factor, addend, round.n);
                },
                MOST_PIXELS * 5);
    }

    @Test
    void bothNarrowAlike() {
        sameBytes(
                round -> {
                    var row = round.numbers(round.n);
                    return (loops, out) -> loops.narrow(row, out, 0, round.n);
                },
                1);
    }

    @Test
    void bothSplitAlike() {
        sameBytes(
                round -> {
                    var row = round.numbers(round.n);
                    boolean reversed = round.random.nextBoolean();
                    return (loops, out) ->
                            loops.split(
                                    row.clone(),
                                    round.channels,
                                    round.width,
                                    reversed,
                                    out,
                                    0,
                                    round.width);
                },
                4);
    }

    private static List<Loops> forms() {
        return LoopsChoice.HERE.vectors()
                ? List.of(new PlainLoops(), new VectorLoops())
                : List.of(new PlainLoops());
    }

    @Test
    void numbersAreRoundedHalvesUpAndClamped() {
        float[] numbers = {-1000, -0.6f, -0.5f, 0.49f, 0.5f, 1.5f, 254.49f, 254.5f, 255.5f, 1e6f};
        byte[] expected = {0, 0, 0, 0, 1, 2, (byte) 254, (byte) 255, (byte) 255, (byte) 255};
        int times = 8; // more than a vector has lanes
        var row = new float[times * numbers.length + Loops.SLACK];
        for (int i = 0; i < times * numbers.length; i++) {
            row[i] = numbers[i % numbers.length];
        }
        for (var loops : forms()) {
            var out = Arena.ofAuto().allocate((long) times * numbers.length);
            loops.narrow(row, out, 0, times * numbers.length);
            for (int i = 0; i < times * numbers.length; i++) {
                assertEquals(
                        expected[i % expected.length],
                        out.get(ValueLayout.JAVA_BYTE, i),
                        "of " + i);
            }
        }
    }

    @Test
    void theFormForVectorsRunsWhereTheJvmHasThem() {
        assertEquals(
                VectorLoops.bits() >= 256,
                LoopsChoice.HERE.description().startsWith("vectors of "));
        assertEquals(
                "plain loops (start Java with --add-modules jdk.incubator.vector for speed)",
                LoopsChoice.of(false, "mixed mode").description());
        assertEquals(
                "plain loops (the JVM runs without the compiler that vectors need)",
                LoopsChoice.of(true, "mixed mode, emulated-client, sharing").description());
        assertEquals(
                LoopsChoice.of(false, "mixed mode").description(),
                LoopsChoice.of(false, "interpreted mode").description());
    }

    /// One that takes a call for what the other does at once.
    private static Loops slow(Loops fast) {
        return (Loops)
                Proxy.newProxyInstance(
                        Loops.class.getClassLoader(),
                        new Class<?>[] {Loops.class},
                        (proxy, method, arguments) -> {
                            for (int i = 0; i < 20; i++) {
                                method.invoke(fast, arguments);
                            }
                            return null;
                        });
    }

    @Test
    void theWarmUpEndsWhenOneFormIsFaster() {
        assertTrue(WarmUp.becomesFaster(new PlainLoops(), slow(new PlainLoops())));
    }

    /// In a JVM as users start it who have not read that far.
    @Test
    void aJvmWithoutTheModuleRunsThePlainForm() throws Exception {
        var ended = ChildJvm.of(LoopsTest.class).run();
        assertEquals(0, ended.status(), ended::toString);
        assertEquals(LoopsChoice.of(false, "").description(), ended.out().strip());
    }

    /// As on all processors without AVX2, such as most of ARM.
    @Test
    void aJvmWithNarrowVectorsRunsThePlainForm() throws Exception {
        var ended =
                ChildJvm.of(LoopsTest.class)
                        .flags("--add-modules", "jdk.incubator.vector", "-XX:MaxVectorSize=16")
                        .run();
        assertEquals(0, ended.status(), ended::toString);
        assertEquals(
                "plain loops (vectors of 128 bits gain nothing)",
                ended.out().strip(),
                ended::toString);
    }

    /// The other JVM.
    static void main() {
        System.out.println(LoopsChoice.HERE.description());
        LoopsChoice.HERE
                .forWorker()
                .get()
                .widen(Arena.ofAuto().allocate(90), 0, new float[200], 90);
    }
}
