package dev.headrace.operators.image;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/// Has the form of the loops for vectors compiled before it is used: in the interpreter, what the
/// Vector API does takes a hundred times as long as the plain form.
///
/// A thread in the background runs both until the form for vectors is the faster one, which takes a
/// second or two; where it never is, it is not used. Since both give the same bytes, nobody
/// notices.
final class WarmUp {
    private static final int PIXELS = 230; // no multiple of what a vector holds
    private static final int CHANNELS = 3;
    private static final int MOST_TAPS = 6;
    private static final int CALLS = 20;
    private static final int TIMES_FASTER = 5;
    private static final int MOST_ROUNDS = 10_000;

    /// How often it is asked whether it is done before it begins: {@value}, by all workers
    /// together.
    private static final int BEGINS_AFTER = 2000;

    private static final AtomicInteger ASKED = new AtomicInteger();
    private static volatile boolean done;

    private WarmUp() {}

    /// Whether the form for vectors is the faster one by now: asked once or twice an image.
    static boolean isDone() {
        if (!done && ASKED.get() < BEGINS_AFTER && ASKED.incrementAndGet() == BEGINS_AFTER) {
            // a thread that does not keep the JVM from ending
            Thread.ofPlatform()
                    .name("headrace warms vectors")
                    .daemon()
                    .start(() -> done = becomesFaster(new VectorLoops(), new PlainLoops()));
        }
        return done;
    }

    /// Runs two forms by turns until the first was faster several times running.
    ///
    /// @return false if it was not in many rounds
    static boolean becomesFaster(Loops one, Loops other) {
        try (var arena = Arena.ofConfined()) {
            var in = arena.allocate((long) PIXELS * CHANNELS * MOST_TAPS);
            var out = arena.allocate(4L * PIXELS * CHANNELS);
            var taps = new Taps[MOST_TAPS];
            for (int i = 1; i < taps.length; i++) {
                var row = Taps.Span.whole(PIXELS * i / 2);
                taps[i] = Taps.of(row, PIXELS, Filter.LINEAR, true);
            }
            int faster = 0;
            for (int round = 0; round < MOST_ROUNDS && faster < TIMES_FASTER; round++) {
                long ones = nanos(one, in, out, taps);
                faster = ones < nanos(other, in, out, taps) ? faster + 1 : 0;
            }
            return faster == TIMES_FASTER;
        }
    }

    private static long nanos(Loops loops, MemorySegment in, MemorySegment out, Taps[] taps) {
        int n = PIXELS * CHANNELS;
        var rows = new float[4][MOST_TAPS * n + Loops.SLACK];
        var weights = new float[MOST_TAPS];
        long before = System.nanoTime();
        for (int call = 0; call < CALLS; call++) {
            for (int count = 1; count <= MOST_TAPS; count++) {
                loops.addRows(in, 0, n, weights, 0, count, rows[0], n);
            }
            for (int i = 1; i < taps.length; i++) {
                loops.addColumns(rows[0], rows[1], taps[i], CHANNELS, rows[2], rows[3]);
            }
            loops.widen(in, 0, rows[0], n);
            loops.narrow(rows[0], out, 0, n);
            loops.normalize(rows[0], true, rows[1], rows[2], n);
            loops.scale(rows[0], true, 1, 0, n);
            loops.split(rows[0], CHANNELS, PIXELS, call % 2 == 0, out, 0, PIXELS);
        }
        return System.nanoTime() - before;
    }
}
