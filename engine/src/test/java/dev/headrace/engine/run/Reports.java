package dev.headrace.engine.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.run.Report.BadSampleRow;
import dev.headrace.engine.run.Report.Calls;
import dev.headrace.engine.run.Report.NodeRow;
import java.time.Duration;
import java.util.List;

/// Reports written by hand: a run of 100 batches on 2 workers and 2 cores, in which the consumer
/// waited for half of 10 seconds, unless a test says otherwise. Times are in milliseconds.
final class Reports {
    long iterations = 100;
    long failures = 0;
    long waited = 5_000;
    long worked = 5_000;
    long paused = 0;
    long restarted = 0;
    long idle = 0;
    long memoryWait = 0;
    int workers = 2;
    int processors = 2;
    int prefetch = 2;
    List<NodeRow> nodes = List.of();
    List<String> errors = List.of();
    List<BadSampleRow> badSamples = List.of();

    /// An operator on samples, on workers.
    static NodeRow operator(String name, long time) {
        return row(name, time, 1, 2, NodeRow.WORKER, Calls.BY_SAMPLE, false, "");
    }

    /// A source that workers read.
    static NodeRow source(String name, long time) {
        return row(name, time, 1, 2, NodeRow.WORKER, Calls.BY_SAMPLE, true, "");
    }

    static NodeRow row(
            String name,
            long time,
            long median,
            long p99,
            String thread,
            Calls calls,
            boolean source,
            String remedy) {
        return row(name, time, 0, median, p99, thread, calls, source, remedy);
    }

    static NodeRow row(
            String name,
            long time,
            long helped,
            long median,
            long p99,
            String thread,
            Calls calls,
            boolean source,
            String remedy) {
        return new NodeRow(
                name,
                "Trial",
                Duration.ofMillis(time),
                Duration.ofMillis(helped),
                6400,
                1 << 20,
                Duration.ofMillis(median),
                Duration.ofMillis(p99),
                thread,
                calls,
                source,
                remedy);
    }

    Report build() {
        return new Report(
                "train",
                iterations,
                64 * iterations,
                failures,
                Duration.ofMillis(waited + worked + paused),
                Duration.ofMillis(waited),
                Duration.ZERO,
                Duration.ofMillis(idle),
                Duration.ofMillis(memoryWait),
                new Report.Consumer(
                        64 * (iterations - 1),
                        Duration.ofMillis(waited),
                        Duration.ofMillis(worked),
                        Duration.ofMillis(restarted),
                        Duration.ofMillis(paused)),
                new Report.Setup(workers, processors, prefetch, 100 << 20),
                1,
                2,
                Report.dearestFirst(ImmutableList.copyOf(nodes)),
                3 << 20,
                96,
                1_500,
                21,
                ImmutableList.of(),
                ImmutableList.copyOf(errors),
                ImmutableList.copyOf(badSamples),
                badSamples.size(),
                false,
                ImmutableMap.of());
    }
}
