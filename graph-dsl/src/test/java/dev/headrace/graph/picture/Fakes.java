package dev.headrace.graph.picture;

import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.StatelessBatchOperator;
import java.util.List;
import java.util.Optional;

/// Operators that are drawn and never run.
final class Fakes {
    private Fakes() {}

    interface Sample extends SampleOperator {
        @Override
        default void run(Inputs in, Outputs out, SampleContext context) {}
    }

    /// Photographs of a folder, in `RGB`.
    ///
    /// | | type | shape |
    /// |---|---|---|
    /// | `encoded` | `uint8` | bytes of the file |
    /// | `label` | `int64` | scalar |
    ///
    /// @param folder where they lie, and `<b>` is no tag
    record Photos(String folder) implements IndexedSource<IndexedSource.Dataset> {
        @Override
        public List<String> outputs() {
            return List.of("encoded", "label");
        }

        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(
                    SpecPattern.of(ElementType.UINT8, "", SpecPattern.ANY),
                    SpecPattern.of(ElementType.INT64, ""));
        }

        @Override
        public Dataset open() {
            return () -> 1;
        }

        @Override
        public void read(Dataset dataset, long index, Outputs out, SampleContext context) {}
    }

    record Decode() implements Sample {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(
                    SpecPattern.of(ElementType.UINT8, "HWC", SpecPattern.ANY, SpecPattern.ANY, 3));
        }

        @Override
        public Optional<SampleOperator> absorb(SampleOperator next) {
            return next instanceof Crop crop ? Optional.of(new DecodeCrop(crop)) : Optional.empty();
        }
    }

    record Crop(int height, int width) implements Sample {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(SpecPattern.of(ElementType.UINT8, "HWC", height, width, 3));
        }
    }

    record DecodeCrop(Crop crop) implements Sample {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return crop.promise(in);
        }
    }

    record Blur(int radius) implements Sample {}

    record Brighten(Argument by) implements Sample {}

    record Mix() implements Sample {
        @Override
        public Range<Integer> arity() {
            return Range.closed(1, 3);
        }
    }

    record Coin(double probability) implements Sample {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(0);
        }

        @Override
        public boolean random() {
            return true;
        }
    }

    record Sink(String note) implements Sample {
        @Override
        public List<String> outputs() {
            return List.of();
        }

        @Override
        public Effect effect() {
            return Effect.VISIBLE;
        }
    }

    record Whiten() implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {}
    }

    record Tally() implements BatchOperator<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long run(Long before, BatchInputs in, BatchOutputs out, BatchContext context) {
            return before;
        }
    }
}
