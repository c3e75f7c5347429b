package dev.headrace.operators.tensor;

import static com.google.common.base.Preconditions.checkArgument;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.Ref;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/// Each integer as the value at its place in a table.
///
/// | | type | shape |
/// |---|---|---|
/// | in | an integer type, 0 to the table's length - 1 | any |
/// | table | any | one axis |
/// | out | that of the table | that of `in`, and its layout |
///
/// @param table the values; may be another node's, sample by sample
/// @param otherwise the value for integers that have no place in the table, converted as by
///     `Tensor.number`; without it they are bad samples
public record Lookup(Argument table, Optional<Double> otherwise) implements SampleOperator {
    public Lookup {
        checkArgument(table != null, "table is missing");
        if (table instanceof Constant constant) {
            var spec = constant.value().spec();
            checkArgument(spec.rank() == 1, "a table has one axis, got %s", spec);
        }
    }

    /// In a table of these values, of type `FLOAT32`.
    public static Lookup in(double... values) {
        return in(
                Argument.of(
                        TensorValue.of(
                                new TensorSpec(ElementType.FLOAT32, Shape.of(values.length), ""),
                                values)));
    }

    /// In a table of any type, which has one axis.
    public static Lookup in(Argument table) {
        return new Lookup(table, Optional.empty());
    }

    /// The same with a value for integers that have no place in the table.
    public Lookup otherwise(double value) {
        return new Lookup(table, Optional.of(value));
    }

    /// @throws BadSample if the input is not of an integer type, or an integer has no place in the
    ///     table and there is no value for it
    @Override
    public void run(Inputs in, Outputs out, SampleContext context) {
        var indexes = in.get(0);
        if (!isInteger(indexes.type())) {
            throw new BadSample("Lookup takes integers, got " + indexes.spec());
        }
        var values = context.tensor(table);
        if (values.spec().rank() != 1) {
            throw new BadSample("a table has one axis, got " + values.spec());
        }
        var found = out.make(0, indexes.spec().withType(values.type()));
        long length = values.shape().volume();
        int width = values.type().bytes();
        var from = values.segment();
        var to = found.segment();
        for (long i = 0, n = indexes.shape().volume(); i < n; i++) {
            double index = indexes.number(i);
            if (index >= 0 && index < length) {
                MemorySegment.copy(from, (long) index * width, to, i * width, width);
            } else {
                found.number(i, otherwise.orElseThrow(() -> absent(index, length)));
            }
        }
    }

    private static BadSample absent(double index, long length) {
        return new BadSample("Lookup in a table of %d values got %.0f".formatted(length, index));
    }

    private static boolean isInteger(ElementType type) {
        return type.isSigned() || type.isUnsigned();
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        var indexes = in.getFirst();
        checkArgument(
                indexes.type().isEmpty() || isInteger(indexes.type().get()),
                "Lookup takes integers, got %s",
                indexes);
        var values =
                switch (table) {
                    case Constant constant -> SpecPattern.exactly(constant.value().spec());
                    case Input input -> in.get(input.place());
                    case Ref _ -> SpecPattern.OPEN; // not in a graph yet
                };
        return List.of(values.type().map(indexes::withType).orElse(SpecPattern.OPEN));
    }
}
