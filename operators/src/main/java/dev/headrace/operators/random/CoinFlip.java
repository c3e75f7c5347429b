package dev.headrace.operators.random;

import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.util.List;

/// 1 with a probability, else 0: `uniform("coin") < probability`.
///
/// | | type | shape |
/// |---|---|---|
/// | out | `BOOL`, 0 or 1 | scalar |
///
/// As an argument of another operator it reads as the number 0 or 1.
///
/// @param probability of 1, from 0 (never) to 1 (always)
public record CoinFlip(Argument probability) implements CudaOperator {
    private static final Range<Double> PROBABILITIES = Range.closed(0.0, 1.0);
    private static final TensorSpec FLAG = TensorSpec.scalar(ElementType.BOOL);

    public CoinFlip {
        Argument.checked(probability, PROBABILITIES, "probability");
    }

    /// A coin that shows 1 with this probability.
    public static CoinFlip of(double probability) {
        return of(Argument.of(probability));
    }

    /// A coin that shows 1 with a probability that may be another node's value.
    public static CoinFlip of(Argument probability) {
        return new CoinFlip(probability);
    }

    @Override
    public Range<Integer> arity() {
        return Range.singleton(0);
    }

    @Override
    public boolean random() {
        return true;
    }

    /// @throws dev.headrace.engine.error.BadSample if the probability is out of range
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        out.make(0, FLAG).bool(0, shows(context));
    }

    private boolean shows(SampleContext context) {
        return context.uniform("coin") < context.number(probability, PROBABILITIES, "probability");
    }

    @Override
    public Kernel kernel() {
        return Kernel.beside(CoinFlip.class, "coin_flip");
    }

    @Override
    public List<TensorSpec> specs(Inputs in, SampleContext context) {
        return List.of(FLAG);
    }

    /// @throws dev.headrace.engine.error.BadSample if the probability is out of range
    @Override
    public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
        descriptor.pointer(out.get(0)).int32(shows(context) ? 1 : 0);
        return 1;
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        return List.of(SpecPattern.exactly(FLAG));
    }
}
