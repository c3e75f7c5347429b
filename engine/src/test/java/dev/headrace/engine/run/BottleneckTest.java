package dev.headrace.engine.run;

import static dev.headrace.engine.run.Reports.operator;
import static dev.headrace.engine.run.Reports.row;
import static dev.headrace.engine.run.Reports.source;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.run.Bottleneck.Kind;
import dev.headrace.engine.run.Report.Calls;
import dev.headrace.engine.run.Report.NodeRow;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What is said of reports written by hand, word for word, on both sides of each threshold.
class BottleneckTest {
    private static final String SAVES_HALF =
            " saves at most 50 % of the time (first batch and pauses left out)";

    private static void says(Kind kind, String sentence, Consumer<Reports> how) {
        var report = new Reports();
        how.accept(report);
        assertEquals(new Bottleneck(kind, sentence), report.build().bottleneck());
    }

    private static Kind kind(Consumer<Reports> how) {
        var report = new Reports();
        how.accept(report);
        return report.build().bottleneck().kind();
    }

    @Test
    void saysNothingBeforeTheTenthBatch() {
        says(
                Kind.NOT_YET_KNOWN,
                "too early to say what holds the run back: 9 batches so far, at least 10 are needed",
                run -> {
                    run.iterations = 11;
                    run.failures = 2;
                });
        assertEquals(
                Kind.OPERATOR,
                kind(
                        run -> {
                            run.iterations = 10;
                            run.nodes = List.of(operator("decode", 19_000));
                        }));
    }

    @Test
    void trainingIsTheSlowerSideWhereItHardlyWaits() {
        says(
                Kind.CONSUMER,
                "training is the slower side, with little to gain: a faster pipeline saves at most 4 %"
                        + " of the time (first batch and pauses left out)",
                run -> {
                    run.waited = 400;
                    run.worked = 9_600;
                    run.idle = 12_000;
                });
    }

    @Test
    void onBothSidesOfTheThresholdWhatIsSaidIsTrue() {
        says(
                Kind.CONSUMER,
                "training is the slower side, with little to gain: a faster pipeline saves at most 5 %"
                        + " of the time (first batch and pauses left out)",
                run -> {
                    run.waited = 499;
                    run.worked = 9_501;
                    run.nodes = List.of(operator("decode", 19_000));
                });
        says(
                Kind.OPERATOR,
                "decode (Trial) takes 100 % of worker time, and both workers are busy: make it"
                        + " cheaper, or move it to where there is less data, such as behind a crop,"
                        + " or add cores to those 2; that saves at most 5 % of the time (first batch"
                        + " and pauses left out)",
                run -> {
                    run.waited = 500;
                    run.worked = 9_500;
                    run.nodes = List.of(operator("decode", 19_000));
                });
    }

    @Test
    void aPauseIsNoTimeOfTraining() {
        assertEquals(
                Kind.OPERATOR,
                kind(
                        run -> { // 5 % of all, but half of the time in which there was a loop
                            run.waited = 500;
                            run.worked = 500;
                            run.paused = 90_000;
                            run.idle = 2 * 90_000;
                            run.nodes = List.of(operator("decode", 1_900));
                        }));
    }

