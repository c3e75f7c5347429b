package dev.headrace.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TrialTest {
    @Test
    void theRatioIsTakenRoundByRound() {
        var ours = List.of(new Side.Rate(100, 50), new Side.Rate(30, 60), new Side.Rate(80, 40));
        var peer = List.of(new Side.Rate(50, 50), new Side.Rate(30, 20), new Side.Rate(20, 80));
        var trial = new Trial("train", 2, "DALI", "threads 2", ours, peer);
        assertEquals(new Spread(2, 1, 4), trial.ratio());
        assertEquals(new Spread(1, 0.5, 3), trial.cpuRatio());
    }
}
