package dev.headrace.benchmarks;

import com.google.common.base.Joiner;
import com.google.common.io.Closer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Runs a job by turns in Headrace, in the peer and in the library alone: all numbers of cores in
/// each round.
final class ImageTrials implements AutoCloseable {
    private static final double SECONDS = 4;
    private static final double FIVE_MINUTES = 300;
    private static final int PARTS = 10;

    private final ImageJob job;
    private final Bench bench;
    private final Closer closer = Closer.create();

    /// By number of cores.
    private final Map<Integer, Side> ours = new LinkedHashMap<>();

    private final Map<Integer, Side> peers = new LinkedHashMap<>();
    private final Map<Integer, Setup> settings = new LinkedHashMap<>();
    private Optional<Side> alone = Optional.empty();
    private Optional<Side> plain = Optional.empty();
    private final HeapRows heap = new HeapRows();

    ImageTrials(ImageJob job, Bench bench) {
        this.job = job;
        this.bench = bench;
    }

    /// Ends the sides.
    @Override
    public void close() throws IOException {
        closer.close();
    }

    List<Row> measure(Photographs photographs) throws IOException, InterruptedException {
        start(photographs);
        compare();
        warmUp();
        var rows = rows(rates());
        if (job.own()) {
            rows.addAll(heapRows());
        }
        return rows;
    }

    private void start(Photographs photographs) throws IOException, InterruptedException {
        var name = job.name();
        for (int count : bench.cores()) {
            var about = photographs.arguments();
            ours.put(count, closed(bench.ours(name, OurSide.class, count, about)));
            peers.put(count, closed(bench.peer(name, "peer.py", count, about)));
        }
        if (job.alone().isPresent() && ours.containsKey(1)) {
            alone = job.alone().get().start(bench, name, photographs).map(this::closed);
        }
        if (job.own() && ours.containsKey(1)) {
            var about = photographs.arguments();
            plain = Optional.of(closed(bench.plain(name, OurSide.class, about)));
        }
    }

    private Side closed(Side side) {
        closer.register(side::close);
        return side;
    }

    private void compare() throws IOException {
        var check = new OutputCheck(bench, ours.values().iterator().next());
        for (var form : job.peerForms()) {
            check.compare(job, peers.values().iterator().next(), form);
        }
        if (alone.isPresent() && !job.large()) {
            check.compare(job, alone.get(), job.alone().get().form());
        }
        if (plain.isPresent()) {
            check.compare(job, plain.get(), job.name());
        }
        bench.addOutputs(job.name(), check.found());
    }

    private void warmUp() throws IOException, InterruptedException {
        for (int count : bench.cores()) {
            var forms = job.peerForms().stream().map(form -> new Setup(form, form)).toList();
            settings.put(count, bench.fastest(peers.get(count), count, forms));
        }
        bench.say("%s: warming up", job.name());
        for (int count : bench.cores()) {
            bench.warmUp(peers.get(count), settings.get(count), 1);
            var setup = new Setup(job.name(), job.name()).with(count, 2);
            bench.warmUp(ours.get(count), setup, 3);
        }
        if (alone.isPresent()) {
            var form = job.alone().get().form();
            bench.warmUp(alone.get(), new Setup(form, form), 1);
        }
        if (plain.isPresent()) {
            bench.warmUp(plain.get(), new Setup(job.name(), job.name()).with(1, 2), 3);
        }
    }

    private Map<Side, List<Side.Rate>> rates() throws IOException, InterruptedException {
        var sides = new ArrayList<Side>();
        for (int count : bench.cores()) {
            sides.add(peers.get(count));
            sides.add(ours.get(count));
        }
        alone.ifPresent(sides::add);
        plain.ifPresent(sides::add);
        var all =
                Turns.take(
                        bench.rounds(),
                        sides,
                        side -> run(side, bench.seconds(SECONDS)),
                        (round, last) -> tell(round, bySide(sides, last)));
        return bySide(sides, all);
    }

