package dev.headrace.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Runs sides by turns, so that what disturbs the machine for a while disturbs all of them.
final class Turns {
    private Turns() {}

    /// Runs one side once.
    interface Run<S> {
        Side.Rate of(S side) throws IOException, InterruptedException;
    }

    /// Is told after each round, which counts from 1.
    interface Told {
        void round(int round, List<Side.Rate> rates) throws IOException, InterruptedException;
    }

    /// Runs all in each round; each round begins with the next one.
    ///
    /// @param told of the rates of a round, in the order of the sides
    /// @return by side, its rates, a round each
    static <S> List<List<Side.Rate>> take(int rounds, List<S> sides, Run<S> run, Told told)
            throws IOException, InterruptedException {
        var all = new ArrayList<List<Side.Rate>>();
        sides.forEach(_ -> all.add(new ArrayList<>()));
        for (int round = 1; round <= rounds; round++) {
            for (int turn = 0; turn < sides.size(); turn++) {
                int place = (round - 1 + turn) % sides.size();
                all.get(place).add(run.of(sides.get(place)));
            }
            told.round(round, all.stream().map(List::getLast).toList());
        }
        return all;
    }
}
