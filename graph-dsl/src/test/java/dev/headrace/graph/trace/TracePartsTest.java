package dev.headrace.graph.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What a trace is put together from: times, limits, lanes, texts.
class TracePartsTest {
    private static TraceEvent event(
            String kind, long start, long end, Map<String, Object> arguments) {
        return new TraceEvent(kind, "train", "worker 0", start, end, 0, 0, "n", arguments);
    }

    private static void checkWithin(TraceEvent inner, TraceEvent outer) {
        assertTrue(outer.sliceStart() <= inner.sliceStart(), () -> inner + " in " + outer);
        assertTrue(inner.sliceStart() <= inner.sliceEnd(), inner::toString);
        assertTrue(inner.sliceEnd() <= outer.sliceEnd(), () -> inner + " in " + outer);
    }

    @Test
    void whereTheClockIsCoarseASliceStillBeginsBeforeThoseInIt() {
        var sample = event("Sample", 1000, 2000, Map.of("sample", 3L));
        var call = event("OperatorCall", 1000, 2000, Map.of("sample", 3L));
        var whole = event("OperatorCall", 1000, 2000, Map.of());
        var python = event("PythonCall", 1000, 2000, Map.of());
        var copy = event("Copy", 1000, 2000, Map.of());
        assertEquals(List.of(1000L, 2000L), List.of(sample.sliceStart(), sample.sliceEnd()));
        assertEquals(List.of(1000L, 2000L), List.of(whole.sliceStart(), whole.sliceEnd()));
        assertEquals(List.of(1001L, 1999L), List.of(call.sliceStart(), call.sliceEnd()));
        assertEquals(List.of(1001L, 1999L), List.of(python.sliceStart(), python.sliceEnd()));
        assertEquals(List.of(1002L, 1998L), List.of(copy.sliceStart(), copy.sliceEnd()));
    }

    @Test
    void howeverShortASliceLiesWithinOneOfTheSameTime() {
        for (long end = 1000; end < 1010; end++) {
            var batch = event("Batch", 1000, end, Map.of());
            var call = event("OperatorCall", 1000, end, Map.of("sample", 3L));
            var copy = event("Copy", 1000, end, Map.of());
            checkWithin(call, batch);
            checkWithin(copy, batch);
            checkWithin(copy, call);
        }
    }

    @Test
    void theNewestThingsThatFitAreKept() {
        var sizes = new Newest();
        sizes.add(5_000, 10);
        sizes.add(6_000, 20);
        sizes.add(7_000, 30);
        sizes.add(4_000, 1); // earlier than the first: as old as that
        assertEquals(Long.MIN_VALUE, sizes.since(61));
        assertEquals(6_000, sizes.since(60));
        assertEquals(6_000, sizes.since(50));
        assertEquals(7_000, sizes.since(49));
        assertEquals(7_000, sizes.since(30));
        assertEquals(8_000, sizes.since(29), "nothing fits");
    }

    @Test
    void whateverTheTimesWhatIsKeptFits() {
        long seed = new Random().nextLong();
        var random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            var sizes = new Newest();
            var times = new ArrayList<Long>();
            long time = random.nextLong(1L << 50);
            long step = 1L << random.nextInt(40);
            for (int i = 0; i < 300; i++) {
                time += random.nextLong(step);
                times.add(time);
                sizes.add(time, 7);
            }
            long limit = random.nextLong(300 * 7);
            long since = sizes.since(limit);
            long kept = times.stream().filter(at -> at >= since).count();
            assertTrue(kept * 7 <= limit, "seed " + seed);
            // 16,384 spans of one width, at least half of them in use
            long span = Math.max(1000, 2 * (times.getLast() - times.getFirst()) / 16_000);
            long more = times.stream().filter(at -> at >= since - span).count();
            assertTrue(more * 7 > limit || more == 300, "seed " + seed);
        }
    }

    @Test
    void lanesAreInTheOrderThatPeopleCount() {
        var lanes = new TraceLanes();
        for (var name :
                List.of("python", "worker 10", "memory", "worker 9", "b (2)", "consumer", "b")) {
            lanes.of("train", name);
        }
        var first = lanes.of("validate", "worker 0");
        assertEquals(
                List.of("consumer", "memory", "worker 9", "worker 10", "b", "b (2)", "python"),
                lanes.sorted().getFirst().stream().map(TraceLanes.Lane::name).toList());
        assertEquals(List.of(first), lanes.sorted().getLast());
        assertEquals(1, lanes.of("train", "worker 9").process());
        assertEquals(2, first.process());
        assertEquals(8, lanes.sorted().stream().flatMap(List::stream).distinct().count());
    }

    @Test
    void anyTextIsWrittenSoThatItIsReadAsItWas() {
        for (int letter = 0; letter < 0x10000; letter++) {
            var text = "a" + (char) letter + "b";
            var quoted = new StringBuilder();
            TraceObjects.quote(quoted, text);
            assertEquals(text, JsonParser.parseString(quoted.toString()).getAsString());
        }
        var quoted = new StringBuilder();
        TraceObjects.quote(quoted, "\"\\\n\ud83d");
        assertEquals("\"\\\"\\\\\\u000a\\ud83d\"", quoted.toString());
    }
}
