package dev.headrace.engine.run;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.plan.Step;
import dev.headrace.engine.spec.BadSamples;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The account of what the consumer got and how it spent its time. Written by it, read by reports
/// from any thread.
final class Ledger {
    private final Resources resources;
    private final Flow flow;

    // all guarded by this
    private final List<String> errors = new ArrayList<>();
    private final List<Report.BadSampleRow> badSamples = new ArrayList<>();
    private long badSampleCount;
    private long iterations;
    private long samples;
    private long failures;
    private long firstAsked;
    private long asked;
    private long idleBefore;
    private long exposedNanos;
    private long readyNanos;
    private Doing doing = Doing.NOTHING_YET;
    private long since; // when it began, or was last added to the sums
    private boolean restarts = true; // the first wait, and that after each pause

    // without the first batch
    private long laterSamples;
    private long waitedNanos;
    private long workedNanos;
    private long restartedNanos;

    private long pausedNanos;

    /// What the consumer does now.
    private enum Doing {
        NOTHING_YET,
        WAITING,
        WORKING,
        PAUSING,
        CLOSED
    }

    Ledger(Resources resources, Flow flow) {
        this.resources = resources;
        this.flow = flow;
    }

    /// The consumer asks for a batch.
    synchronized void asks() {
        asked = System.nanoTime();
        if (doing == Doing.NOTHING_YET) {
            firstAsked = asked;
            idleBefore = resources.workers.idleNanos();
        }
        goesOn(Doing.WAITING, asked);
    }

    /// An iteration has come; the consumer works on its samples from now on.
    synchronized void delivers(Iteration iteration, int count) {
        comes(iteration, Doing.WORKING);
        samples += count;
        laterSamples += iterations > 1 ? count : 0;
    }

    /// An iteration has come that has failed.
    synchronized void fails(Iteration iteration, RuntimeException reason) {
        comes(iteration, Doing.PAUSING);
        failures++;
        if (errors.size() < Report.MOST_LISTED) {
            errors.add(String.valueOf(reason.getMessage()));
        }
    }

    private void comes(Iteration iteration, Doing next) {
        goesOn(next, System.nanoTime());
        restarts = false;
        readyNanos += Math.max(0, asked - iteration.doneNanos);
        iterations++;
    }

    /// The consumer has no batch of this pipeline, and waits for none.
    synchronized void pauses() {
        goesOn(Doing.PAUSING, System.nanoTime());
        restarts = true;
    }

    /// The consumer goes on, perhaps with nothing.
    synchronized void stopsWaiting() {
        if (doing == Doing.WAITING) {
            pauses();
        }
    }

    /// The pipeline is closed: its clock stops.
    synchronized void closes() {
        goesOn(Doing.CLOSED, System.nanoTime());
    }

    private void goesOn(Doing next, long now) {
        if (doing == Doing.CLOSED) {
            return;
        }
        long passed = now - since;
        switch (doing) {
            case WAITING -> {
                exposedNanos += passed;
                waitedNanos += iterations > 0 ? passed : 0;
                restartedNanos += iterations > 0 && restarts ? passed : 0;
            }
            case WORKING -> workedNanos += iterations > 1 ? passed : 0;
            case PAUSING -> pausedNanos += passed;
            case NOTHING_YET, CLOSED -> {}
        }
        doing = next;
        since = now;
    }

    /// A sample was skipped or replaced.
    ///
    /// @return how many there were in all
    long recovered(Iteration.Recovered sample) {
        var row = // without the lock: a source may take its time to name a sample
                new Report.BadSampleRow(
                        new SampleId(sample.epoch(), sample.position(), sample.attempt()),
                        sample.reason().getMessage(),
                        replacement(sample));
        synchronized (this) {
            if (badSamples.size() < Report.MOST_LISTED) {
                badSamples.add(row);
            }
            return ++badSampleCount;
        }
    }

    private Optional<String> replacement(Iteration.Recovered sample) {
        return resources.plan.options().badSamples() instanceof BadSamples.Skip
                ? resources.locator.nameOf(
                        sample.node(), sample.epoch(), sample.position(), sample.attempt() + 1)
                : Optional.empty();
    }

    /// How it has gone so far.
    Report report() {
        var rows = ImmutableList.<Report.NodeRow>builder();
        for (var step : resources.plan.steps()) {
            step.nodes().forEach(node -> rows.add(row(step, node)));
        }
        var options = resources.plan.options();
        var state = flow.state();
        synchronized (this) {
            goesOn(doing, System.nanoTime());
            boolean begun = firstAsked != 0;
            long idle = resources.workers.idleNanos(); // here: it is never below idleBefore
            return new Report(
                    resources.name(),
                    iterations,
                    samples,
                    failures,
                    Duration.ofNanos(begun ? since - firstAsked : 0),
                    Duration.ofNanos(exposedNanos),
                    Duration.ofNanos(readyNanos),
                    Duration.ofNanos(begun ? idle - idleBefore : 0),
                    Duration.ofNanos(state.memoryWaitNanos()),
                    new Report.Consumer(
                            laterSamples,
                            Duration.ofNanos(waitedNanos),
                            Duration.ofNanos(workedNanos),
                            Duration.ofNanos(restartedNanos),
                            Duration.ofNanos(pausedNanos)),
                    new Report.Setup(
                            options.threads(),
                            Runtime.getRuntime().availableProcessors(),
                            options.prefetch(),
                            options.memoryLimitBytes()),
                    state.ready(),
                    state.inFlight(),
                    Report.dearestFirst(rows.build()),
                    resources.meters.packedBytes(),
                    resources.pool.lentBytes(),
                    resources.pool.keptBytes(),
                    resources.pool.misses(),
                    resources.gpus.memory(),
                    ImmutableList.copyOf(errors),
                    ImmutableList.copyOf(badSamples),
                    badSampleCount,
                    doing == Doing.CLOSED,
                    resources.holders());
        }
    }

    private Report.NodeRow row(Step step, PlannedNode node) {
        var meters = resources.meters;
        var durations = meters.durations(node.index());
        var operator = node.operator();
        var helped = Duration.ofNanos(meters.helpedNanos(node.index()));
        return new Report.NodeRow(
                node.where().node(),
                node.where().kind(),
                Duration.ofNanos(meters.nanos(node.index())).plus(helped),
                helped,
                meters.samples(node.index()),
                meters.bytes(node.index()),
                durations.within(0.5),
                durations.within(0.99),
                step instanceof Step.Launch launch && !launch.inOrder()
                        ? launch.device().toString()
                        : operator instanceof BatchOperator<?> batch
                                ? thread(batch.runsOn())
                                : Report.NodeRow.WORKER,
                switch (step) {
                    case Step.Segment segment -> Report.Calls.BY_SAMPLE;
                    case Step.Batch _, Step.Launch _ ->
                            step.inOrder() ? Report.Calls.BY_BATCH_IN_ORDER : Report.Calls.BY_BATCH;
                },
                operator instanceof IndexedSource || operator instanceof SequentialSource,
                operator.remedy());
    }

    private static String thread(RunsOn runsOn) {
        return switch (runsOn) {
            case RunsOn.Worker() -> Report.NodeRow.WORKER;
            case RunsOn.Virtual() -> Report.NodeRow.VIRTUAL;
            case RunsOn.Thread(var name) -> name;
        };
    }
}
