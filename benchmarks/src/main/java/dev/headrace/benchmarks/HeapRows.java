package dev.headrace.benchmarks;

import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;

/// What runs of a pipeline that is warm took of the Java heap, and of the system.
final class HeapRows {
    private static final Goal BYTES = Goal.atMost(64 * 1024);
    private static final Goal MISSES = Goal.atMost(0);
    private static final Goal COLLECTING_PERCENT = Goal.atMost(0.1);

    private final List<JsonObject> runs = new ArrayList<>();

    /// Adds a run, as [HeapUse] tells it.
    void add(JsonObject run) {
        runs.add(run);
    }

    /// Forgets the runs so far.
    void clear() {
        runs.clear();
    }

    /// @param cores on which it ran
    List<Row> rows(String job, String cores) {
        var bytes = Spread.of(runs.stream().map(run -> number(run, "bytesPerBatch")).toList());
        double seconds = sum("seconds");
        double collecting = 100 * sum("collecting") / seconds;
        var over = ", in %,.0f s".formatted(seconds);
        return List.of(
                Row.alone(job, "heap bytes a batch", cores, bytes, "%,.0f", BYTES),
                Row.alone(
                        job,
                        "pool misses" + over,
                        cores,
                        Spread.of(List.of(sum("poolMisses"))),
                        "%.0f",
                        MISSES),
                Row.alone(
                        job,
                        "% of time collecting garbage" + over,
                        cores,
                        Spread.of(List.of(collecting)),
                        "%.3f",
                        COLLECTING_PERCENT));
    }

    private double sum(String name) {
        return runs.stream().mapToDouble(run -> number(run, name)).sum();
    }

    private static double number(JsonObject run, String name) {
        return run.get(name).getAsDouble();
    }
}
