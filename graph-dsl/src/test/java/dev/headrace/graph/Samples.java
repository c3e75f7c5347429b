package dev.headrace.graph;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transform;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Samples to look at, and a way to pass them on.
public final class Samples {
    private static final TensorSpec LABEL = TensorSpec.scalar(ElementType.INT64);

    private Samples() {}

    /// Gives the values of a list, and the place of each as its label.
    public record Given(ImmutableList<TensorValue> values)
            implements IndexedSource<IndexedSource.Dataset> {
        @Override
        public List<String> outputs() {
            return List.of("value", "label");
        }

        /// The values' spec if they have one in common.
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            var specs = values.stream().map(TensorValue::spec).distinct().toList();
            return List.of(
                    specs.size() == 1 ? SpecPattern.exactly(specs.getFirst()) : SpecPattern.OPEN,
                    SpecPattern.exactly(LABEL));
        }

        @Override
        public Dataset open() {
            return new Dataset() {
                @Override
                public long size() {
                    return values.size();
                }

                @Override
                public String name(long index) {
                    return "file" + index;
                }
            };
        }

        @Override
        public void read(Dataset dataset, long index, Outputs out, SampleContext context) {
            if (out.wanted(0)) {
                var value = values.get((int) index);
                var tensor = out.make(0, value.spec());
                tensor.segment().copyFrom(MemorySegment.ofArray(value.bytes()));
            }
            if (out.wanted(1)) {
                out.make(1, LABEL).int64(0, index);
            }
        }
    }

    /// A copy, which promises what it gives.
    public record Copy(int number) implements Transform {
        @Override
        public SpecPattern promise(SpecPattern in) {
            return in;
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.copyFrom(in);
        }
    }
}
