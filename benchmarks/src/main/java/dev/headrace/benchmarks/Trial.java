package dev.headrace.benchmarks;

import java.util.List;
import java.util.stream.IntStream;

/// What one job gave on one set of cores: images a second of both sides, round by round.
///
/// @param job what was done
/// @param cores on how many cores
/// @param peerSettings those with which the peer was fastest
/// @param ours images a second, a round each
/// @param peer the same of the peer, in the same rounds
record Trial(String job, int cores, String peerSettings, List<Double> ours, List<Double> peer) {
    /// A median with the least and the greatest.
    record Spread(double median, double least, double greatest) {
        static Spread of(List<Double> values) {
            var sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            int middle = sorted.length / 2;
            double median =
                    sorted.length % 2 == 1
                            ? sorted[middle]
                            : (sorted[middle - 1] + sorted[middle]) / 2;
            return new Spread(median, sorted[0], sorted[sorted.length - 1]);
        }
    }

    /// Ours divided by the peer's, round by round.
    Spread ratio() {
        return Spread.of(
                IntStream.range(0, ours.size())
                        .mapToObj(round -> ours.get(round) / peer.get(round))
                        .toList());
    }
}
