package dev.headrace.operators.read;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.INT64;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.util.List;

/// The numbers from 0 to a size, each once an epoch.
///
/// | | type | shape | unit |
/// |---|---|---|---|
/// | out | `int64` | scalar | the sample's index, from 0 |
///
/// @param size how many, from 1 to 2^48
/// @param shuffle whether each epoch has an order of its own
public record Counter(long size, boolean shuffle) implements IndexedSource<Counter.Numbers> {
    private static final TensorSpec NUMBER = TensorSpec.scalar(INT64);

    /// The opened source.
    ///
    /// @param size how many numbers there are
    public record Numbers(long size) implements Dataset {
        @Override
        public String name(long index) {
            return Long.toString(index);
        }
    }

    public Counter {
        checkArgument(size >= 1 && size <= 1L << 48, "a counter of %s numbers", size);
    }

    /// The numbers below a size, in order.
    public static Counter below(long size) {
        return new Counter(size, false);
    }

    /// The same, in an order of its own each epoch.
    public Counter shuffled() {
        return new Counter(size, true);
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return List.of(SpecPattern.exactly(NUMBER));
    }

    @Override
    public Numbers open() {
        return new Numbers(size);
    }

    @Override
    public void read(Numbers numbers, long index, Outputs out, SampleContext context) {
        out.make(0, NUMBER).int64(0, index);
    }
}
