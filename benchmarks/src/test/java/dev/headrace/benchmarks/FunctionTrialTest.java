package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class FunctionTrialTest {
    private static final FunctionCase CASE = FunctionCase.of("2", "224x224x3", "batch");

    @Test
    void aCaseIsNamedByTheWordsThatMakeIt() {
        assertEquals("2 224x224x3 batch", CASE.words());
        assertEquals("1 1 samples", FunctionCase.of("1", "1", "samples").words());
        assertEquals("batch 2, UINT8 224×224×3, in one call", CASE.toString());
    }

    @Test
    void timesAreThoseOfAnIterationAndSharesAreTakenRoundByRound() {
        var trial = trial(0.5, rates(20_000, 10_000, 40_000), rates(10_000, 4_000, 20_000));
        assertEquals(new Spread(100, 50, 200), trial.ourMicros());
        assertEquals(new Spread(200, 100, 500), trial.peerMicros());
        assertEquals(new Spread(0.5, 0.4, 0.5), trial.ratio());
        assertEquals(new Spread(0.25, 0.16, 0.25), trial.cpuRatio());
    }

    @Test
    void aGoalIsReachedByTheMedian() {
        assertTrue(trial(0.5, rates(2, 2, 1), rates(1, 1, 1)).isReached());
        assertFalse(trial(0.49, rates(2, 2, 9), rates(1, 1, 1)).isReached());
    }

    @Test
    void theGainOfWorkersIsTakenRoundByRound() {
        var gain = new FunctionWorkers(2, rates(100, 200, 50), rates(180, 340, 100));
        assertEquals(new Spread(1.8, 1.7, 2), gain.gain());
        assertTrue(gain.isReached());
        assertFalse(new FunctionWorkers(2, rates(100), rates(179)).isReached());
    }

    private static FunctionTrial trial(double goal, List<Side.Rate> ours, List<Side.Rate> peer) {
        var beside = new FunctionTrial.Goal("numpy", "python_function", goal);
        return new FunctionTrial(CASE, beside, "threads 1", ours, peer, 0);
    }

    /// Rates by time, and their squares by time of computing.
    private static List<Side.Rate> rates(double... perSecond) {
        return DoubleStream.of(perSecond)
                .mapToObj(rate -> new Side.Rate(rate, rate * rate))
                .toList();
    }
}
