package dev.headrace.engine.plan;

import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.operator.Transfer;
import java.util.List;
import java.util.Optional;

/// Operators that are planned and never run.
final class Fakes {
    private Fakes() {}

    static final SpecPattern PICTURE =
            SpecPattern.of(ElementType.UINT8, "HWC", SpecPattern.ANY, SpecPattern.ANY, 3);
    static final SpecPattern NUMBER = SpecPattern.of(ElementType.INT64, "");

    /// The operator of this name, as in a drawing.
    ///
    /// @param number what stands in brackets, or empty
    /// @param dataInputs where inputs for arguments begin
    static Operator named(String name, String number, int dataInputs) {
        return switch (name) {
            case "Source" -> new Source();
            case "Shuffled" -> new Shuffled();
            case "Stream" -> new Stream();
            case "Copy" -> new Copy();
            case "Add" -> new Add(Integer.parseInt(number));
            case "Join" -> new Join();
            case "Pair" -> new Pair();
            case "Scale" -> new Scale(new Input(dataInputs));
            case "Encode" -> new Encode();
            case "Size" -> new Size();
            case "Transfer" -> new Transfer();
            case "Grey" -> new Grey();
            case "Coin" -> new Coin();
            case "Die" -> new Die();
            case "Noise" -> new Noise();
            case "Sink" -> new Sink();
            case "Private" -> new Private();
            case "Batch" -> new Batch();
            case "Shake" -> new Shake();
            case "Shared" -> new Shared();
            case "Ordered" -> new Ordered();
            case "Tally" -> new Tally();
            case "Decode" -> new Decode();
            case "Misfit" -> new Misfit();
            case "DecodeBy" -> new DecodeBy(new Input(dataInputs));
            case "Crop" -> new Crop(new Input(dataInputs));
            case "Mirror" -> new Mirror();
            case "OnlyThere" -> new OnlyThere();
            case "Sloppy" -> new Sloppy();
            case "Broken" -> new Broken();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static UnsupportedOperationException never() {
        return new UnsupportedOperationException("planned only");
    }

    interface Sample extends SampleOperator {
        @Override
        default void run(Inputs in, Outputs out, SampleContext context) {
            throw never();
        }
    }

    /// One that runs on devices too.
    interface Cuda extends Sample, CudaOperator {
        @Override
        default Kernel kernel() {
            throw never();
        }

        @Override
        default List<TensorSpec> specs(Inputs in, SampleContext context) {
            throw never();
        }

        @Override
        default long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
            throw never();
        }
    }

    interface Indexed extends IndexedSource<IndexedSource.Dataset> {
        @Override
        default Dataset open() {
            throw never();
        }

        @Override
        default void read(Dataset dataset, long index, Outputs out, SampleContext context) {
            throw never();
        }
    }

    record Source() implements Indexed {
        @Override
        public List<String> outputs() {
            return List.of("image", "label");
        }

        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(PICTURE, NUMBER);
        }
    }

    record Shuffled() implements Indexed {
        @Override
        public boolean shuffle() {
            return true;
        }
    }

    record Stream() implements SequentialSource<Long> {
        @Override
        public List<String> outputs() {
            return List.of("image", "label");
        }

        @Override
        public Long start() {
            throw never();
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            throw never();
        }
    }

