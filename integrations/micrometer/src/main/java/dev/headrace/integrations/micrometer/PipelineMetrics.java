package dev.headrace.integrations.micrometer;

import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.run.Report;
import dev.headrace.engine.run.Report.NodeRow;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/// Meters of a pipeline.
///
/// ```java
/// new PipelineMetrics(pipeline).bindTo(registry);
/// ```
///
/// | name | kind | of |
/// |---|---|---|
/// | `headrace.samples`, `headrace.batches` | counter | what was delivered |
/// | `headrace.failures`, `headrace.bad.samples` | counter | failed iterations, samples left out |
/// | `headrace.stood.still` | counter, seconds | the consumer, for want of data |
/// | `headrace.memory.wait` | counter, seconds | the next batch, for want of memory |
/// | `headrace.workers.idle` | counter, seconds | workers with nothing to do, in sum |
/// | `headrace.packed` | counter, bytes | copies to make samples dense |
/// | `headrace.pool.misses` | counter | memory asked from the system |
/// | `headrace.batches.ready` | gauge | complete and not asked for |
/// | `headrace.iterations.in.flight` | gauge | begun and not delivered |
/// | `headrace.memory.lent`, `.kept`, `.limit` | gauge, bytes | native memory |
/// | `headrace.node` | timer | samples through a node and their time |
/// | `headrace.node.p99` | gauge, seconds | what 99 in 100 calls of a node stay within |
/// | `headrace.node.written` | counter, bytes | by a node |
///
/// Each has the tag `pipeline`, the graph's name; those of nodes have `node` and `operator` too.
/// Two pipelines of one name need further tags to be told apart. A registry does not keep the
/// pipeline from being collected. All that is read within a tenth of a second is of one report.
public final class PipelineMetrics implements MeterBinder {
    private static final Duration FRESH = Duration.ofMillis(100);

    private final Pipeline pipeline;
    private final Tags tags;
    private final LongSupplier clock;

    /// Meters of a pipeline, with no tag but its name.
    public PipelineMetrics(Pipeline pipeline) {
        this(pipeline, Tags.empty());
    }

    /// Meters of a pipeline.
    ///
    /// @param more tags beside its name
    public PipelineMetrics(Pipeline pipeline, Iterable<Tag> more) {
        this(pipeline, more, System::nanoTime);
    }

    /// @param clock in nanoseconds
    PipelineMetrics(Pipeline pipeline, Iterable<Tag> more, LongSupplier clock) {
        this.pipeline = pipeline;
        this.tags = Tags.of("pipeline", pipeline.plan().graph().name()).and(more);
        this.clock = clock;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        var bound = new Bound(registry, pipeline, new Recent(clock));
        bound.count("samples", "samples delivered", Report::samples, tags);
        bound.count(
                "batches",
                "batches delivered",
                report -> report.iterations() - report.failures(),
                tags);
        bound.count("failures", "iterations that failed", Report::failures, tags);
        bound.count("bad.samples", "samples left out", Report::badSampleCount, tags);
        bound.count("pool.misses", "memory asked from the system", Report::poolMisses, tags);
        bound.time("stood.still", "the consumer, for want of data", Report::exposed, tags);
        bound.time("memory.wait", "the next batch, for want of memory", Report::memoryWait, tags);
        bound.time("workers.idle", "workers with nothing to do, in sum", Report::idle, tags);
        bound.countBytes("packed", "copies to make samples dense", Report::packedBytes, tags);
        bound.gauge("batches.ready", "complete and not asked for", Report::batchesReady, tags);
        bound.gauge(
                "iterations.in.flight",
                "begun and not delivered",
                Report::iterationsInFlight,
                tags);
        bound.gaugeBytes("memory.lent", "native memory on loan", Report::lentBytes, tags);
        bound.gaugeBytes("memory.kept", "native memory for reuse", Report::keptBytes, tags);
        bound.gaugeBytes("memory.limit", "native memory allowed", Report::memoryLimitBytes, tags);
        for (var node : pipeline.plan().nodes()) {
            bindNode(bound, node.where().node(), node.where().kind());
        }
    }

    private void bindNode(Bound bound, String name, String operator) {
        var own = tags.and("node", name, "operator", operator);
        bound.timer("node", "samples through a node, and their time", name, own);
        bound.longest("node.p99", "what 99 in 100 calls stay within", name, own);
        bound.countBytes("node.written", "by a node", report -> row(report, name).bytes(), own);
    }

    private static NodeRow row(Report report, String name) {
        return report.nodes().stream()
                .filter(row -> row.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /// The last report, as long as it is fresh. It is kept instead of the pipeline.
    private static final class Recent {
        private final LongSupplier clock;
        private Report last;
        private long since;

        Recent(LongSupplier clock) {
            this.clock = clock;
        }

        synchronized Report of(Pipeline pipeline) {
            long now = clock.getAsLong();
            if (last == null || now - since > FRESH.toNanos()) {
                last = pipeline.report();
                since = now;
            }
            return last;
        }
    }

    /// Binds one meter after the other. Meters hold the pipeline weakly.
    private record Bound(MeterRegistry registry, Pipeline pipeline, Recent recent) {
        private static final String PREFIX = "headrace.";

        private ToDoubleFunction<Pipeline> of(ToDoubleFunction<Report> number) {
            var last = recent; // not this, which holds the pipeline
            return running -> number.applyAsDouble(last.of(running));
        }

        private FunctionCounter.Builder<Pipeline> counter(
                String name, String of, ToDoubleFunction<Report> number, Tags tags) {
            return FunctionCounter.builder(PREFIX + name, pipeline, of(number))
                    .description(of)
                    .tags(tags);
        }

        void count(String name, String of, ToDoubleFunction<Report> number, Tags tags) {
            counter(name, of, number, tags).register(registry);
        }

        void countBytes(String name, String of, ToDoubleFunction<Report> number, Tags tags) {
            counter(name, of, number, tags).baseUnit(BaseUnits.BYTES).register(registry);
        }

        void time(String name, String of, Function<Report, Duration> time, Tags tags) {
            counter(name, of, report -> time.apply(report).toNanos() / 1e9, tags)
                    .baseUnit("seconds")
                    .register(registry);
        }

        private Gauge.Builder<Pipeline> gaugeOf(
                String name, String of, ToDoubleFunction<Report> number, Tags tags) {
            return Gauge.builder(PREFIX + name, pipeline, of(number)).description(of).tags(tags);
        }

        void gauge(String name, String of, ToDoubleFunction<Report> number, Tags tags) {
            gaugeOf(name, of, number, tags).register(registry);
        }

        void gaugeBytes(String name, String of, ToDoubleFunction<Report> number, Tags tags) {
            gaugeOf(name, of, number, tags).baseUnit(BaseUnits.BYTES).register(registry);
        }

        void timer(String name, String of, String node, Tags tags) {
            var last = recent; // as above
            FunctionTimer.builder(
                            PREFIX + name,
                            pipeline,
                            running -> row(last.of(running), node).samples(),
                            of(report -> row(report, node).time().toNanos()),
                            TimeUnit.NANOSECONDS)
                    .description(of)
                    .tags(tags)
                    .register(registry);
        }

        void longest(String name, String of, String node, Tags tags) {
            TimeGauge.builder(
                            PREFIX + name,
                            pipeline,
                            TimeUnit.NANOSECONDS,
                            of(report -> row(report, node).p99().toNanos()))
                    .description(of)
                    .tags(tags)
                    .register(registry);
        }
    }
}
