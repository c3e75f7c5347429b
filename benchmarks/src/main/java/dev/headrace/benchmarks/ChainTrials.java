package dev.headrace.benchmarks;

import com.google.common.collect.ImmutableList;
import com.google.common.io.Closer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Runs chains of copies by turns in Headrace and in the peer. Each side runs a chain of a hundred
/// and one of one, so that what an iteration costs beside its nodes drops out.
final class ChainTrials implements AutoCloseable {
    private static final int LONG = 100;
    private static final int SHORT = 1;
    private static final double SECONDS = 1;

    /// How many samples are compared, of more than one batch.
    private static final int COMPARED = 300;

    /// A hundred copies and one copy, each in a process of its own.
    ///
    /// @param word that asks Headrace for this kind of copies; empty for the peer
    /// @param said to be read
    /// @param goal the share of the peer's time
    private record Chains(Side hundred, Side one, String word, String said, Goal goal) {
        List<Side> sides() {
            return List.of(hundred, one);
        }
    }

    private final String job;
    private final Bench bench;
    private final int cores;
    private final Closer closer = Closer.create();
    private final Side peerHundred;
    private final Side peerOne;
    private final List<Chains> ours;

    /// Starts all sides.
    ///
    /// @param cores that each gets
    ChainTrials(String job, Bench bench, int cores) throws IOException, InterruptedException {
        this.job = job;
        this.bench = bench;
        this.cores = cores;
        peerHundred = peer("-100");
        peerOne = peer("-1");
        ours =
                List.of(
                        chains("copy", "by sample", Goal.atMost(1 / 20.0)),
                        chains("batch", "with barriers", Goal.atMost(1 / 5.0)));
    }

    private Side peer(String length) throws IOException, InterruptedException {
        return closed(bench.peer(job + length, "peer_chain.py", cores, List.of()));
    }

    private Chains chains(String word, String said, Goal goal) throws IOException {
        return new Chains(ours(word + "-" + LONG), ours(word + "-" + SHORT), word, said, goal);
    }

    private Side ours(String name) throws IOException {
        return closed(bench.ours(job + "-" + name, ChainSide.class, cores, List.of()));
    }

    private Side closed(Side side) {
        closer.register(side::close);
        return side;
    }

    /// Ends the sides.
    @Override
    public void close() throws IOException {
        closer.close();
    }

    /// One row for each kind of copies.
    List<Row> measure(int batch) throws IOException, InterruptedException {
        compare(batch);
        var peerSetup = warmUp(batch);
        var sides = new ArrayList<>(List.of(peerHundred, peerOne));
        ours.forEach(chains -> sides.addAll(chains.sides()));
        var rates =
                Turns.take(
                        bench.rounds(),
                        sides,
                        side -> Bench.run(side, bench.seconds(SECONDS)),
                        (round, last) -> tell(batch, round));
        var peer = micros(batch, rates.get(0), rates.get(1));
        var rows = new ArrayList<Row>();
        for (int kind = 0; kind < ours.size(); kind++) {
            checkCounted(ours.get(kind), batch);
            var our = micros(batch, rates.get(2 + 2 * kind), rates.get(3 + 2 * kind));
            if (Spread.of(our).median() > 0) {
                rows.add(row(ours.get(kind), batch, our, peer, peerSetup.said()));
            } else {
                bench.skip(
                        "%s of batch %d, cores %d, %s: a node costs less than the noise"
                                .formatted(job, batch, cores, ours.get(kind).said()));
            }
        }
        return rows;
    }

    /// Sample i is the byte i, however often it is copied.
    private void compare(int batch) throws IOException {
        var one = bench.workplace().cache().resolve("ours.raw");
        var other = bench.workplace().cache().resolve("theirs.raw");
        peerSetup(LONG, batch).with(1, 1).build(peerHundred);
        peerHundred.ask("save", COMPARED, other);
        for (var chains : ours) {
            setup(LONG, batch, chains).build(chains.hundred());
            chains.hundred().ask("save", COMPARED, one);
            if (Files.mismatch(one, other) >= 0) {
                throw new IOException("chains of copies give different bytes");
            }
        }
        Files.delete(one);
        Files.delete(other);
    }

    private Setup warmUp(int batch) throws IOException, InterruptedException {
        var best = bench.fastest(peerHundred, cores, List.of(peerSetup(LONG, batch)));
        bench.say("%s of batch %d, cores %d: warming up", job, batch, cores);
        bench.warmUp(peerHundred, best, 1);
        var command = new ArrayList<>(best.command());
        command.set(0, SHORT);
        bench.warmUp(peerOne, new Setup(best.said(), ImmutableList.copyOf(command)), 1);
        for (var chains : ours) {
            bench.warmUp(chains.hundred(), setup(LONG, batch, chains), 1);
            bench.warmUp(chains.one(), setup(SHORT, batch, chains), 1);
        }
        return best;
    }

    private static Setup peerSetup(int copies, int batch) {
        return new Setup("batch " + batch, copies, batch);
    }

    private Setup setup(int copies, int batch, Chains chains) {
        return new Setup(chains.said(), copies, batch, cores, 2, chains.word());
    }

    private void tell(int batch, int round) {
        bench.say(
                "%s of batch %d, cores %d, round %d of %d",
                job, batch, cores, round, bench.rounds());
    }

    /// What a node and iteration takes, in µs, round by round.
    private static List<Double> micros(int batch, List<Side.Rate> hundred, List<Side.Rate> one) {
        return IntStream.range(0, hundred.size())
                .mapToObj(
                        i ->
                                (micros(batch, hundred.get(i)) - micros(batch, one.get(i)))
                                        / (LONG - SHORT))
                .toList();
    }

    private static double micros(int batch, Side.Rate rate) {
        return 1e6 * batch / rate.perSecond();
    }

    /// A copy that is not made costs nothing.
    private void checkCounted(Chains chains, int batch) throws IOException {
        var copied = chains.hundred().ask("copied");
        double bytes = copied.get("bytes").getAsDouble() / copied.get("iterations").getAsDouble();
        if (bytes < (double) LONG * batch) {
            throw new IOException(
                    "%s: %.0f bytes were written in an iteration, not %d"
                            .formatted(chains.said(), bytes, LONG * batch));
        }
    }

    private Row row(
            Chains chains, int batch, List<Double> our, List<Double> peer, String peerSettings) {
        var share = Spread.ofRatios(our, peer);
        var ourMicros = Spread.of(our);
        var peerMicros = Spread.of(peer);
        bench.say(
                "%s of batch %d, cores %d, %s: Headrace %.3f µs a node, DALI %.1f",
                job, batch, cores, chains.said(), ourMicros.median(), peerMicros.median());
        return new Row(
                job,
                "share of DALI's µs, batch %d, %s".formatted(batch, chains.said()),
                Integer.toString(cores),
                ourMicros.text("%.3f"),
                peerMicros.text("%.1f"),
                share,
                "%.4f",
                Optional.of(chains.goal()),
                peerSettings);
    }
}