    record Copy() implements Cuda {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return in;
        }
    }

    record Add(int by) implements Cuda {}

    /// Runs on devices only.
    record OnlyThere() implements Cuda {
        @Override
        public boolean runsOnHost() {
            return false;
        }
    }

    record Join() implements Cuda {
        @Override
        public Range<Integer> arity() {
            return Range.closed(1, 3);
        }
    }

    record Pair() implements Cuda {
        @Override
        public List<String> outputs() {
            return List.of("left", "right");
        }
    }

    /// Looks at its first input's spec only.
    record Size() implements Sample {
        @Override
        public Range<Integer> arity() {
            return Range.closed(1, 2);
        }

        @Override
        public boolean readsData(int input) {
            return input > 0;
        }
    }

    record Scale(Argument by) implements Cuda {}

    /// Reads its first input on the host.
    record Encode() implements Cuda {
        @Override
        public Range<Integer> arity() {
            return Range.closed(1, 2);
        }

        @Override
        public boolean readsOnHost(int input) {
            return input == 0;
        }
    }

    record Grey() implements Sample {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            long channels = in.getFirst().extent('C');
            if (channels != SpecPattern.ANY && channels != 3) {
                throw new IllegalArgumentException("Grey takes 3 channels, got " + in.getFirst());
            }
            return List.of(
                    SpecPattern.of(
                            ElementType.FLOAT32, "HWC", SpecPattern.ANY, SpecPattern.ANY, 1));
        }
    }

    record Coin() implements Cuda {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(0);
        }

        @Override
        public boolean random() {
            return true;
        }
    }

    record Die() implements Sample {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(0);
        }

        @Override
        public boolean random() {
            return true;
        }
    }

    record Luck() implements Sample {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(0);
        }

        @Override
        public boolean random() {
            return true;
        }
    }

    record Noise() implements Cuda {
        @Override
        public boolean random() {
            return true;
        }
    }

    record Sink() implements Cuda {
        @Override
        public Range<Integer> arity() {
            return Range.atLeast(1);
        }

        @Override
        public List<String> outputs() {
            return List.of();
        }

        @Override
        public Effect effect() {
            return Effect.VISIBLE;
        }
    }

    record Private() implements Sample {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }
    }

    interface Stateless extends StatelessBatchOperator {
        @Override
        default Range<Integer> arity() {
            return Range.atMost(3);
        }

        @Override
        default void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            throw never();
        }
    }

    record Batch() implements Stateless {}

    record Shared() implements Stateless {
        @Override
        public Range<Integer> arity() {
            return Range.atLeast(0);
        }

        @Override
        public List<String> outputs() {
            return List.of("left", "right");
        }

        @Override
        public boolean sharesMemory() {
            return true;
        }
    }

    record Shake() implements Stateless {
        @Override
        public boolean random() {
            return true;
        }
    }

    interface Stateful extends BatchOperator<Long> {
        @Override
        default Range<Integer> arity() {
            return Range.all();
        }

        @Override
        default Long start() {
            throw never();
        }

        @Override
        default Long run(Long before, BatchInputs in, BatchOutputs out, BatchContext context) {
            throw never();
        }
    }

    record Ordered() implements Stateful {}

    /// Says that it has no effect, but it has state.
    record Tally() implements Stateful {
        @Override
        public Effect effect() {
            return Effect.NONE;
        }
    }

    /// Absorbs a crop; what comes of it absorbs a mirror.
    record Decode() implements Sample {
        @Override
        public Optional<SampleOperator> absorb(SampleOperator next) {
            return next instanceof Crop crop
                    ? Optional.of(new DecodeCrop(this, crop))
                    : Optional.empty();
        }
    }

    record DecodeBy(Argument by) implements Sample {
        @Override
        public Optional<SampleOperator> absorb(SampleOperator next) {
            return next instanceof Crop ? Optional.of(new Fused()) : Optional.empty();
        }
    }

    /// Absorbs a copy into something with another number of outputs.
    record Misfit() implements Sample {
        @Override
        public Optional<SampleOperator> absorb(SampleOperator next) {
            return Optional.of(new Pair());
        }
    }

    record Crop(Argument at) implements Sample {}

    record Mirror() implements Sample {
        @Override
        public boolean random() {
            return true;
        }
    }

    record DecodeCrop(Decode decode, Crop crop) implements Sample {
        @Override
        public Optional<SampleOperator> absorb(SampleOperator next) {
            return next instanceof Mirror ? Optional.of(new Fused()) : Optional.empty();
        }

        @Override
        public String gain() {
            return "less is decoded";
        }
    }

    record Fused() implements Sample {}

    record Sloppy() implements Sample {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of();
        }
    }

    record Broken() implements Sample {
        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            throw new IndexOutOfBoundsException("axis 3");
        }
    }
}
