package dev.headrace.engine.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.run.Trial.Sketch;
import dev.headrace.engine.spec.Options;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A test of pipelines on the simulated driver: it begins anew for each, and nothing may be left.
abstract class OnSimulation {
    @BeforeEach
    void begin() {
        Simulation.begin();
    }

    @AfterEach
    void nothingIsLeft() {
        assertNothingIsLeft("");
        Simulation.reset();
    }

    static void assertNothingIsLeft(String when) {
        for (var kind : Simulation.KINDS) {
            assertEquals(0, Simulation.live(kind), kind + when);
        }
    }

    static Options options() {
        return options(4);
    }

    static Options options(int batchSize) {
        return Options.batchSize(batchSize).threads(2).seed(7).prefetch(2);
    }

    /// All samples of two epochs, as text.
    static List<String> epochs(Sketch graph, Options options) {
        var lines = new ArrayList<String>();
        try (var pipeline = graph.build(options)) {
            for (var batch : pipeline.epochs(2)) {
                lines.addAll(Trial.describe(batch));
            }
        }
        return lines;
    }

    /// The same bytes as on the host, without a race.
    static void assertAsOnTheHost(Sketch graph, Options options) {
        var there = epochs(graph, options);
        assertEquals(List.of(), Simulation.reports());
        assertEquals(epochs(graph.onHost(), options), there);
    }
}
