package dev.headrace.graph.trace;

import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.StatelessBatchOperator;

/// Operators on single numbers, for pipelines to be traced.
final class Numbers {
    private static final TensorSpec NUMBER = TensorSpec.scalar(ElementType.INT64);

    private Numbers() {}

    /// The numbers from 0.
    record Count(long samples) implements IndexedSource<IndexedSource.Dataset> {
        @Override
        public Dataset open() {
            return () -> samples;
        }

        @Override
        public void read(Dataset dataset, long index, Outputs out, SampleContext context) {
            out.make(0, NUMBER).int64(0, index);
        }
    }

    /// One more; refuses a number.
    record AddOne(long refused) implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long number = in.get(0).int64(0);
            if (number == refused) {
                throw new BadSample("AddOne refuses " + number);
            }
            out.make(0, NUMBER).int64(0, number + 1);
        }
    }

    /// Twice the number, by a loop of the workers.
    record Twice() implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception {
            var list = in.get(0);
            context.forEach(
                    list.size(),
                    (sample, own) ->
                            out.make(0, sample, NUMBER).int64(0, 2 * list.get(sample).int64(0)));
        }
    }

    /// The same numbers, in order, on a thread of that name, or where that is empty on virtual
    /// threads.
    record Pass(String thread) implements BatchOperator<Integer> {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(1);
        }

        @Override
        public RunsOn runsOn() {
            return thread.isEmpty() ? RunsOn.VIRTUAL : new RunsOn.Thread(thread);
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer run(Integer before, BatchInputs in, BatchOutputs out, BatchContext context) {
            var list = in.get(0);
            for (int sample = 0; sample < list.size(); sample++) {
                out.make(0, sample, NUMBER).int64(0, list.get(sample).int64(0));
            }
            return before + 1;
        }
    }
}
