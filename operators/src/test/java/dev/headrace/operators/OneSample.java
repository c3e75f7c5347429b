package dev.headrace.operators;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// A worker that runs one operator on one sample at a time, for tests that need no pipeline. Not
/// for several threads; close it when done.
public final class OneSample implements Outputs, SampleContext, AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Map<Object, Object> kept = new HashMap<>();
    private final Map<Integer, Tensor> made = new HashMap<>();
    private final Storage storage = Storage.permanent("a test");
    private IndexedSource.Dataset dataset;
    private long index;
    private List<Integer> wanted = List.of(0, 1, 2, 3);

    /// Runs an operator on bytes.
    public TensorValue run(SampleOperator operator, byte[] bytes) throws Exception {
        var spec = TensorSpec.of(ElementType.UINT8, "", bytes.length);
        return run(operator, TensorValue.of(spec, bytes)).get(0);
    }

    /// Runs an operator; gives the outputs that it made, by place.
    public Map<Integer, TensorValue> run(SampleOperator operator, TensorValue... inputs)
            throws Exception {
        made.clear();
        var tensors = new Tensor[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            tensors[i] = tensor(inputs[i].spec());
            tensors[i].segment().copyFrom(MemorySegment.ofArray(inputs[i].bytes()));
            tensors[i].freeze();
        }
        operator.run(
                new Inputs() {
                    @Override
                    public int count() {
                        return tensors.length;
                    }

                    @Override
                    public Tensor get(int input) {
                        return tensors[input];
                    }
                },
                this,
                this);
        var outputs = new HashMap<Integer, TensorValue>();
        made.forEach((output, tensor) -> outputs.put(output, TensorValue.copyOf(tensor)));
        return outputs;
    }

    /// Reads one sample of a source.
    public Map<Integer, TensorValue> read(
            IndexedSource<?> source, IndexedSource.Dataset opened, long sample) throws Exception {
        dataset = opened;
        index = sample;
        return run(source);
    }

    /// From now on only these outputs are wanted.
    public OneSample wanting(Integer... outputs) {
        wanted = List.of(outputs);
        return this;
    }

    private Tensor tensor(TensorSpec spec) {
        var memory = arena.allocate(Math.max(1, spec.bytes()), 64);
        memory.fill((byte) 0xA5);
        return new Tensor(spec, memory.address(), storage, true);
    }

    @Override
    public boolean wanted(int output) {
        return wanted.contains(output);
    }

    @Override
    public Tensor make(int output, TensorSpec spec) {
        var tensor = tensor(spec);
        if (made.put(output, tensor) != null) {
            throw new IllegalStateException("output " + output + " was made twice");
        }
        return tensor;
    }

    @Override
    public SampleId id() {
        return SampleId.of(0, index);
    }

    @Override
    public MemorySegment scratch(long bytes) {
        return arena.allocateFrom(JAVA_BYTE, new byte[Math.toIntExact(bytes)]);
    }

    @Override
    public SampleContext part(int part) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long index() {
        return index;
    }

    @Override
    public IndexedSource.Dataset dataset() {
        return dataset;
    }

    @Override
    public long iteration() {
        return 0;
    }

    @Override
    public long epoch() {
        return 0;
    }

    @Override
    public long bits(String draw, long place) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Tensor tensor(Argument argument) {
        throw new UnsupportedOperationException();
    }

    @Override
    @SuppressWarnings("unchecked") // one key, one type
    public <T> T keep(Object key, Supplier<T> maker) {
        return (T) kept.computeIfAbsent(key, absent -> maker.get());
    }

    @Override
    public void close() {
        try {
            for (var each : kept.values()) {
                if (each instanceof AutoCloseable closeable) {
                    closeable.close();
                }
            }
        } catch (Exception failure) {
            throw new IllegalStateException("could not be closed", failure);
        } finally {
            arena.close();
        }
    }
}
