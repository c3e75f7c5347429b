package dev.headrace.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/// How well the pipeline of job `fused` fills two cores where that is harder: with more threads
/// than cores, in batches of one, with photographs of very different sizes, and beside another
/// pipeline. Headrace alone, without goals.
record SchedulingJob() implements Job {
    private static final double SECONDS = 4;
    private static final int CORES = 2;
    private static final String FORM = ImageJob.FUSED.name();

    @Override
    public String name() {
        return "scheduling";
    }

    @Override
    public List<Row> measure(Bench bench) throws IOException, InterruptedException {
        if (bench.mostCores() < CORES) {
            bench.skip("scheduling: it takes two cores");
            return List.of();
        }
        var small = Photographs.small(bench);
        var uneven = Photographs.uneven(bench, small);
        try (var usual = side(bench, small.arguments(), CORES);
                var another = side(bench, small.arguments(), CORES);
                var crowded = side(bench, small.arguments(), CORES);
                var single = side(bench, small.arguments(1), CORES);
                var unevenOnOne = side(bench, uneven.arguments(), 1);
                var unevenOnTwo = side(bench, uneven.arguments(), CORES)) {
            warmUp(bench, usual, CORES, 2);
            warmUp(bench, another, CORES, 2);
            warmUp(bench, crowded, 2 * CORES, 2);
            warmUp(bench, single, CORES, 2 * Photographs.BATCH);
            warmUp(bench, unevenOnOne, 1, 2);
            warmUp(bench, unevenOnTwo, CORES, 2);
            var sides = List.of(usual, crowded, single, unevenOnOne, unevenOnTwo);
            var atOnce = new ArrayList<Double>();
            var rates =
                    Turns.take(
                            bench.rounds(),
                            sides,
                            side -> Bench.run(side, bench.seconds(SECONDS)),
                            (round, last) -> {
                                atOnce.add(together(usual, another, bench.seconds(SECONDS)));
                                tell(bench, round, last);
                            });
            var perSecond =
                    rates.stream()
                            .map(all -> all.stream().map(Side.Rate::perSecond).toList())
                            .toList();
            return List.of(
                    row("four threads, over two", perSecond.get(1), perSecond.get(0)),
                    row("batches of one, over those of 64", perSecond.get(2), perSecond.get(0)),
                    row(
                            "one large photograph in 64: two cores, over one",
                            perSecond.get(4),
                            perSecond.get(3)),
                    row("two pipelines at once, over one", atOnce, perSecond.get(0)));
        }
    }

    private Side side(Bench bench, List<String> arguments, int cores) throws IOException {
        return bench.ours(name(), OurSide.class, cores, arguments);
    }

    /// The more threads share the cores, the longer it takes: those that compile get less of them.
    private static void warmUp(Bench bench, Side side, int threads, int prefetch)
            throws IOException, InterruptedException {
        int times = 3 * Math.ceilDiv(threads, CORES);
        bench.warmUp(side, new Setup(FORM, FORM).with(threads, prefetch), times);
    }

    /// Images a second of two sides that run on the same cores, in sum.
    private static double together(Side one, Side other, double seconds)
            throws IOException, InterruptedException {
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            var its = executor.submit(() -> Bench.run(other, seconds));
            return Bench.run(one, seconds).perSecond() + its.get().perSecond();
        } catch (ExecutionException failure) {
            throw new IOException(failure.getCause());
        }
    }

    private void tell(Bench bench, int round, List<Side.Rate> last) {
        bench.say(
                "%s, round %d of %d: %s images/s",
                name(),
                round,
                bench.rounds(),
                last.stream().map(rate -> "%,.0f".formatted(rate.perSecond())).toList());
    }

    private Row row(String what, List<Double> ours, List<Double> beside) {
        return new Row(
                name(),
                what,
                Integer.toString(CORES),
                Spread.of(ours).text("%,.0f"),
                Spread.of(beside).text("%,.0f"),
                Spread.ofRatios(ours, beside),
                "%.2f",
                Optional.empty(),
                "images/s, form " + FORM);
    }
}
