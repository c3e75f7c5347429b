package dev.headrace.operators.tensor;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.IntToLongFunction;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// A user's own kernel for CUDA devices, as source text. It is compiled when a pipeline is built.
///
/// ```java
/// CudaKernel.source(text, "dim").argument(0.5)
/// ```
///
/// ```c
/// struct Image { float *data; long long height, width, channels; };
/// struct Sample { Image in, out; double factor; };
///
/// extern "C" __global__ void dim(const Sample *samples) {
///     Sample sample = samples[blockIdx.y];
///     long long count = sample.in.height * sample.in.width * sample.in.channels;
///     for (long long i = blockIdx.x * blockDim.x + threadIdx.x; i < count;
///          i += gridDim.x * blockDim.x) {
///         sample.out.data[i] = sample.in.data[i] * sample.factor;
///     }
/// }
/// ```
///
/// There is one launch a batch, with a structure for each sample: for each input, then for the
/// output, a pointer to its elements and a `long long` for each extent, outermost first; then a
/// `double` for each argument. A row of blocks works on the sample of its `blockIdx.y`. Whether the
/// structure is as large as this is checked; what it is made of is not.
///
/// | | type | shape |
/// |---|---|---|
/// | in | any, 1 to {@value #MOST_INPUTS} inputs | any; of one rank in a batch |
/// | out | `type`, or that of the first input | `extents`, or that of the first input |
///
/// It runs on devices only. The kernel writes all of its output, and nothing else.
///
/// @param source CUDA C++, see [Kernel#compile]
/// @param function which of its functions, declared `extern "C" __global__`
/// @param type of the output, unless that of the first input
/// @param extents of the output, [#SAME] where as in the first input, unless all of them are
/// @param layout of the output, unless that of the first input where that has as many axes
/// @param arguments single numbers, for the end of the structure
/// @param work how many threads a sample could use, unless one for each element of the output
public record CudaKernel(
        String source,
        String function,
        Optional<ElementType> type,
        Optional<ImmutableList<Long>> extents,
        Optional<String> layout,
        ImmutableList<Argument> arguments,
        OptionalLong work)
        implements CudaOperator {
    /// An extent that is that of the first input, at the same axis: {@value}.
    public static final long SAME = SpecPattern.ANY;

    private static final int MOST_INPUTS = 64;
    private static final Pattern NAME = Pattern.compile("[A-Za-z_]\\w*");

    public CudaKernel {
        checkArgument(!source.isBlank(), "source is empty");
        checkArgument(source.indexOf(0) < 0, "source has control letters");
        checkArgument(NAME.matcher(function).matches(), "\"%s\" is no function's name", function);
        requireNonNull(type, "type");
        for (long extent : extents.orElse(ImmutableList.of())) {
            checkArgument(extent >= SAME, "extent %s is negative", extent);
        }
        extents.ifPresent(
                each ->
                        checkArgument(
                                layout.isEmpty() || fits(layout.get(), each.size()),
                                "layout %s for %s extents",
                                layout.orElse(""),
                                each.size()));
        work.ifPresent(each -> checkArgument(each > 0, "work for %s threads", each));
    }

    private static boolean fits(String layout, int rank) {
        return layout.isEmpty() || layout.length() == rank;
    }

    /// A kernel whose output is like its first input.
    ///
    /// @param source CUDA C++
    /// @param function the name of one of its functions, declared `extern "C" __global__`
    public static CudaKernel source(String source, String function) {
        return new CudaKernel(
                source,
                function,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                ImmutableList.of(),
                OptionalLong.empty());
    }

    /// The same with an output of this type.
    public CudaKernel type(ElementType output) {
        return new CudaKernel(
                source, function, Optional.of(output), extents, layout, arguments, work);
    }

    /// The same with an output of these extents, [#SAME] where as in the first input.
    public CudaKernel shape(long... output) {
        var all = LongStream.of(output).boxed().collect(ImmutableList.toImmutableList());
        return new CudaKernel(source, function, type, Optional.of(all), layout, arguments, work);
    }

    /// The same with an output of this layout, one letter an axis, or empty.
    public CudaKernel layout(String output) {
        return new CudaKernel(
                source, function, type, extents, Optional.of(output), arguments, work);
    }

    /// The same with one more number, which the kernel has as a `double`.
    public CudaKernel argument(double number) {
        return argument(Argument.of(number));
    }

    /// The same with one more number, which may be another node's value: of each sample its own.
    public CudaKernel argument(Argument number) {
        var all = ImmutableList.<Argument>builder().addAll(arguments).add(number).build();
        return new CudaKernel(source, function, type, extents, layout, all, work);
    }

    /// The same where a sample can use so many threads, and not one for each element of the output,
    /// as a kernel that adds up. There may be fewer, as always, and up to 255 more.
    public CudaKernel work(long threads) {
        return new CudaKernel(
                source, function, type, extents, layout, arguments, OptionalLong.of(threads));
    }

    @Override
    public Range<Integer> arity() {
        return Range.closed(1, MOST_INPUTS);
    }

    @Override
    public boolean runsOnHost() {
        return false;
    }

    @Override
    public boolean runsCode() {
        return true;
    }

    @Override
    public String description() {
        return "CUDA kernel " + function;
    }

    @Override
    public Kernel kernel() {
        return Kernel.compile(source, function);
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        var first = in.getFirst();
        if (first.rank() >= 0) {
            checkAxes(first.rank(), first);
        }
        var out = type.or(first::type).map(SpecPattern.OPEN::withType).orElse(SpecPattern.OPEN);
        int rank = rank(first.rank());
        if (rank >= 0) {
            out = out.withExtents(extents(rank, first::extent));
        }
        var like = rank == first.rank() ? first.layout() : Optional.of("");
        boolean open = rank >= 0 && first.rank() < 0;
        return List.of(
                layout.or(() -> open ? Optional.empty() : like).map(out::withLayout).orElse(out));
    }

    /// @throws BadSample if the output cannot be like the first input
    @Override
    public List<TensorSpec> specs(Inputs in, SampleContext context) {
        var first = in.get(0).spec();
        try {
            checkAxes(first.rank(), first);
        } catch (IllegalArgumentException refusal) {
            throw new BadSample(refusal.getMessage());
        }
        int rank = rank(first.rank());
        return List.of(
                TensorSpec.of(
                        type.orElse(first.type()),
                        layout.orElse(rank == first.rank() ? first.layout() : ""),
                        extents(rank, first.shape()::extent)));
    }

    /// @throws IllegalArgumentException if an output cannot be like such a first input
    private void checkAxes(int rank, Object first) {
        int last = extents.map(each -> each.lastIndexOf(SAME)).orElse(-1);
        checkArgument(
                last < rank,
                "axis %s of the output is to be that of the first input, which is %s",
                last,
                first);
        var letters = layout.orElse("");
        checkArgument(
                letters.isEmpty() || letters.length() == rank(rank),
                "layout %s for an output like the first input, which is %s",
                letters,
                first);
    }

    /// Number of axes of the output, where the first input has so many.
    private int rank(int first) {
        return extents.map(List::size).orElse(first);
    }

    private long[] extents(int rank, IntToLongFunction first) {
        var all = new long[rank];
        for (int axis = 0; axis < rank; axis++) {
            long given = extents.isPresent() ? extents.get().get(axis) : SAME;
            all[axis] = given == SAME ? first.applyAsLong(axis) : given;
        }
        return all;
    }

    @Override
    public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
        int dataInputs =
                arguments.stream()
                        .flatMapToInt(
                                each ->
                                        each instanceof Input(int place)
                                                ? IntStream.of(place)
                                                : IntStream.empty())
                        .min()
                        .orElse(in.count());
        for (int input = 0; input < dataInputs; input++) {
            describe(in.get(input), descriptor);
        }
        describe(out.get(0), descriptor);
        for (var argument : arguments) {
            descriptor.float64(context.number(argument));
        }
        return work.orElse(out.get(0).shape().volume());
    }

    private static void describe(Tensor tensor, Descriptor descriptor) {
        descriptor.pointer(tensor);
        for (int axis = 0; axis < tensor.shape().rank(); axis++) {
            descriptor.int64(tensor.shape().extent(axis));
        }
    }

    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        throw new IllegalStateException("it runs on a device only");
    }
}
