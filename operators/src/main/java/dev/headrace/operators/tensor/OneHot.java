package dev.headrace.operators.tensor;

import static com.google.common.base.Preconditions.checkArgument;
import static dev.headrace.engine.data.ElementType.FLOAT32;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.CudaTransform;
import dev.headrace.engine.operator.Descriptor;
import dev.headrace.engine.operator.SampleContext;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Class numbers as vectors: `on` at the place of the class, `off` elsewhere.
///
/// | | type | shape |
/// |---|---|---|
/// | in | an integer type, 0 to `classes - 1` | any; a scalar for one label |
/// | out | `FLOAT32` | that of `in` and a last axis of `classes`; without layout |
///
/// Class numbers are read on the host, also where the vectors are made on a device.
///
/// @param classes how many there are, at least 1
/// @param on the value at the place of the class
/// @param off the value elsewhere
public record OneHot(long classes, double on, double off) implements CudaTransform {
    public OneHot {
        checkArgument(classes >= 1, "%s classes, at least 1 is needed", classes);
    }

    /// Vectors of 0 with a single 1.
    public static OneHot of(long classes) {
        return new OneHot(classes, 1, 0);
    }

    /// The same with other values, as for smoothed labels.
    public OneHot values(double on, double off) {
        return new OneHot(classes, on, off);
    }

    private static boolean isInteger(ElementType type) {
        return type.isSigned() || type.isUnsigned();
    }

    /// @throws BadSample if `in` is not of an integer type
    @Override
    public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
        if (!isInteger(in.type())) {
            throw new BadSample("OneHot takes integers, got " + in);
        }
        var extents = Arrays.copyOf(in.shape().extents(), in.rank() + 1);
        extents[in.rank()] = classes;
        return new TensorSpec(FLOAT32, Shape.of(extents), "");
    }

    @Override
    public SpecPattern promise(SpecPattern in) {
        checkArgument(
                in.type().isEmpty() || isInteger(in.type().get()),
                "OneHot takes integers, got %s",
                in);
        var out = SpecPattern.OPEN.withType(FLOAT32).withLayout("");
        if (in.rank() < 0) {
            return out;
        }
        var extents = new long[in.rank() + 1];
        for (int axis = 0; axis < in.rank(); axis++) {
            extents[axis] = in.extent(axis);
        }
        extents[in.rank()] = classes;
        return out.withExtents(extents);
    }

    /// @throws BadSample if a number is no class
    @Override
    public void run(Tensor in, Tensor out, SampleContext context) {
        for (long i = 0, n = in.shape().volume(); i < n; i++) {
            long its = classAt(in, i);
            for (long place = 0; place < classes; place++) {
                out.float32(i * classes + place, (float) (place == its ? on : off));
            }
        }
    }

    private long classAt(Tensor in, long i) {
        double number = in.number(i);
        if (number < 0 || number >= classes) {
            throw new BadSample(
                    "OneHot takes classes 0 to %s, got %.0f".formatted(classes - 1, number));
        }
        return (long) number;
    }

    /// The class numbers, to refuse one that is no class.
    @Override
    public boolean readsOnHost(int input) {
        return true;
    }

    @Override
    public Kernel kernel() {
        return Kernel.beside(OneHot.class, "one_hot");
    }

    /// @throws BadSample if a number is no class
    @Override
    public long describe(Tensor in, Tensor out, SampleContext context, Descriptor descriptor) {
        var places = new long[Math.toIntExact(in.shape().volume())];
        Arrays.setAll(places, i -> classAt(in, i));
        long count = out.shape().volume();
        descriptor
                .array(MemorySegment.ofArray(places))
                .pointer(out)
                .int64(count)
                .int64(classes)
                .float32((float) on)
                .float32((float) off);
        return count;
    }
}
