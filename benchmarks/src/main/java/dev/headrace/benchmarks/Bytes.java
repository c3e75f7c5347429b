package dev.headrace.benchmarks;

import static dev.headrace.engine.data.ElementType.UINT8;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.operator.Transform;
import dev.headrace.graph.Graph;
import java.util.List;

/// Operators that do next to nothing, so that what is measured is the engine.
final class Bytes {
    private static final TensorSpec BYTE = TensorSpec.scalar(UINT8);

    private Bytes() {}

    /// A graph of a source of bytes and a chain of copies behind it.
    ///
    /// @param copies how many
    /// @param byBatch whether a copy is a batch operator, so that all wait for all between two
    static Graph chain(int copies, boolean byBatch) {
        var graph = Graph.named("chain");
        var value = graph.read(new Source());
        for (int i = 0; i < copies; i++) {
            value = value.then(byBatch ? new CopyBatch() : new Copy());
        }
        return graph.output("byte", value);
    }

    /// How many samples there are.
    record Count(long size) implements IndexedSource.Dataset {}

    /// One byte a sample, as many as one likes.
    record Source() implements IndexedSource<Count> {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(SpecPattern.exactly(BYTE));
        }

        @Override
        public Count open() {
            return new Count(1L << 48);
        }

        @Override
        public void read(Count count, long index, Outputs out, SampleContext context) {
            out.make(0, BYTE).uint8(0, (int) index);
        }
    }

    /// A copy, sample by sample.
    record Copy() implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public SpecPattern promise(SpecPattern in) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.copyFrom(in);
        }
    }

    /// A copy of the batch, by one worker.
    record CopyBatch() implements StatelessBatchOperator {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return in;
        }

        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var list = in.get(0);
            for (int sample = 0; sample < list.size(); sample++) {
                out.make(0, sample, list.spec(sample)).copyFrom(list.get(sample));
            }
        }
    }
}
