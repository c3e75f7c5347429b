package dev.headrace.engine.run;

import dev.headrace.engine.run.Report.NodeRow;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What holds a run back, and what to try.
///
/// @param kind what it is
/// @param sentence for people, with numbers, in terms of what they can change
public record Bottleneck(Kind kind, String sentence) {
    /// What can hold a run back.
    public enum Kind {
        /// Too few batches to say.
        NOT_YET_KNOWN,
        /// Training itself: the pipeline is the faster side.
        CONSUMER,
        /// A source.
        SOURCE,
        /// Operators, which keep all workers busy.
        OPERATOR,
        /// An operator that takes one batch after the other, as a Python function does.
        SERIAL,
        /// The memory limit.
        MEMORY,
        /// Too little is begun ahead.
        PREFETCH
    }

    /// Batches before anything is said: {@value}.
    static final int ENOUGH_BATCHES = 10;

    /// Standing still for less than this share of the time is not worth a change: {@value}.
    static final double LITTLE = 0.05;

    /// What is busy for this share of the time has nothing left to give: {@value}.
    static final double BUSY = 0.8;

    /// What is busy for more than so many times the time has more than one batch at once: {@value}.
    private static final double SEVERAL_AT_ONCE = 1.2;

    /// The rules, the first that fits.
    static Bottleneck of(Report report) {
        var facts = new Facts(report);
        if (facts.batches() < ENOUGH_BATCHES) {
            return notYetKnown(facts);
        }
        if (facts.exposed() < LITTLE) {
            return consumer(facts);
        }
        var advice = advice(facts);
        return say(advice.kind(), "%s; that %s", advice.sentence(), gain(facts));
    }

    private static Bottleneck advice(Facts facts) {
        var serial = facts.busiestInOrder();
        if (serial.busy() >= BUSY) {
            return serial(facts, serial);
        }
        if (facts.workersBusy() >= BUSY && !facts.dearest().isEmpty()) {
            return workers(facts);
        }
        if (facts.memoryWait() >= facts.exposed() / 2) {
            return memory(facts);
        }
        if (facts.report().setup().prefetch() == 1) {
            return nothingAhead();
        }
        return facts.restarted() >= facts.exposed() / 2 ? restarts() : tooLittleAhead(facts);
    }

    private static Bottleneck notYetKnown(Facts facts) {
        return say(
                Kind.NOT_YET_KNOWN,
                "too early to say what holds the run back: %d batches so far, at least %d are needed",
                facts.batches(),
                ENOUGH_BATCHES);
    }

    private static Bottleneck consumer(Facts facts) {
        return say(
                Kind.CONSUMER,
                "training is the slower side, with little to gain: a faster pipeline %s",
                gain(facts));
    }

    /// What no advice exceeds: all the time in which training stood still, as far as it is known
    /// without what is slow once.
    private static String gain(Facts facts) {
        return "saves at most "
                + percent(facts.exposed())
                + " of the time (first batch and pauses left out)";
    }

    private static Bottleneck serial(Facts facts, Facts.InOrder slow) {
        var first = slow.nodes().getFirst();
        if (first.source()) {
            return say(
                    Kind.SOURCE,
                    "%s is read one batch after the other, and that takes %s of the time: %s",
                    first.title(),
                    percent(slow.busy()),
                    withRemedy(
                            first,
                            "try faster storage or smaller files, do less in the source, or use one"
                                    + " that reads by index, which all workers read"));
        }
        return switch (first.thread()) {
            case NodeRow.WORKER -> onOneWorker(facts, slow, first);
            case NodeRow.VIRTUAL -> inOrder(facts, slow, first);
            default -> onOneThread(slow, first);
        };
    }

    private static Bottleneck onOneWorker(Facts facts, Facts.InOrder slow, NodeRow row) {
        int workers = facts.report().workers();
        return say(
                Kind.SERIAL,
                "%s takes one batch after the other on %s, %s of the time: %s%s",
                row.title(),
                workers == 1 ? "the one worker" : "one of " + workers + " workers",
                percent(slow.busy()),
                withRemedy(row, "make it cheaper"),
                workers == 1
                        ? ""
                        : ", do in an operator on samples what needs no whole batch, or loop over"
                                + " the samples by context.forEach, which all workers share");
    }

    private static Bottleneck inOrder(Facts facts, Facts.InOrder slow, NodeRow row) {
        return say(
                Kind.SERIAL,
                "%s takes batches in order, and is at it %s of the time: %s%s",
                row.title(),
                percent(slow.busy()),
                withRemedy(row, "make it cheaper"),
                slow.busy() > SEVERAL_AT_ONCE
                        ? ", or let it have more batches at once by prefetch("
                                + 2 * facts.report().setup().prefetch()
                                + ")"
                        : "");
    }

