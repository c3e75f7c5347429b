package dev.headrace.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// What the engine costs by node and iteration: a chain of nodes that copy one byte a sample, with
/// nothing to do beside.
record ChainJob() implements Job {
    private static final List<Integer> BATCHES = List.of(1, 32, 256);

    @Override
    public String name() {
        return "chain";
    }

    @Override
    public List<Row> measure(Bench bench) throws IOException, InterruptedException {
        var rows = new ArrayList<Row>();
        for (int count : bench.cores()) {
            try (var trials = new ChainTrials(name(), bench, count)) {
                for (int batch : BATCHES) {
                    rows.addAll(trials.measure(batch));
                }
            }
        }
        return rows;
    }
}
