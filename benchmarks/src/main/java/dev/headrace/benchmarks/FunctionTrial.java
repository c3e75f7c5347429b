package dev.headrace.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// What a Python function cost under one view, beside one of the peer's.
///
/// @param of what it was called with
/// @param goal whom it is measured beside, and what is to be reached
/// @param peerSettings those with which the peer was fastest
/// @param ours how fast Headrace was, a round each
/// @param peer how fast the peer was, in the same rounds
/// @param copied bytes that Headrace copied, an iteration
record FunctionTrial(
        FunctionCase of,
        Goal goal,
        String peerSettings,
        List<Side.Rate> ours,
        List<Side.Rate> peer,
        double copied) {
    /// How fast one view is to be.
    ///
    /// @param view of Headrace
    /// @param peer function of NVIDIA DALI
    /// @param share of the peer's time that it may take at most
    record Goal(String view, String peer, double share) {}

    /// The goals of the project.
    static final List<Goal> GOALS =
            List.of(
                    new Goal("numpy", "python_function", 1 / 3.0),
                    new Goal("tensor", "dl_tensor_python_function", 1 / 3.0),
                    new Goal("dlpack", "dl_tensor_python_function", 1 / 2.0));

    /// Our time an iteration in µs.
    Spread ourMicros() {
        return Spread.of(ours.stream().map(this::micros).toList());
    }

    /// The peer's time an iteration in µs.
    Spread peerMicros() {
        return Spread.of(peer.stream().map(this::micros).toList());
    }

    private double micros(Side.Rate rate) {
        return 1e6 * of.batch() / rate.perSecond();
    }

    /// Our time divided by the peer's, round by round.
    Spread ratio() {
        return ratio(Side.Rate::perSecond);
    }

    /// The same, by time of computing.
    Spread cpuRatio() {
        return ratio(Side.Rate::perCpuSecond);
    }

    private Spread ratio(ToDoubleFunction<Side.Rate> of) {
        return Spread.of(
                IntStream.range(0, ours.size())
                        .mapToObj(
                                i -> of.applyAsDouble(peer.get(i)) / of.applyAsDouble(ours.get(i)))
                        .toList());
    }

    boolean isReached() {
        return ratio().median() <= goal.share();
    }
}
