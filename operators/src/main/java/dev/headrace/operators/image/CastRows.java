package dev.headrace.operators.image;

import static dev.headrace.engine.data.ElementType.FLOAT32;
import static dev.headrace.engine.data.ElementType.UINT8;

import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.operators.tensor.Cast;
import java.util.function.Function;

/// A cast of an image that comes row by row.
///
/// @param cast to a type that [#takes] names
record CastRows(Cast cast) implements RowStep {
    /// Whether rows have numbers of this type.
    static boolean takes(Cast cast) {
        return cast.type() == UINT8 || cast.type() == FLOAT32;
    }

    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        return cast.outputSpec(in, context);
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        return cast.promise(in);
    }

    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        cast.run(in, out, context);
    }

    @Override
    public Rows taking(TensorSpec in, Function<TensorSpec, Rows> target, SampleContext context) {
        var behind = target.apply(outputSpec(in, context));
        int n = Resampler.rowLength(in.shape().extent(1), in.shape().extent(2));
        if (in.type() == cast.type()) {
            return behind;
        }
        if (cast.type() == UINT8) {
            return new Rows.Changed(row -> toWhole(row, n), behind);
        }
        var loops = Resampler.of(context).loops();
        return new Rows.Changed(row -> loops.scale(row, true, 1, 0, n), behind);
    }

    /// As [Cast] rounds: halves to even, since a sum with 2^23 has no room for a fraction.
    private static void toWhole(float[] row, int n) {
        for (int i = 0; i < n; i++) {
            row[i] = Math.max(0f, Math.min(255f, row[i])) + 0x1p23f - 0x1p23f;
        }
    }
}
