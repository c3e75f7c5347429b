package dev.headrace.testkit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import com.google.common.collect.ImmutableList;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/// A source of given samples, over and over, with the index as its last output.
///
/// @param samples for each sample its tensors
/// @param size how many it gives
/// @param promising whether it promises the spec of an output, where all samples have the same
record Given(ImmutableList<ImmutableList<TensorValue>> samples, long size, boolean promising)
        implements IndexedSource<IndexedSource.Dataset> {
    static final String INDEX = "index";

    static String input(int place) {
        return "input" + place;
    }

    int width() {
        return samples.isEmpty() ? 0 : samples.getFirst().size();
    }

    @Override
    public List<String> outputs() {
        var names = ImmutableList.<String>builder();
        IntStream.range(0, width()).mapToObj(Given::input).forEach(names::add);
        return names.add(INDEX).build();
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        var promised = ImmutableList.<SpecPattern>builder();
        for (int place = 0; place < width(); place++) {
            int input = place;
            var specs = samples.stream().map(each -> each.get(input).spec()).distinct().toList();
            promised.add(
                    promising && specs.size() == 1
                            ? SpecPattern.exactly(specs.getFirst())
                            : SpecPattern.OPEN);
        }
        return promised.add(SpecPattern.OPEN).build();
    }

    @Override
    public Dataset open() {
        return () -> size;
    }

    @Override
    public void read(Dataset dataset, long index, Outputs out, SampleContext context) {
        for (int place = 0; place < width(); place++) {
            if (out.wanted(place)) {
                var value = samples.get((int) (index % samples.size())).get(place);
                var bytes = value.bytes();
                var segment = out.make(place, value.spec()).segment();
                MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
            }
        }
        if (out.wanted(width())) {
            out.make(width(), TensorSpec.scalar(ElementType.INT64)).int64(0, index);
        }
    }
}
