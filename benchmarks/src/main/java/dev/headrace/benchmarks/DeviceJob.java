package dev.headrace.benchmarks;

import com.google.common.io.Closer;
import dev.headrace.engine.device.GpuProbe;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a network trains on, on a CUDA device from the decoded image on: beside the same on the
/// host, and beside the peer where it can be set up. Where there is no device, nothing is measured.
record DeviceJob() implements Job {
    private static final double SECONDS = 4;

    /// What the peer is asked for: decoding on its host, or on the device.
    private static final List<String> PEER_FORMS = List.of("gpu", "mixed");

    @Override
    public String name() {
        return "gpu";
    }

    @Override
    public List<Row> measure(Bench bench) throws IOException, InterruptedException {
        var absence = GpuProbe.look().absence();
        if (absence.isPresent()) {
            bench.skip(name() + ": " + absence.get());
            return List.of();
        }
        try (var closer = Closer.create()) {
            return measure(bench, closer);
        }
    }

    private List<Row> measure(Bench bench, Closer closer) throws IOException, InterruptedException {
        int cores = bench.mostCores();
        var about = Photographs.smallOrDrawn(bench).arguments();
        var ours = bench.ours(name(), OurSide.class, cores, about);
        closer.register(ours::close);
        var host = bench.ours(name() + "-host", OurSide.class, cores, about);
        closer.register(host::close);
        var peer = peer(bench, cores, about);
        peer.ifPresent(side -> closer.register(side::close));

        var check = new OutputCheck(bench, ours);
        check.compare("home", host, "train");
        for (var form : peer.isPresent() ? PEER_FORMS : List.<String>of()) {
            check.compare("home", peer.get(), form);
        }
        bench.addOutputs(name(), check.found());

        bench.warmUp(ours, new Setup(name(), name()).with(cores, 2), 3);
        bench.warmUp(host, new Setup("host", "fused").with(cores, 2), 3);
        var others = new ArrayList<Side>(List.of(host));
        var said = new ArrayList<>(List.of("host alone"));
        if (peer.isPresent()) {
            var forms = PEER_FORMS.stream().map(form -> new Setup(form, form)).toList();
            var best = bench.fastest(peer.get(), cores, forms);
            bench.warmUp(peer.get(), best, 1);
            others.add(peer.get());
            said.add(best.said());
        }
        return rows(bench, cores, ours, others, said);
    }

    private Optional<Side> peer(Bench bench, int cores, List<String> about)
            throws InterruptedException {
        try {
            var side = bench.peer(name(), "peer.py", cores, about);
            for (var form : PEER_FORMS) {
                side.ask("build", form, 1, 1); // whether it can run here
            }
            return Optional.of(side);
        } catch (IOException failure) {
            var why = failure.getMessage().lines().reduce((_, last) -> last).orElse("");
            bench.skip("%s beside DALI: %s".formatted(name(), why));
            return Optional.empty();
        }
    }

    private List<Row> rows(Bench bench, int cores, Side ours, List<Side> others, List<String> said)
            throws IOException, InterruptedException {
        var sides = new ArrayList<Side>(List.of(ours));
        sides.addAll(others);
        var rates =
                Turns.take(
                        bench.rounds(),
                        sides,
                        side -> Bench.run(side, bench.seconds(SECONDS)),
                        (round, last) ->
                                bench.say(
                                        "%s, round %d of %d: Headrace %,.0f images/s",
                                        name(),
                                        round,
                                        bench.rounds(),
                                        last.getFirst().perSecond()));
        var rows = new ArrayList<Row>();
        for (int other = 0; other < others.size(); other++) {
            var name = other == 0 ? "the host alone" : others.get(other).name();
            var trial =
                    new Trial(
                            name(),
                            cores,
                            name,
                            said.get(other),
                            rates.getFirst(),
                            rates.get(1 + other));
            bench.add(trial);
            rows.add(
                    new Row(
                            name(),
                            "images/s, ratio to " + name,
                            Integer.toString(cores),
                            Spread.perSecond(trial.ours()).text("%,.0f"),
                            Spread.perSecond(trial.theirs()).text("%,.0f"),
                            trial.ratio(),
                            "%.2f",
                            Optional.empty(),
                            trial.settings()));
        }
        return rows;
    }
}