    private static Bottleneck onOneThread(Facts.InOrder slow, NodeRow row) {
        boolean one = slow.nodes().size() == 1;
        return say(
                Kind.SERIAL,
                "%s %s the one thread \"%s\", which is busy %s of the time, and more threads do not"
                        + " help: %s",
                titles(slow.nodes()),
                one ? "runs on" : "share",
                row.thread(),
                percent(slow.busy()),
                withRemedy(row, "make " + (one ? "it" : "them") + " cheaper"));
    }

    private static Bottleneck workers(Facts facts) {
        var dear = facts.dearest();
        if (dear.size() > 1) {
            var shares = dear.stream().map(row -> row.title() + " " + percent(facts.share(row)));
            return say(
                    Kind.OPERATOR,
                    "%s, and no operator stands out (%s of their time): make them cheaper%s",
                    areBusy(facts),
                    shares.collect(Collectors.joining(", ")),
                    moreThreads(facts));
        }
        var row = dear.getFirst();
        var takes = row.title() + " takes " + percent(facts.share(row)) + " of worker time, and ";
        return row.source()
                ? say(
                        Kind.SOURCE,
                        "%s%s: %s%s",
                        takes,
                        areBusy(facts),
                        withRemedy(row, "try faster storage or smaller files"),
                        moreThreadsThatWait(facts))
                : say(
                        Kind.OPERATOR,
                        "%s%s: %s%s",
                        takes,
                        areBusy(facts),
                        withRemedy(
                                row,
                                "make it cheaper, or move it to where there is less data, such as"
                                        + " behind a crop"),
                        moreThreads(facts));
    }

    private static String areBusy(Facts facts) {
        int workers = facts.report().workers();
        return switch (workers) {
            case 1 -> "the one worker is busy";
            case 2 -> "both workers are busy";
            default -> "all " + workers + " workers are busy";
        };
    }

    private static String moreThreads(Facts facts) {
        int processors = facts.report().setup().processors();
        return facts.report().workers() < processors
                ? ", or use threads(" + processors + "), one a core"
                : ", or add cores to " + (processors == 1 ? "the one" : "those " + processors);
    }

    /// What waits for a disk takes no core meanwhile.
    private static String moreThreadsThatWait(Facts facts) {
        int processors = facts.report().setup().processors();
        return facts.report().workers() < processors
                ? moreThreads(facts)
                : "; where it waits more than it computes, threads("
                        + 2 * facts.report().workers()
                        + ") uses the cores better";
    }

    private static Bottleneck memory(Facts facts) {
        return say(
                Kind.MEMORY,
                "only the memory limit of %s kept the next batch from beginning %s of the time:"
                        + " raise memoryLimit, close retained batches earlier, or make batches"
                        + " smaller",
                ReportText.bytes(facts.report().memoryLimitBytes()),
                percent(facts.memoryWait()));
    }

    private static Bottleneck restarts() {
        return say(
                Kind.PREFETCH,
                "training waits mostly for the first batch of an epoch: epochs(n) or endless() make"
                        + " that while the epoch before is trained on");
    }

    private static Bottleneck nothingAhead() {
        return say(
                Kind.PREFETCH,
                "training waits since prefetch(1) makes nothing ahead: prefetch(2) makes the next"
                        + " batch while this one is trained on");
    }

    private static Bottleneck tooLittleAhead(Facts facts) {
        int prefetch = facts.report().setup().prefetch();
        return say(
                Kind.PREFETCH,
                "training waits, yet workers are busy for %s only%s: batches are under way longer"
                        + " than prefetch(%d) makes up for, so try prefetch(%d)",
                percent(facts.workersBusy()),
                whatTakesLong(facts),
                prefetch,
                2 * prefetch);
    }

    private static String whatTakesLong(Facts facts) {
        var ragged = facts.ragged();
        if (ragged.isPresent()) {
            return String.format(
                    Locale.ROOT,
                    ", while some samples of %s take %,.0f times as long as most",
                    ragged.get().title(),
                    Facts.raggedness(ragged.get()));
        }
        return facts.slowest()
                .map(
                        row ->
                                ", while "
                                        + row.title()
                                        + " takes "
                                        + ReportText.time(row.median())
                                        + " for a batch")
                .orElse("");
    }

    private static String withRemedy(NodeRow row, String otherwise) {
        return row.remedy().isEmpty() ? otherwise : row.remedy() + ", or " + otherwise;
    }

    private static String titles(List<NodeRow> rows) {
        var names = rows.stream().map(NodeRow::title).toList();
        return names.size() == 1
                ? names.getFirst()
                : String.join(", ", names.subList(0, names.size() - 1)) + " and " + names.getLast();
    }

    private static String percent(double share) {
        return Math.round(100 * Math.min(1, share)) + " %";
    }

    private static Bottleneck say(Kind kind, String sentence, Object... values) {
        return new Bottleneck(kind, String.format(Locale.ROOT, sentence, values));
    }
}
