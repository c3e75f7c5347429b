package dev.headrace.engine.run;

import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.device.NativeBuild;
import dev.headrace.engine.device.Simulation;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Operators on vectors of `float64` that run on the host and, simulated, on devices.
final class OnDevice {
    static final Kernel COMBINE = Kernel.beside(OnDevice.class, "combine");

    static {
        NativeBuild.forHost(OnDevice.class);
    }

    private OnDevice() {}

    static String ptx(String source) {
        try {
            return NativeBuild.ptx(source);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    static TensorSpec vector(long extent) {
        return TensorSpec.of(ElementType.FLOAT64, "", extent);
    }

    /// A number as a vector, on the host only: one to seven elements, where it is not of one size.
    record Spread(boolean ragged) implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long number = in.get(0).int64(0);
            var made = out.make(0, vector(ragged ? 1 + number % 7 : 5));
            for (long i = 0; i < made.shape().volume(); i++) {
                made.float64(i, number + i / 8.0);
            }
        }
    }

    /// The sum of all elements, on the host only.
    ///
    /// @param told whether the simulated driver is told that the host reads them, which lie in
    ///     pinned memory
    record Total(boolean told) implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            if (told) {
                Simulation.hostReads(in.get(0).address(), in.get(0).spec().bytes());
            }
            double sum = 0;
            for (long i = 0; i < in.get(0).shape().volume(); i++) {
                sum += in.get(0).float64(i);
            }
            out.make(0, Trial.REAL).float64(0, sum);
        }
    }

    /// The extent of a vector, on the host, wherever that lies.
    record Extent() implements SampleOperator {
        @Override
        public boolean readsData(int input) {
            return false;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            out.make(0, Trial.NUMBER).int64(0, in.get(0).shape().extent(0));
        }
    }

    /// `left + factor · right + amount + noise`, for as many elements as the shorter one has.
    ///
    /// @param noise how large a draw of its own is
    record Combine(int factor, Argument amount, double noise) implements CudaOperator {
        @Override
        public Range<Integer> arity() {
            return Range.closed(1, 2);
        }

        @Override
        public boolean random() {
            return noise != 0;
        }

        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(SpecPattern.OPEN);
        }

        private static int right(Inputs in) {
            return in.count() > 1 && in.get(1).shape().rank() == 1 ? 1 : 0;
        }

        private static long count(Inputs in) {
            return Math.min(in.get(0).shape().extent(0), in.get(right(in)).shape().extent(0));
        }

        private double added(SampleContext context) {
            return context.number(amount) + (noise == 0 ? 0 : noise * context.uniform("noise"));
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            var made = out.make(0, vector(count(in)));
            for (long i = 0; i < count(in); i++) {
                double right = factor == 0 ? 0 : in.get(right(in)).float64(i);
                made.float64(i, in.get(0).float64(i) + factor * right + added(context));
            }
        }

        @Override
        public Kernel kernel() {
            return COMBINE;
        }

        @Override
        public List<TensorSpec> specs(Inputs in, SampleContext context) {
            return List.of(vector(count(in)));
        }

        @Override
        public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
            descriptor
                    .pointer(in.get(0))
                    .pointer(in.get(right(in)))
                    .pointer(out.get(0))
                    .float64(added(context))
                    .int32(factor)
                    .int64(count(in));
            return count(in);
        }
    }

    /// Adds a number.
    static Combine plus(double amount) {
        return new Combine(0, Argument.of(amount), 0);
    }

    /// From a number up, told to the kernel one by one: some as whole numbers, and, by an array of
    /// their own, more of them, as many as the cube of the number.
    ///
    /// @param first how many are told as whole numbers
    /// @param most the number is divided by, and the rest taken
    record CountUp(int first, int most) implements CudaOperator {
        private static final Kernel KERNEL = Kernel.beside(OnDevice.class, "count_up");

        private double[] numbers(Inputs in) {
            int number = Math.abs((int) in.get(0).number(0) % most);
            return IntStream.range(0, first + number * number * number)
                    .mapToDouble(i -> number + i)
                    .toArray();
        }

        @Override
        public boolean readsOnHost(int input) {
            return true;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            var numbers = numbers(in);
            var made = out.make(0, vector(numbers.length));
            for (int i = 0; i < numbers.length; i++) {
                made.float64(i, numbers[i]);
            }
        }

        @Override
        public Kernel kernel() {
            return KERNEL;
        }

        @Override
        public List<TensorSpec> specs(Inputs in, SampleContext context) {
            return List.of(vector(numbers(in).length));
        }

        @Override
        public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
            var numbers = numbers(in);
            var firstNumbers = DoubleStream.of(numbers).limit(first).mapToInt(n -> (int) n);
            descriptor
                    .pointer(out.get(0))
                    .int32(first)
                    .array(MemorySegment.ofArray(firstNumbers.toArray()))
                    .array(MemorySegment.ofArray(numbers))
                    .int64(numbers.length);
            return numbers.length;
        }
    }

    /// The first element, as a number.
    record First() implements CudaOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            out.make(0, Trial.REAL).float64(0, in.get(0).float64(0));
        }

        @Override
        public Kernel kernel() {
            return COMBINE;
        }

        @Override
        public List<TensorSpec> specs(Inputs in, SampleContext context) {
            return List.of(Trial.REAL);
        }

        @Override
        public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
            descriptor.pointer(in.get(0)).pointer(in.get(0)).pointer(out.get(0));
            descriptor.float64(0).int32(0).int64(1);
            return 1;
        }
    }

    /// Refuses the number 13, on a device.
    record Unlucky(Argument number) implements CudaOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            throw new IllegalStateException("it is never run");
        }

        @Override
        public Kernel kernel() {
            return COMBINE;
        }

        @Override
        public List<TensorSpec> specs(Inputs in, SampleContext context) {
            if (context.number(number) == 13) {
                throw new BadSample("13 brings bad luck");
            }
            return List.of(Trial.REAL);
        }

        @Override
        public long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor) {
            return new First().describe(in, out, context, descriptor);
        }
    }
}
