package dev.headrace.benchmarks;

import dev.headrace.engine.run.Batch;
import dev.headrace.engine.run.Pipeline;
import dev.headrace.engine.spec.Options;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// What the engine adds to what operators do: time a batch, and a node and sample; blocks that the
/// pool had to ask the system for. With `-prof gc` also the heap bytes a batch, of all threads.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class RunOverhead {
    /// Which graph.
    public enum Form {
        /// A source of one byte a sample, and nothing behind it.
        SOURCE(0, false),
        /// The same and 100 nodes that copy the byte, sample by sample.
        COPY_100(100, false),
        /// The same and 100 nodes that copy the bytes of the batch: 100 barriers.
        COPY_BATCH_100(100, true);

        private final int copies;
        private final boolean byBatch;

        Form(int copies, boolean byBatch) {
            this.copies = copies;
            this.byBatch = byBatch;
        }
    }

    /// Work done, which JMH gives as time per unit.
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    @State(Scope.Thread)
    public static class Work {
        /// Samples times nodes, the source among them.
        public long nodeAndSample;
    }

    /// Things that should not happen once warm, counted over an iteration.
    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Misses {
        /// Blocks that the pool had to ask the system for.
        public long poolMisses;

        private long before;

        /// Notes where the count stands.
        @Setup(Level.Iteration)
        public void begin(RunOverhead run) {
            before = run.pipeline.report().poolMisses();
        }

        /// Takes the difference.
        @TearDown(Level.Iteration)
        public void end(RunOverhead run) {
            poolMisses = run.pipeline.report().poolMisses() - before;
        }
    }

    /// Which graph.
    @Param({"SOURCE", "COPY_100", "COPY_BATCH_100"})
    public Form form;

    /// Samples in a batch.
    @Param({"1", "32", "256"})
    public int batch;

    /// Worker threads.
    @Param({"1", "2"})
    public int threads;

    private Pipeline pipeline;
    private Iterator<Batch> batches;

    /// Builds the pipeline.
    @Setup
    public void open() {
        pipeline =
                Bytes.chain(form.copies, form.byBatch)
                        .build(Options.batchSize(batch).threads(threads));
        batches = pipeline.endless().iterator();
    }

    /// Ends it.
    @TearDown
    public void close() {
        pipeline.close();
    }

    /// The next batch.
    @Benchmark
    public Batch nextBatch(Work work, Misses misses) {
        work.nodeAndSample += (long) batch * (form.copies + 1);
        return batches.next();
    }
}
