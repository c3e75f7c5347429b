package dev.headrace.integrations.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import dev.headrace.operators.read.Counter;
import dev.headrace.operators.tensor.Cast;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PipelineMetricsTest {
    private static final long LIMIT = 1 << 20;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicLong clock = new AtomicLong();

    /// Numbers from 0 to 9, in batches of 4, as float32 too.
    private static Pipeline pipeline() {
        var graph = Graph.named("numbers");
        var counter = graph.read(Counter.below(10)).named("counter");
        graph.output("real", counter.then(Cast.to(ElementType.FLOAT32)).named("cast"));
        return graph.build(Options.batchSize(4).threads(1).prefetch(1).memoryLimit(LIMIT));
    }

    private void bind(Pipeline pipeline) {
        new PipelineMetrics(pipeline, Tags.of("run", "a"), clock::get).bindTo(registry);
    }

    private double count(String name) {
        return registry.get(name).functionCounter().count();
    }

    @Test
    void tellsWhatTheReportTells() {
        try (var pipeline = pipeline()) {
            bind(pipeline);
            pipeline.epoch().forEach(batch -> {});
            pipeline.next();
            var report = pipeline.report();
            assertEquals(14, count("headrace.samples"));
            assertEquals(4, count("headrace.batches"));
            assertEquals(0, count("headrace.failures"));
            assertEquals(0, count("headrace.bad.samples"));
            assertEquals(report.poolMisses(), count("headrace.pool.misses"));
            assertEquals(0, count("headrace.packed"));
            assertEquals(LIMIT, registry.get("headrace.memory.limit").gauge().value());
            assertEquals(report.lentBytes(), registry.get("headrace.memory.lent").gauge().value());
            assertEquals(report.keptBytes(), registry.get("headrace.memory.kept").gauge().value());
            assertEquals(0, registry.get("headrace.batches.ready").gauge().value());
            assertEquals(0, registry.get("headrace.iterations.in.flight").gauge().value());
            double still = report.exposed().toNanos() / 1e9;
            assertTrue(still > 0);
            assertEquals(still, count("headrace.stood.still"), 1e-12);
        }
    }

    @Test
    void tellsOfEachNode() {
        try (var pipeline = pipeline()) {
            bind(pipeline);
            pipeline.epoch().forEach(batch -> {});
            var cast = registry.get("headrace.node").tags("node", "cast", "operator", "Cast");
            assertEquals(10, cast.functionTimer().count());
            var row =
                    pipeline.report().nodes().stream()
                            .filter(each -> each.name().equals("cast"))
                            .findFirst()
                            .orElseThrow();
            assertTrue(row.time().toNanos() > 0);
            assertEquals(
                    row.time().toNanos(), cast.functionTimer().totalTime(TimeUnit.NANOSECONDS), 1);
            var p99 = registry.get("headrace.node.p99").tags("node", "cast").timeGauge();
            assertEquals(row.p99().toNanos(), p99.value(TimeUnit.NANOSECONDS), 1);
            assertEquals(
                    40,
                    registry.get("headrace.node.written")
                            .tags("node", "cast")
                            .functionCounter()
                            .count());
        }
    }

    @Test
    void isOfOneReportForATenthOfASecond() {
        try (var pipeline = pipeline()) {
            bind(pipeline);
            assertEquals(0, count("headrace.samples"));
            pipeline.next();
            clock.addAndGet(100_000_000);
            assertEquals(0, count("headrace.samples"));
            clock.addAndGet(1);
            assertEquals(4, count("headrace.samples"));
        }
    }

    @Test
    void hasTheTagsGivenAndTheGraphsName() {
        try (var pipeline = pipeline()) {
            bind(pipeline);
            for (var meter : registry.getMeters()) {
                assertEquals("numbers", meter.getId().getTag("pipeline"), meter.getId().getName());
                assertEquals("a", meter.getId().getTag("run"));
                assertTrue(meter.getId().getName().startsWith("headrace."));
                assertTrue(meter.getId().getDescription() != null);
            }
            assertEquals(14 + 2 * 3, registry.getMeters().size());
        }
    }

    @Test
    void tellsTheEndOfAPipelineThatIsClosed() {
        var pipeline = pipeline();
        bind(pipeline);
        pipeline.next();
        pipeline.close();
        assertEquals(4, count("headrace.samples"));
        assertEquals(0, registry.get("headrace.memory.lent").gauge().value());
    }

    @Test
    void keepsNoPipelineFromBeingCollected() {
        var gone = new WeakReference<>(closedAfterOneBatch());
        for (int tries = 0; tries < 100 && gone.get() != null; tries++) {
            System.gc();
        }
        assertNull(gone.get());
        for (Meter meter : registry.getMeters()) {
            meter.measure().forEach(measurement -> measurement.getValue()); // and nothing throws
        }
    }

    private Pipeline closedAfterOneBatch() {
        var pipeline = pipeline();
        bind(pipeline);
        pipeline.next();
        pipeline.close();
        count("headrace.samples");
        return pipeline;
    }
}
