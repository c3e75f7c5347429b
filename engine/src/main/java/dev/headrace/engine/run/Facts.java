package dev.headrace.engine.run;

import dev.headrace.engine.run.Report.Calls;
import dev.headrace.engine.run.Report.NodeRow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// What a report says in shares of the time in which the consumer waited or worked, 0 to 1.
///
/// @param report the report
record Facts(Report report) {
    /// A node that takes less than this share of worker time does not stand out: {@value}.
    private static final double STANDS_OUT = 0.4;

    private static final int MOST_NAMED = 3;

    /// Samples that take so many times the median make others wait: {@value}.
    private static final double RAGGED = 10;

    /// Operators that take one batch after the other.
    ///
    /// @param nodes those of one thread, the dearest first
    /// @param busy the share of time in which one of them ran
    record InOrder(List<NodeRow> nodes, double busy) {}

    long batches() {
        return report.iterations() - report.failures();
    }

    /// The share of time in which the consumer stood still, after the first batch.
    double exposed() {
        var consumer = report.consumer();
        return share(consumer.waited(), consumer.waited().plus(consumer.worked()).toNanos());
    }

    /// Likewise, for the first batches after pauses.
    double restarted() {
        var consumer = report.consumer();
        return share(consumer.restarted(), consumer.waited().plus(consumer.worked()).toNanos());
    }

    double memoryWait() {
        return share(report.memoryWait(), running());
    }

    /// The share of time in which workers had something to do. In pauses they have nothing.
    double workersBusy() {
        double pausing = (double) report.consumer().paused().toNanos() * report.workers();
        double idle = Math.max(0, report.idle().toNanos() - pausing);
        return Math.max(0, 1 - idle / Math.max(1, running() * (double) report.workers()));
    }

    private long running() {
        return report.wall().minus(report.consumer().paused()).toNanos();
    }

    private static double share(Duration part, long whole) {
        return whole <= 0 ? 0 : (double) part.toNanos() / whole;
    }

    /// The thread, or the node on any, that takes one batch after the other and is busiest. A node
    /// on a worker does not count while all workers are busy: then it is one of them.
    InOrder busiestInOrder() {
        Map<String, List<NodeRow>> alone = new LinkedHashMap<>();
        for (var row : report.nodes()) {
            boolean onWorker = row.thread().equals(NodeRow.WORKER);
            boolean shared = onWorker || row.thread().equals(NodeRow.VIRTUAL);
            if (shared && row.calls() != Calls.BY_BATCH_IN_ORDER) {
                continue;
            }
            if (onWorker && report.workers() > 1 && workersBusy() >= Bottleneck.BUSY) {
                continue;
            }
            var key = shared ? row.thread() + " " + row.name() : row.thread();
            alone.computeIfAbsent(key, absent -> new ArrayList<>()).add(row);
        }
        return alone.values().stream()
                .map(rows -> new InOrder(rows, share(sum(rows, NodeRow::called), running())))
                .max(Comparator.comparingDouble(InOrder::busy))
                .orElse(new InOrder(List.of(), 0));
    }

    private static Duration sum(List<NodeRow> rows, Function<NodeRow, Duration> time) {
        return rows.stream().map(time).reduce(Duration.ZERO, Duration::plus);
    }

    /// The nodes that workers spend most of their time in: one that stands out, or a few; none if
    /// nothing runs on them.
    List<NodeRow> dearest() {
        var rows = onWorkers();
        boolean several =
                rows.size() > 1
                        && (share(rows.get(0)) < STANDS_OUT
                                || share(rows.get(0)) < 1.5 * share(rows.get(1)));
        return rows.subList(0, Math.min(several ? MOST_NAMED : 1, rows.size()));
    }

    private List<NodeRow> onWorkers() {
        return report.nodes().stream()
                .filter(row -> row.thread().equals(NodeRow.WORKER) || row.helped().isPositive())
                .sorted(Comparator.comparing(NodeRow::onWorkers).reversed())
                .toList();
    }

    /// The share of worker time that a node takes.
    double share(NodeRow row) {
        return share(row.onWorkers(), sum(onWorkers(), NodeRow::onWorkers).toNanos());
    }

    /// A node that takes much of the time, and some of whose samples take far longer than most.
    Optional<NodeRow> ragged() {
        long much = running() * report.workers() / 5;
        return dearest().stream()
                .filter(row -> row.time().toNanos() >= much && raggedness(row) >= RAGGED)
                .findFirst();
    }

    static double raggedness(NodeRow row) {
        return row.calls() == Calls.BY_SAMPLE && row.median().isPositive()
                ? (double) row.p99().toNanos() / row.median().toNanos()
                : 0;
    }

    /// The batch operator that takes most of the time, if it takes half of it.
    Optional<NodeRow> slowest() {
        return report.nodes().stream()
                .filter(row -> row.calls() != Calls.BY_SAMPLE)
                .max(Comparator.comparing(NodeRow::called))
                .filter(row -> share(row.called(), running()) >= 0.5);
    }
}
