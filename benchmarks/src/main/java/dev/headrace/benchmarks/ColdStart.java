package dev.headrace.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// How long a command takes that explains a graph, from nothing to its end.
record ColdStart() implements Job {
    private static final Goal SECONDS = Goal.atMost(1);
    private static final int TIMES = 7;

    @Override
    public String name() {
        return "cold";
    }

    @Override
    public List<Row> measure(Bench bench) throws IOException, InterruptedException {
        var workplace = bench.workplace();
        var command = List.of(workplace.home().resolve("headrace").toString(), "explain", "train");
        bench.say("./headrace explain train, %d times", TIMES);
        Workplace.run(command); // which builds it, where it has changed
        var seconds = new ArrayList<Double>();
        for (int time = 0; time < TIMES; time++) {
            long start = System.nanoTime();
            Workplace.run(command);
            seconds.add((System.nanoTime() - start) / 1e9);
        }
        return List.of(
                Row.alone(
                        name(),
                        "s for ./headrace explain train, whole",
                        Integer.toString(Runtime.getRuntime().availableProcessors()),
                        Spread.of(seconds),
                        "%.2f",
                        SECONDS));
    }
}
