package dev.headrace.graph.trace;

import java.util.LinkedHashMap;
import java.util.Map;

/// Writes the objects of the Trace Event Format, which Chrome's documents describe under that name:
/// one a line, each with a comma before it.
///
/// Times are written in µs since the trace's begin, to the ns.
final class TraceObjects {
    private static final String FLOW = "to batch";

    private final StringBuilder text = new StringBuilder();
    private final TraceLanes lanes;
    private final TraceLanes tracks = new TraceLanes(); // of iterations in flight
    private final long origin;

    /// @param origin the begin of the trace, in ns
    TraceObjects(TraceLanes lanes, long origin) {
        this.lanes = lanes;
        this.origin = origin;
    }

    /// What was written since it was taken last.
    String take() {
        var taken = text.toString();
        text.setLength(0);
        return taken;
    }

    // ---- what there is to write

    /// A span of time on a lane.
    void slice(TraceEvent event) {
        begin("X", event.name());
        string("cat", event.kind());
        at(lanes.of(event.pipeline(), event.lane()), event.sliceStart());
        name("dur");
        micros(event.sliceEnd() - event.sliceStart());
        arguments(event.arguments());
        end();
    }

    /// An arrow from the begin of a sample's slice to that of its batch's.
    ///
    /// @param number no other arrow has it
    void arrow(TraceEvent sample, long batchStart, long batchEnd, long number) {
        begin("s", FLOW);
        string("cat", FLOW);
        number("id", number);
        at(lanes.of(sample.pipeline(), sample.lane()), sample.sliceStart());
        end();
        begin("f", FLOW);
        string("cat", FLOW);
        number("id", number);
        string("bp", "e"); // it ends in the slice around it
        at(consumer(sample), Math.min(batchStart + 1, batchEnd)); // not before that has begun
        end();
    }

    /// An iteration in flight, and in it the time that it lay ready.
    void inFlight(TraceEvent iteration) {
        var told = new LinkedHashMap<>(iteration.arguments());
        long ready = told.remove("ready") instanceof Number nanos ? nanos.longValue() : 0;
        edge("b", iteration, iteration.name(), iteration.start(), told);
        if (ready > 0) {
            long since = Math.max(iteration.start(), iteration.end() - ready);
            edge("b", iteration, "ready", since, Map.of());
            edge("e", iteration, "ready", iteration.end(), Map.of());
        }
        edge("e", iteration, iteration.name(), iteration.end(), Map.of());
    }

    private void edge(
            String phase, TraceEvent event, String its, long time, Map<String, Object> told) {
        begin(phase, its);
        string("cat", event.kind());
        int track = tracks.of(event.pipeline(), event.lane()).thread();
        string("id", "0x" + Integer.toHexString(track));
        at(consumer(event), time);
        arguments(told);
        end();
    }

    /// Numbers that change with time, each drawn as a curve.
    void counters(TraceEvent event) {
        event.arguments()
                .forEach(
                        (its, value) -> {
                            begin("C", its);
                            at(consumer(event), event.start());
                            arguments(Map.of(its, value));
                            end();
                        });
    }

    /// Names and order of processes and threads.
    void names() {
        for (var its : lanes.sorted()) {
            var process = its.getFirst();
            meta("process_name", process, "name", process.pipeline());
            meta("process_sort_index", process, "sort_index", process.process());
            for (int place = 0; place < its.size(); place++) {
                meta("thread_name", its.get(place), "name", its.get(place).name());
                meta("thread_sort_index", its.get(place), "sort_index", place);
            }
        }
    }

    private void meta(String what, TraceLanes.Lane lane, String key, Object value) {
        begin("M", what);
        place(lane);
        arguments(Map.of(key, value));
        end();
    }

    private TraceLanes.Lane consumer(TraceEvent event) {
        return lanes.of(event.pipeline(), TraceLanes.CONSUMER);
    }

    // ---- how it is written

    private void begin(String phase, String its) {
        text.append(",\n{\"ph\":");
        quote(text, phase);
        string("name", its);
    }

    private void end() {
        text.append('}');
    }

    private void name(String its) {
        text.append(',');
        quote(text, its);
        text.append(':');
    }

    private void string(String its, String value) {
        name(its);
        quote(text, value);
    }

    private void number(String its, long value) {
        name(its);
        text.append(value);
    }

    private void place(TraceLanes.Lane lane) {
        number("pid", lane.process());
        number("tid", lane.thread());
    }

    private void at(TraceLanes.Lane lane, long time) {
        place(lane);
        name("ts");
        micros(time - origin);
    }

    private void micros(long nanos) {
        text.append(nanos / 1000).append('.');
        int rest = (int) (nanos % 1000);
        text.append((char) ('0' + rest / 100));
        text.append((char) ('0' + rest / 10 % 10));
        text.append((char) ('0' + rest % 10));
    }

    private void arguments(Map<String, Object> arguments) {
        name("args");
        char before = '{';
        for (var argument : arguments.entrySet()) {
            text.append(before);
            quote(text, argument.getKey());
            text.append(':');
            switch (argument.getValue()) {
                case Number number -> text.append(number);
                case Boolean flag -> text.append(flag);
                case Object other -> quote(text, other.toString());
            }
            before = ',';
        }
        text.append(before == '{' ? "{}" : "}");
    }

    /// Writes a text as JSON does. Half of a surrogate pair has no form in UTF-8, and is escaped.
    static void quote(StringBuilder to, String text) {
        to.append('"');
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            if (letter == '"' || letter == '\\') {
                to.append('\\').append(letter);
            } else if (letter < ' ' || Character.isSurrogate(letter)) {
                to.append("\\u").append(Integer.toHexString(0x10000 | letter), 1, 5);
            } else {
                to.append(letter);
            }
        }
        to.append('"');
    }
}
