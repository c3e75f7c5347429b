package dev.headrace.benchmarks;

import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.graph.Graph;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Time to plan a graph, whole and by node, which should not grow with the graph.
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
public class Planning {
    /// Which graph.
    public enum Form {
        /// One chain of sample operators: one segment.
        CHAIN,
        /// One chain of batch operators: as many steps as nodes.
        BARRIERS,
        /// Chains of ten from one source, of sample and batch operators by turns, each an output.
        FAN
    }

    /// Work done, which JMH gives as time per unit.
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    @State(Scope.Thread)
    public static class Work {
        /// Nodes planned.
        public long node;
    }

    /// Which graph.
    @Param({"CHAIN", "BARRIERS", "FAN"})
    public Form form;

    /// How many nodes it has, beside the source.
    @Param({"1000", "10000"})
    public int nodes;

    private GraphSpec graph;

    /// Writes the graph.
    @Setup
    public void write() {
        graph =
                switch (form) {
                    case CHAIN -> Bytes.chain(nodes, false).spec();
                    case BARRIERS -> Bytes.chain(nodes, true).spec();
                    case FAN -> fan();
                };
    }

    private GraphSpec fan() {
        var written = Graph.named("fan");
        var source = written.read(new Bytes.Source());
        for (int chain = 0; chain < nodes / 10; chain++) {
            var value = source;
            for (int i = 0; i < 10; i++) {
                // named, since equal chains would be merged
                value =
                        value.then(i % 2 == 0 ? new Bytes.Copy() : new Bytes.CopyBatch())
                                .named("chain " + chain + " node " + i);
            }
            written.output("chain " + chain, value);
        }
        return written.spec();
    }

    /// The plan.
    @Benchmark
    public Plan plan(Work work) {
        work.node += nodes;
        return Plan.of(graph, Options.batchSize(32));
    }
}
