package dev.headrace.operators.tensor;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.Range;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// Several inputs of one spec, side by side along a new axis.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any, at least one input | any, the same for all |
/// | out | that of the inputs | that of the inputs, and their number at `axis` |
///
/// @param axis the place of the new axis in the output, from 0
/// @param letter the new axis's letter in the layout, or empty: then the output has no layout
public record Stack(int axis, String letter) implements CudaOperator {
    public Stack {
        checkArgument(axis >= 0, "axis %s is negative", axis);
        checkArgument(letter.length() <= 1, "axis %s is not one letter", letter);
    }

    /// Stacks along a new axis at this place, which has no name.
    public static Stack at(int axis) {
        return new Stack(axis, "");
    }

    /// Stacks along a new axis at this place, with a letter, as in `F` for frames. Inputs that have
    /// axes without letters give an output without letters.
    public static Stack at(int axis, String letter) {
        return new Stack(axis, letter);
    }

    @Override
    public Range<Integer> arity() {
        return Range.atLeast(1);
    }

    /// @throws BadSample if the inputs differ, or have too few axes
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        fill(in, out.make(0, outputSpec(in)));
    }

    private TensorSpec outputSpec(Inputs in) {
        var spec = in.get(0).spec();
        for (int i = 1; i < in.count(); i++) {
            if (!in.get(i).spec().equals(spec)) {
                throw new BadSample(unequal(spec, in.get(i).spec()));
            }
        }
        if (axis > spec.rank()) {
            throw new BadSample(tooFewAxes(spec));
        }
        return stacked(spec, in.count());
    }

    @Override
    public Kernel kernel() {
        return Kernel.beside(Stack.class, "stack");
    }

    /// @throws BadSample if the inputs differ, or have too few axes
    @Override
    public List<TensorSpec> specs(Inputs in, SampleContext context) {
        return List.of(outputSpec(in));
    }

    @Override
    public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
        var stacked = out.get(0);
        var addresses = IntStream.range(0, in.count()).mapToLong(i -> in.get(i).address());
        long count = stacked.shape().volume();
        descriptor
                .array(MemorySegment.ofArray(addresses.toArray()))
                .pointer(stacked)
                .int64(count)
                .int64(piece(stacked.shape()))
                .int32(in.count())
                .int32(stacked.type().bytes());
        return count;
    }

    private static String unequal(Object first, Object other) {
        return "Stack takes inputs of one type, shape and layout, got " + first + " and " + other;
    }

    private String tooFewAxes(Object in) {
        return "Stack at axis " + axis + " takes tensors of at least " + axis + " axes, got " + in;
    }

    private TensorSpec stacked(TensorSpec in, int count) {
        boolean named = !letter.isEmpty() && in.layout().length() == in.rank();
        return new TensorSpec(
                in.type(),
                Shape.of(with(in.shape().extents(), count)),
                named ? new StringBuilder(in.layout()).insert(axis, letter).toString() : "");
    }

    private long[] with(long[] extents, int count) {
        return LongStream.concat(
                        LongStream.of(extents).limit(axis),
                        LongStream.concat(LongStream.of(count), LongStream.of(extents).skip(axis)))
                .toArray();
    }

    /// How many elements of one input lie together in the output.
    private long piece(Shape out) {
        long piece = 1;
        for (int i = axis + 1; i < out.rank(); i++) {
            piece *= out.extent(i);
        }
        return piece;
    }

    private void fill(Inputs in, Tensor out) {
        if (out.spec().bytes() == 0) {
            return;
        }
        long piece = piece(out.shape()) * out.type().bytes();
        var to = out.segment();
        long bytes = in.get(0).spec().bytes();
        for (int i = 0; i < in.count(); i++) {
            Strided.copy(
                    in.get(i).segment(),
                    0,
                    new long[] {piece, 1},
                    to,
                    i * piece,
                    new long[] {piece * in.count(), 1},
                    new long[] {bytes / piece, piece},
                    1);
        }
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        var first = in.getFirst();
        for (var other : in) {
            checkArgument(
                    first.exact().isEmpty()
                            || other.exact().isEmpty()
                            || first.exact().equals(other.exact()),
                    unequal(first, other));
        }
        checkArgument(first.rank() < 0 || axis <= first.rank(), tooFewAxes(first));
        var exact = first.exact();
        if (exact.isPresent()) {
            return List.of(SpecPattern.exactly(stacked(exact.get(), in.size())));
        }
        var out = first.type().map(SpecPattern.OPEN::withType).orElse(SpecPattern.OPEN);
        if (first.rank() < 0) {
            return List.of(out);
        }
        var extents = new long[first.rank()];
        for (int i = 0; i < extents.length; i++) {
            extents[i] = first.extent(i);
        }
        return List.of(out.withExtents(with(extents, in.size())));
    }
}
