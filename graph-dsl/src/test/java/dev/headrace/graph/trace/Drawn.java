package dev.headrace.graph.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A trace that was read again, as strictly as any viewer reads it: what does not follow the Trace
/// Event Format fails.
final class Drawn {
    /// @param start in ns since the trace's begin
    /// @param end in ns since the trace's begin
    record Slice(String lane, String name, String kind, long start, long end, JsonObject args) {
        boolean contains(Slice inner) {
            return lane.equals(inner.lane) && start <= inner.start && inner.end <= end;
        }
    }

    /// From one slice to another.
    record Arrow(Slice from, Slice to) {}

    final JsonObject file;
    final Map<Long, String> pipelines = new TreeMap<>();
    final Map<String, Long> lanes = new HashMap<>(); // "pipeline/lane" to its place from the top
    final List<Slice> slices = new ArrayList<>();
    final List<Slice> inFlight = new ArrayList<>();
    final List<Arrow> arrows = new ArrayList<>();
    final List<JsonObject> counters = new ArrayList<>();
    private final Map<String, String> threads = new HashMap<>(); // "pid/tid" to "pipeline/lane"

    static Drawn read(Path json) throws IOException {
        try (var reader = new JsonReader(Files.newBufferedReader(json))) {
            reader.setStrictness(Strictness.STRICT);
            return new Drawn(JsonParser.parseReader(reader).getAsJsonObject());
        }
    }

    private Drawn(JsonObject file) {
        this.file = file;
        assertEquals(
                Set.of("traceEvents", "displayTimeUnit", "otherData"), file.keySet(), "the parts");
        assertEquals("ms", file.get("displayTimeUnit").getAsString());
        var events = new ArrayList<JsonObject>();
        file.getAsJsonArray("traceEvents").forEach(each -> events.add(each.getAsJsonObject()));
        events.forEach(event -> readNames(event));
        events.forEach(event -> readLane(event));
        for (var event : events) {
            switch (phase(event)) {
                case "X" -> slices.add(slice(event));
                case "C" -> counters.add(counter(event));
                case "M", "b", "e", "s", "f" -> {}
                default -> throw new AssertionError("an unknown phase: " + event);
            }
        }
        pairs(events);
        flows(events);
        checkNesting();
    }

    private static String phase(JsonObject event) {
        return event.get("ph").getAsString();
    }

    private void readNames(JsonObject event) {
        if (phase(event).equals("M") && event.get("name").getAsString().equals("process_name")) {
            var name = event.getAsJsonObject("args").get("name").getAsString();
            assertFalse(pipelines.containsValue(name), "each pipeline has one process: " + name);
            pipelines.put(event.get("pid").getAsLong(), name);
        }
    }

    private void readLane(JsonObject event) {
        if (!phase(event).equals("M")) {
            return;
        }
        var id = event.get("pid") + "/" + event.get("tid");
        var args = event.getAsJsonObject("args");
        var pipeline = pipelines.get(event.get("pid").getAsLong());
        switch (event.get("name").getAsString()) {
            case "thread_name" -> {
                var lane = pipeline + "/" + args.get("name").getAsString();
                assertFalse(threads.containsValue(lane), "each lane is one thread: " + lane);
                threads.put(id, lane);
            }
            case "thread_sort_index" ->
                    lanes.put(threads.get(id), args.get("sort_index").getAsLong());
            case "process_name", "process_sort_index" -> {}
            default -> throw new AssertionError("unknown metadata: " + event);
        }
    }

    private String lane(JsonObject event) {
        var lane = threads.get(event.get("pid") + "/" + event.get("tid"));
        assertNotNull(lane, () -> "its lane has a name: " + event);
        return lane;
    }

    /// Microseconds with three digits behind the point, in ns.
    private static long nanos(JsonObject event, String field) {
        var number = new BigDecimal(event.get(field).getAsString());
        assertTrue(number.signum() >= 0, () -> "time runs forward: " + event);
        return number.movePointRight(3).longValueExact();
    }

