package dev.headrace.graph.trace;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import jdk.jfr.consumer.RecordedEvent;

/// One of our events, as it is drawn.
///
/// @param kind the last part of its type's name
/// @param start in ns since 1970
/// @param end in ns since 1970
/// @param arguments what the drawing tells of it
record TraceEvent(
        String kind,
        String pipeline,
        String lane,
        long start,
        long end,
        long iteration,
        long epoch,
        String name,
        Map<String, Object> arguments) {
    private static final String OURS = "dev.headrace.";
    private static final int LONGEST = 200;
    private static final Set<String> DRAWN =
            Set.of("startTime", "duration", "eventThread", "stackTrace", "pipeline", "lane");

    /// Whether an event is one of ours.
    static boolean isOurs(RecordedEvent event) {
        return event.getEventType().getName().startsWith(OURS) && event.hasField("pipeline");
    }

    static TraceEvent of(RecordedEvent event) {
        var kind = event.getEventType().getName().substring(OURS.length());
        var arguments = new LinkedHashMap<String, Object>();
        for (var field : event.getFields()) {
            if (!DRAWN.contains(field.getName())) {
                Object value = event.getValue(field.getName());
                if (says(value)) {
                    arguments.put(
                            field.getName(), value instanceof String text ? brief(text) : value);
                }
            }
        }
        var iteration = (Number) arguments.getOrDefault("iteration", -1);
        var epoch = (Number) arguments.getOrDefault("epoch", -1);
        var lane = event.getString("lane");
        return new TraceEvent(
                kind,
                brief(String.valueOf(event.getString("pipeline"))),
                lane == null ? TraceLanes.CONSUMER : brief(lane),
                nanos(event.getStartTime()),
                nanos(event.getEndTime()),
                iteration.longValue(),
                epoch.longValue(),
                name(kind, arguments),
                arguments);
    }

    private static boolean says(Object value) {
        return switch (value) {
            case Boolean flag -> flag;
            case Number number ->
                    number.doubleValue() >= 0 && Double.isFinite(number.doubleValue());
            case String _ -> true;
            case null, default -> false;
        };
    }

    private static String brief(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    private static long nanos(Instant time) {
        return time.getEpochSecond() * 1_000_000_000 + time.getNano();
    }

    private static String name(String kind, Map<String, Object> arguments) {
        return switch (kind) {
            case "OperatorCall", "PythonCall" -> String.valueOf(arguments.get("node"));
            case "Sample" -> "sample " + arguments.get("sample");
            case "Batch" -> "batch " + arguments.get("iteration");
            case "Wait" -> "waits " + arguments.get("reason");
            case "Copy" -> "copy of " + arguments.get("value");
            case "Iteration" -> {
                var outcome = String.valueOf(arguments.get("outcome"));
                yield "iteration "
                        + arguments.get("iteration")
                        + (outcome.equals("delivered") ? "" : ", " + outcome);
            }
            default -> kind;
        };
    }

    /// How many slices it may lie in. Where the clock is coarse, it begins so many ns later than
    /// they do, and ends earlier, so that viewers see which lies in which.
    private long inset() {
        int depth =
                switch (kind) {
                    case "OperatorCall" -> arguments.containsKey("sample") ? 1 : 0;
                    case "PythonCall" -> 1;
                    case "Copy", "Wait" -> 2;
                    default -> 0;
                };
        return Math.min(depth, (end - start) / 2);
    }

    /// When its slice begins, in ns.
    long sliceStart() {
        return start + inset();
    }

    /// When its slice ends, in ns.
    long sliceEnd() {
        return end - inset();
    }
}