    @Test
    void namesTheOperatorThatTakesMostOfTheWorkersTime() {
        says(
                Kind.OPERATOR,
                "decode (Trial) takes 71 % of worker time, and both workers are busy: make it"
                        + " cheaper, or move it to where there is less data, such as behind a crop,"
                        + " or add cores to those 2; that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 1_000;
                    run.nodes = List.of(operator("decode", 13_490), operator("crop", 5_510));
                });
    }

    @Test
    void anOperatorMaySayWhatHelps() {
        says(
                Kind.OPERATOR,
                "decode (Trial) takes 100 % of worker time, and both workers are busy: take the"
                        + " other decoder, or make it cheaper, or move it to where there is less"
                        + " data, such as behind a crop, or add cores to those 2; that"
                        + SAVES_HALF,
                run ->
                        run.nodes =
                                List.of(
                                        row(
                                                "decode",
                                                19_000,
                                                1,
                                                2,
                                                NodeRow.WORKER,
                                                Calls.BY_SAMPLE,
                                                false,
                                                "take the other decoder")));
    }

    @Test
    void moreThreadsAreAdvisedOnlyWhereThereAreCoresForThem() {
        says(
                Kind.OPERATOR,
                "decode (Trial) takes 100 % of worker time, and all 3 workers are busy: make it"
                        + " cheaper, or move it to where there is less data, such as behind a crop,"
                        + " or use threads(8), one a core; that"
                        + SAVES_HALF,
                run -> {
                    run.workers = 3;
                    run.processors = 8;
                    run.nodes = List.of(operator("decode", 29_000));
                });
        says(
                Kind.OPERATOR,
                "decode (Trial) takes 100 % of worker time, and the one worker is busy: make it"
                        + " cheaper, or move it to where there is less data, such as behind a crop,"
                        + " or add cores to the one; that"
                        + SAVES_HALF,
                run -> {
                    run.workers = 1;
                    run.processors = 1;
                    run.nodes = List.of(operator("decode", 9_900));
                });
    }

    @Test
    void namesAFewWhereNoneStandsOut() {
        says(
                Kind.OPERATOR,
                "both workers are busy, and no operator stands out (decode (Trial) 45 %, crop"
                        + " (Trial) 35 %, blur (Trial) 15 % of their time): make them cheaper, or"
                        + " add cores to those 2; that"
                        + SAVES_HALF,
                run ->
                        run.nodes =
                                List.of(
                                        operator("decode", 9_000),
                                        operator("crop", 7_000),
                                        operator("blur", 3_000),
                                        operator("flip", 1_000)));
    }

    @Test
    void aSourceThatWorkersReadMayWait() {
        says(
                Kind.SOURCE,
                "photos (Trial) takes 90 % of worker time, and both workers are busy: try faster"
                        + " storage or smaller files; where it waits more than it computes,"
                        + " threads(4) uses the cores better; that"
                        + SAVES_HALF,
                run -> run.nodes = List.of(source("photos", 18_000), operator("crop", 2_000)));
    }

    @Test
    void aSourceThatIsReadInOrderIsRuledByItsOwnTime() {
        var stream =
                row("lines", 9_000, 90, 95, NodeRow.VIRTUAL, Calls.BY_BATCH_IN_ORDER, true, "");
        says(
                Kind.SOURCE,
                "lines (Trial) is read one batch after the other, and that takes 90 % of the time:"
                        + " try faster storage or smaller files, do less in the source, or use one"
                        + " that reads by index, which all workers read; that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 15_000;
                    run.nodes = List.of(stream, operator("crop", 5_000));
                });
    }

    @Test
    void aThreadOfItsOwnIsRuledByAllThatRunsThere() {
        var one = row("jitter", 5_000, 50, 60, "python", Calls.BY_BATCH_IN_ORDER, false, "");
        var two = row("blur", 4_500, 45, 60, "python", Calls.BY_BATCH_IN_ORDER, false, "");
        says(
                Kind.SERIAL,
                "jitter (Trial) and blur (Trial) share the one thread \"python\", which is busy"
                        + " 95 % of the time, and more threads do not help: make them cheaper; that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 15_000;
                    run.nodes = List.of(one, two, operator("crop", 5_000));
                });
        assertEquals(
                Kind.PREFETCH,
                kind(
                        run -> {
                            run.idle = 15_000;
                            run.nodes = List.of(one, operator("crop", 5_000));
                        }));
    }

    @Test
    void whatWaitsInOrderIsRuledByItsOwnTime() {
        var function =
                row(
                        "jitter",
                        15_000,
                        150,
                        160,
                        NodeRow.VIRTUAL,
                        Calls.BY_BATCH_IN_ORDER,
                        false,
                        "run it in workers(2)");
        says(
                Kind.SERIAL,
                "jitter (Trial) takes batches in order, and is at it 100 % of the time: run it in"
                        + " workers(2), or make it cheaper, or let it have more batches at once by"
                        + " prefetch(4); that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 15_000;
                    run.nodes = List.of(function);
                });
    }

    @Test
    void aBatchOperatorOnOneWorkerLeavesTheOthersIdle() {
        var sum = row("sum", 9_500, 95, 99, NodeRow.WORKER, Calls.BY_BATCH_IN_ORDER, false, "");
        says(
                Kind.SERIAL,
                "sum (Trial) takes one batch after the other on one of 2 workers, 95 % of the time:"
                        + " make it cheaper, do in an operator on samples what needs no whole"
                        + " batch, or loop over the samples by context.forEach, which all workers"
                        + " share; that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 10_000;
                    run.nodes = List.of(sum);
                });
        assertEquals(
                Kind.OPERATOR,
                kind(
                        run -> {
                            run.idle = 100; // it has all workers help
                            run.nodes = List.of(sum);
                        }));
    }

    @Test
    void whatWorkersDoInALoopOfABatchOperatorIsWorkerTime() {
        var loop = row("blend", 14_000, 7_000, 95, 99, NodeRow.WORKER, Calls.BY_BATCH, false, "");
        says(
                Kind.OPERATOR,
                "blend (Trial) takes 70 % of worker time, and both workers are busy: make it"
                        + " cheaper, or move it to where there is less data, such as behind a crop,"
                        + " or add cores to those 2; that"
                        + SAVES_HALF,
                run -> run.nodes = List.of(loop, operator("decode", 6_000)));
        var python = row("python", 18_000, 12_000, 60, 70, "python", Calls.BY_BATCH, false, "");
        says(
                Kind.OPERATOR,
                "python (Trial) takes 80 % of worker time, and both workers are busy: make it"
                        + " cheaper, or move it to where there is less data, such as behind a crop,"
                        + " or add cores to those 2; that"
                        + SAVES_HALF,
                run -> run.nodes = List.of(python, operator("decode", 3_000)));
    }

    @Test
    void theMemoryLimitMayKeepBatchesFromBeginning() {
        says(
                Kind.MEMORY,
                "only the memory limit of 100.0 MiB kept the next batch from beginning 60 % of the"
                        + " time: raise memoryLimit, close retained batches earlier, or make"
                        + " batches smaller; that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 10_000;
                    run.memoryWait = 6_000;
                    run.nodes = List.of(operator("decode", 10_000));
                });
        assertEquals(
                Kind.OPERATOR,
                kind(
                        run -> { // while all workers are busy it costs nothing
                            run.memoryWait = 6_000;
                            run.nodes = List.of(operator("decode", 19_000));
                        }));
        assertEquals(
                Kind.PREFETCH,
                kind(
                        run -> { // less than half of the waiting
                            run.idle = 10_000;
                            run.memoryWait = 2_400;
                            run.nodes = List.of(operator("decode", 10_000));
                        }));
    }

    @Test
    void prefetchOfOneMakesNothingAhead() {
        says(
                Kind.PREFETCH,
                "training waits since prefetch(1) makes nothing"
                        + " ahead: prefetch(2) makes the next batch while this one is trained on; that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 10_000;
                    run.prefetch = 1;
                    run.restarted = 5_000;
                    run.nodes = List.of(operator("decode", 10_000));
                });
    }

    @Test
    void epochsThatBeginColdMayBeMostOfTheWaiting() {
        says(
                Kind.PREFETCH,
                "training waits mostly for the first batch of an epoch: epochs(n) or endless() make"
                        + " that while the epoch before is trained on; that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 10_000;
                    run.restarted = 2_500;
                    run.nodes = List.of(operator("decode", 10_000));
                });
    }

    @Test
    void whereNothingIsBusyMoreHasToBeUnderWay() {
        says(
                Kind.PREFETCH,
                "training waits, yet workers are busy for 50 %"
                        + " only: batches are under way longer than prefetch(2) makes up for, so"
                        + " try prefetch(4); that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 10_000;
                    run.nodes = List.of(operator("decode", 10_000));
                });
        says(
                Kind.PREFETCH,
                "training waits, yet workers are busy for 50 %"
                        + " only, while some samples of decode (Trial) take 40 times as long as"
                        + " most: batches are under way longer than prefetch(2) makes up for, so"
                        + " try prefetch(4); that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 10_000;
                    run.nodes =
                            List.of(
                                    row(
                                            "decode",
                                            10_000,
                                            1,
                                            40,
                                            NodeRow.WORKER,
                                            Calls.BY_SAMPLE,
                                            false,
                                            ""));
                });
        says(
                Kind.PREFETCH,
                "training waits, yet workers are busy for 0 % only,"
                        + " while fetch (Trial) takes 180.0 ms for a batch: batches are under way"
                        + " longer than prefetch(2) makes up for, so try prefetch(4); that"
                        + SAVES_HALF,
                run -> {
                    run.idle = 20_000;
                    run.nodes =
                            List.of(
                                    row(
                                            "fetch",
                                            18_000,
                                            180,
                                            200,
                                            NodeRow.VIRTUAL,
                                            Calls.BY_BATCH,
                                            false,
                                            ""));
                });
    }
}
