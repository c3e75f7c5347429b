package dev.headrace.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// How soon the first batch of a graph of 100 nodes is there, in a JVM that is warm: the time to
/// write the graph, plan it, start its threads and run one iteration.
record FirstBatch() implements Job {
    private static final Goal MILLIS = Goal.atMost(20);
    private static final int COPIES = 99; // and a source
    private static final int BATCH = 32;
    private static final int TIMES = 31;
    private static final double WARM_SECONDS = 3;

    @Override
    public String name() {
        return "first";
    }

    @Override
    public List<Row> measure(Bench bench) throws IOException {
        int cores = bench.mostCores();
        var millis = new ArrayList<Double>();
        try (var side = bench.ours(name(), ChainSide.class, cores, List.of())) {
            bench.say("first batch of 100 nodes, cores %d", cores);
            long end = System.nanoTime() + (long) (1e9 * WARM_SECONDS);
            while (System.nanoTime() < end) {
                millis(side, cores);
            }
            for (int time = 0; time < TIMES; time++) {
                millis.add(millis(side, cores));
            }
        }
        return List.of(
                Row.alone(
                        name(),
                        "ms to the first batch of 100 nodes",
                        Integer.toString(cores),
                        Spread.of(millis),
                        "%.1f",
                        MILLIS));
    }

    private static double millis(Side side, int cores) throws IOException {
        return side.ask("first", COPIES, BATCH, cores, 2, "copy").get("millis").getAsDouble();
    }
}
