package dev.headrace.benchmarks;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// What one job gave on one set of cores: images a second of both sides, round by round.
///
/// @param job what was done
/// @param cores on how many cores
/// @param peerSettings those with which the peer was fastest
/// @param ours how fast Headrace was, a round each
/// @param peer how fast the peer was, in the same rounds
record Trial(
        String job, int cores, String peerSettings, List<Side.Rate> ours, List<Side.Rate> peer) {
    /// Ours divided by the peer's, round by round.
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
                                i -> of.applyAsDouble(ours.get(i)) / of.applyAsDouble(peer.get(i)))
                        .toList());
    }
}