    private static <T> Map<Side, T> bySide(List<Side> sides, List<T> values) {
        var map = new LinkedHashMap<Side, T>();
        for (int i = 0; i < sides.size(); i++) {
            map.put(sides.get(i), values.get(i));
        }
        return map;
    }

    private Side.Rate run(Side side, double seconds) throws IOException, InterruptedException {
        var rate = Bench.run(side, seconds);
        if (job.own() && ours.containsValue(side)) {
            heap.add(side.ask("heap"));
        }
        return rate;
    }

    private void tell(int round, Map<Side, Side.Rate> last) {
        for (int count : bench.cores()) {
            double our = last.get(ours.get(count)).perSecond();
            double peer = last.get(peers.get(count)).perSecond();
            bench.say(
                    "%s, round %d of %d, cores %d: Headrace %,.0f images/s, DALI %,.0f: ratio %.2f",
                    job.name(), round, bench.rounds(), count, our, peer, our / peer);
        }
        alone.ifPresent(
                side ->
                        bench.say(
                                "%s, round %d of %d, cores 1: %s %,.0f images/s",
                                job.name(),
                                round,
                                bench.rounds(),
                                side.name(),
                                last.get(side).perSecond()));
    }

    private List<Row> rows(Map<Side, List<Side.Rate>> rates) {
        var rows = new ArrayList<Row>();
        for (int count : bench.cores()) {
            var peer = peers.get(count);
            var said = settings.get(count).said();
            rows.add(row(trial(count, peer, said, rates), "ratio to DALI", job.goal()));
        }
        if (alone.isPresent()) {
            var limit = job.alone().get();
            var trial = trial(1, alone.get(), limit.form(), rates);
            rows.add(row(trial, "share of " + limit.said(), Optional.of(limit.goal())));
        }
        if (plain.isPresent()) {
            var trial = trial(1, plain.get(), job.name(), rates);
            rows.add(row(trial, "ratio to plain loops", Optional.empty()));
        }
        if (job.gain().isPresent() && ours.containsKey(1) && ours.containsKey(2)) {
            rows.add(gain(rates));
        }
        return rows;
    }

    private Trial trial(int count, Side other, String said, Map<Side, List<Side.Rate>> rates) {
        var our = rates.get(ours.get(count));
        var trial = new Trial(job.name(), count, other.name(), said, our, rates.get(other));
        bench.add(trial);
        return trial;
    }

    private Row row(Trial trial, String what, Optional<Goal> goal) {
        return new Row(
                job.name(),
                "images/s, " + what,
                Integer.toString(trial.cores()),
                Spread.perSecond(trial.ours()).text("%,.0f"),
                Spread.perSecond(trial.theirs()).text("%,.0f"),
                trial.ratio(),
                "%.2f",
                goal,
                "%s; by time of computing %s"
                        .formatted(trial.settings(), trial.cpuRatio().text("%.2f")));
    }

    private Row gain(Map<Side, List<Side.Rate>> rates) {
        var gain = gain(ours, rates);
        return new Row(
                job.name(),
                "two cores over one, beside DALI's own",
                "1, 2",
                gain.text("%.2f"),
                gain(peers, rates).text("%.2f"),
                gain,
                "%.2f",
                job.gain(),
                "");
    }

    private static Spread gain(Map<Integer, Side> sides, Map<Side, List<Side.Rate>> rates) {
        return Spread.ofRatios(
                perSecond(rates.get(sides.get(2))), perSecond(rates.get(sides.get(1))));
    }

    private static List<Double> perSecond(List<Side.Rate> rates) {
        return rates.stream().map(Side.Rate::perSecond).toList();
    }

    private List<Row> heapRows() throws IOException, InterruptedException {
        if (!bench.fiveMinutes()) {
            return heap.rows(job.name(), Joiner.on(", ").join(bench.cores()));
        }
        heap.clear();
        int most = bench.mostCores();
        for (int part = 1; part <= PARTS; part++) {
            bench.say("%s, cores %d: part %d of %d of five minutes", job.name(), most, part, PARTS);
            run(ours.get(most), FIVE_MINUTES / PARTS);
        }
        return heap.rows(job.name(), Integer.toString(most));
    }
}