    private Slice slice(JsonObject event) {
        assertEquals(
                Set.of("ph", "name", "cat", "pid", "tid", "ts", "dur", "args"), event.keySet());
        long start = nanos(event, "ts");
        return new Slice(
                lane(event),
                event.get("name").getAsString(),
                event.get("cat").getAsString(),
                start,
                start + nanos(event, "dur"),
                event.getAsJsonObject("args"));
    }

    private JsonObject counter(JsonObject event) {
        nanos(event, "ts");
        for (var value : event.getAsJsonObject("args").asMap().values()) {
            assertTrue(value.getAsJsonPrimitive().isNumber(), () -> "a number: " + event);
        }
        return event;
    }

    /// Begins and ends of one track lie within each other, as they stand in the file.
    private void pairs(List<JsonObject> events) {
        var open = new HashMap<String, ArrayDeque<JsonObject>>();
        for (var event : events) {
            var id = event.has("id") ? event.get("pid") + "/" + event.get("id") : "";
            switch (phase(event)) {
                case "b" -> open.computeIfAbsent(id, _ -> new ArrayDeque<>()).push(event);
                case "e" -> {
                    var begin = open.get(id).pop();
                    assertEquals(begin.get("name"), event.get("name"), "the inner one ends first");
                    assertEquals(begin.get("cat"), event.get("cat"));
                    inFlight.add(
                            new Slice(
                                    pipelines.get(event.get("pid").getAsLong())
                                            + "/"
                                            + event.get("id").getAsString(),
                                    begin.get("name").getAsString(),
                                    begin.get("cat").getAsString(),
                                    nanos(begin, "ts"),
                                    nanos(event, "ts"),
                                    begin.getAsJsonObject("args")));
                }
                default -> {}
            }
        }
        open.values().forEach(left -> assertTrue(left.isEmpty(), () -> "all end: " + left));
    }

    private void flows(List<JsonObject> events) {
        var begins = new HashMap<Long, JsonObject>();
        for (var event : events) {
            if (phase(event).equals("s")) {
                assertEquals(null, begins.put(event.get("id").getAsLong(), event), "one number");
            }
        }
        var ended = new HashSet<Long>();
        for (var event : events) {
            if (phase(event).equals("f")) {
                long id = event.get("id").getAsLong();
                var begin = begins.get(id);
                assertTrue(ended.add(id), "an arrow ends once");
                assertEquals("e", event.get("bp").getAsString(), "it ends in the slice around it");
                assertEquals(begin.get("name"), event.get("name"));
                assertEquals(begin.get("cat"), event.get("cat"));
                assertTrue(nanos(begin, "ts") <= nanos(event, "ts"), "arrows lead forward");
                arrows.add(new Arrow(innermost(begin), innermost(event)));
            }
        }
        assertEquals(begins.keySet(), ended, "each arrow ends");
    }

    /// The slice that lies around a point on a lane and is the last to begin.
    private Slice innermost(JsonObject event) {
        long at = nanos(event, "ts");
        var lane = lane(event);
        return slices.stream()
                .filter(slice -> slice.lane.equals(lane) && slice.start <= at && at <= slice.end)
                .max(Comparator.comparingLong(Slice::start))
                .orElseThrow(() -> new AssertionError("in no slice: " + event));
    }

    /// Slices of a lane lie one within the other or one after the other.
    private void checkNesting() {
        nesting(slices);
        nesting(inFlight);
    }

    private static void nesting(List<Slice> all) {
        var byLane = new HashMap<String, List<Slice>>();
        all.forEach(slice -> byLane.computeIfAbsent(slice.lane, _ -> new ArrayList<>()).add(slice));
        for (var lane : byLane.values()) {
            lane.sort(
                    Comparator.comparingLong(Slice::start)
                            .thenComparing(Comparator.comparingLong(Slice::end).reversed()));
            var open = new ArrayDeque<Slice>();
            for (var slice : lane) {
                while (!open.isEmpty() && open.peek().end <= slice.start) {
                    open.pop();
                }
                assertTrue(
                        open.isEmpty() || slice.end <= open.peek().end,
                        () -> slice + " is half in " + open.peek());
                open.push(slice);
            }
        }
    }

    List<Slice> of(String kind) {
        return slices.stream().filter(slice -> slice.kind.equals(kind)).toList();
    }
}
