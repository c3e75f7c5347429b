package dev.headrace.graph.trace;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Numbers the pipelines of a trace as processes, and their lanes as threads.
final class TraceLanes {
    static final String CONSUMER = "consumer";

    private static final int FIRST_THREAD = 1001; // a thread of a process's number is its main one
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    /// A lane of a pipeline: both its numbers.
    record Lane(String pipeline, String name, int process, int thread) {}

    private final Map<String, Map<String, Lane>> lanes = new LinkedHashMap<>();
    private int threads;

    /// The lane of a name, numbered when it is first asked for.
    Lane of(String pipeline, String name) {
        var its = lanes.get(pipeline);
        if (its == null) {
            its = new LinkedHashMap<>();
            lanes.put(pipeline, its);
        }
        var known = its.get(name);
        if (known == null) {
            int process = its.isEmpty() ? lanes.size() : its.values().iterator().next().process();
            known = new Lane(pipeline, name, process, FIRST_THREAD + threads++);
            its.put(name, known);
        }
        return known;
    }

    /// The lanes of each pipeline from the top of the drawing down: the consumer, what waits for
    /// memory, the workers, all others.
    List<List<Lane>> sorted() {
        List<List<Lane>> sorted = new ArrayList<>();
        for (var its : lanes.values()) {
            var all = new ArrayList<>(its.values());
            all.sort(
                    Comparator.comparingInt((Lane lane) -> rank(lane.name()))
                            .thenComparing(lane -> byNumber(lane.name())));
            sorted.add(all);
        }
        return sorted;
    }

    private static int rank(String name) {
        return switch (name) {
            case CONSUMER -> 0;
            case "memory" -> 1;
            default -> name.startsWith("worker ") ? 2 : 3;
        };
    }

    /// So that `worker 10` comes after `worker 9`.
    private static String byNumber(String name) {
        return NUMBER.matcher(name)
                .replaceAll(number -> "%20s".formatted(number.group()).replace(' ', '0'));
    }
}
