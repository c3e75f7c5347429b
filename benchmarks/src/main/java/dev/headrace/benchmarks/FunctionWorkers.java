package dev.headrace.benchmarks;

import java.util.List;
import java.util.stream.IntStream;

/// What two worker processes gain on a Python function that computes.
///
/// @param cpuMillis time of computing that a sample takes, in ms
/// @param inProcess samples a second in the JVM's process, a round each
/// @param workers samples a second with two workers, in the same rounds
record FunctionWorkers(double cpuMillis, List<Side.Rate> inProcess, List<Side.Rate> workers) {
    /// How many times as fast two workers are to be, at least: {@value}.
    static final double GOAL = 1.8;

    /// The workers' rate divided by that in process, round by round.
    Spread gain() {
        return Spread.of(
                IntStream.range(0, workers.size())
                        .mapToObj(i -> workers.get(i).perSecond() / inProcess.get(i).perSecond())
                        .toList());
    }

    boolean isReached() {
        return gain().median() >= GOAL;
    }
}
