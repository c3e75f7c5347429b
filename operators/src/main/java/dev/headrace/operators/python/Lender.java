package dev.headrace.operators.python;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.DriverFailure;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.DeviceQueue;
import dev.headrace.operators.tensor.Strided;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Answers what Python asks during a request: memory, and seeds. Its public methods are called by
/// name from there; texts hold numbers with spaces between.
///
/// Used by one thread at a time.
public final class Lender implements Questions {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    private static final ElementType[] TYPES = ElementType.values();

    private final PythonFunction operator;
    private final Loans loans;
    private final BiConsumer<Long, Runnable> release;
    private final LongUnaryOperator toWord;
    private final Map<Long, Buffer> lent = new HashMap<>();
    private BatchOutputs out;
    private BatchContext context;
    private Optional<DeviceQueue> queue = Optional.empty();
    private int first;
    private int count;
    private HeadraceException refusal;

    /// @param toWord from an address in this process to the word for it in Python's
    /// @param release has Python let go of a result, and is told then; null where no node runs on a
    ///     device
    Lender(
            PythonFunction operator,
            Loans loans,
            LongUnaryOperator toWord,
            BiConsumer<Long, Runnable> release) {
        this.operator = operator;
        this.loans = loans;
        this.release = release;
        this.toWord = toWord;
    }

    /// Begins a request.
    ///
    /// @param first the place of its first sample in the batch
    /// @param count how many samples it is about
    void begin(BatchOutputs out, BatchContext context, int first, int count) {
        this.out = out;
        this.context = context;
        this.first = first;
        this.count = count;
        queue = context.deviceQueue();
        refusal = null;
    }

    /// Ends a request. What was lent stays as long as Python or an output uses it.
    void end() {
        out = null;
        context = null;
        queue = Optional.empty();
        lent.values().forEach(Buffer::close);
        lent.clear();
    }

    /// Why the request failed: the refusal of something that was asked for, or what Python says.
    ///
    /// @param text of the failure
    RuntimeException failed(String text) {
        var failure = PythonFailure.of(text);
        if (refusal != null && isRefusal(failure.cause())) {
            return refusal;
        }
        var bad = new BadBatch(failure.message(), failure.cause());
        return failure.sample().isPresent() ? context.at(failure.sample().getAsInt(), bad) : bad;
    }

    /// The function may have gone on without, and failed for another reason.
    private boolean isRefusal(PythonException raised) {
        return raised != null
                && raised.type().equals("MemoryError")
                && raised.text().equals(refusal.getMessage());
    }

    /// Memory that was lent in this request.
    Buffer lent(long loan) {
        var buffer = lent.get(loan);
        if (buffer == null) {
            throw new IllegalStateException("loan " + loan + " is none of this request");
        }
        return buffer;
    }

    /// The block of an output: `address loan type extent…` from the request's first sample on, or
    /// nothing.
    @Override
    public String block(int output) {
        return refusing(
                () -> {
                    var block = out.block(output);
                    if (block.isEmpty() || !(block.get().storage() instanceof Buffer buffer)) {
                        return "";
                    }
                    var extents = block.get().shape().extents();
                    long each = block.get().spec().bytes() / extents[0];
                    long loan = loans.add(kept(buffer));
                    var answer = new StringJoiner(" ");
                    answer.add(
                            Long.toString(
                                    toWord.applyAsLong(block.get().address() + first * each)));
                    answer.add(Long.toString(loan));
                    answer.add(Integer.toString(block.get().type().ordinal()));
                    for (int axis = 1; axis < extents.length; axis++) {
                        answer.add(Long.toString(extents[axis]));
                    }
                    return answer.toString();
                });
    }

    /// Memory for what headrace.empty() makes: `address loan`.
    @Override
    public String lend(long bytes) {
        return refusing(
                () -> {
                    var buffer = out.lend(bytes);
                    long loan = loans.add(kept(buffer));
                    lent.put(loan, buffer);
                    return toWord.applyAsLong(buffer.address()) + " " + loan;
                });
    }

    /// The tensor to fill for one sample of this request: its address.
    ///
    /// @param spec `type extent…`
    @Override
    public String make(int output, int sample, String spec) {
        return refusing(
                () -> {
                    var numbers =
                            Arrays.stream(spec.split(" ")).mapToLong(Long::parseLong).toArray();
                    var extents = Arrays.copyOfRange(numbers, 1, numbers.length);
                    var layout = operator.layout(output);
                    var made =
                            TensorSpec.of(
                                    TYPES[(int) numbers[0]],
                                    layout.length() == extents.length ? layout : "",
                                    extents);
                    long address = out.make(output, first + sample, made).address();
                    return Long.toString(toWord.applyAsLong(address));
                });
    }

    /// Copies a result into memory of the node's device, behind what its stream was given.
    ///
    /// @param to address of the device; the copy is dense
    /// @param from address of the result's first element
    /// @param form `type rank extent… stride…`, strides in bytes
    /// @param handle what Python keeps until the copy is done; 0 where the result lies on the host,
    ///     and is read before this returns
    public String copy(long to, long from, String form, long handle) {
        return refusing(
                () -> {
                    var numbers =
                            Arrays.stream(form.split(" ")).mapToLong(Long::parseLong).toArray();
                    int rank = (int) numbers[1];
                    var extents = Arrays.copyOfRange(numbers, 2, 2 + rank);
                    var strides = Arrays.copyOfRange(numbers, 2 + rank, numbers.length);
                    var spec = TensorSpec.of(TYPES[(int) numbers[0]], "", extents);
                    if (handle == 0) {
                        queue.orElseThrow().copyToDevice(to, from, spec.bytes());
                    } else {
                        copy(to, from, spec, strides, handle);
                    }
                    return "";
                });
    }

    private void copy(long to, long from, TensorSpec spec, long[] strides, long handle) {
        var memory = MEMORY.asSlice(from, spec.bytes()); // of the books: strides may lead elsewhere
        try (var kept = out.adopt(memory, freed -> release.accept(handle, freed))) {
            if (Arrays.equals(strides, Strided.steps(spec.shape(), spec.type().bytes()))) {
                queue.orElseThrow().copy(to, from, spec.bytes());
                return;
            }
            var source = new Tensor(spec, from, kept, false);
            var target = new Tensor(spec, to, kept, true);
            queue.orElseThrow()
                    .launch(
                            Strided.kernel(),
                            1,
                            (sample, descriptor) ->
                                    Strided.describe(source, 0, strides, target, descriptor));
        }
    }

    /// The seeds of this request's samples; in batch mode the batch's one.
    @Override
    public String seeds() {
        if (operator.batchProcessing()) {
            return Long.toString(context.bits("seed", 0) >>> 1);
        }
        return IntStream.range(first, first + count)
                .mapToObj(sample -> Long.toString(context.sampleBits("seed", sample) >>> 1))
                .collect(Collectors.joining(" "));
    }

    @Override
    public void ended(long[] numbers) {
        for (long number : numbers) {
            loans.ended(number);
        }
    }

    /// Python sees a refusal as an exception of its own; the reason is told from here.
    private String refusing(Supplier<String> answer) {
        var given = new AtomicReference<String>();
        Runnable question = () -> given.set(answer.get());
        try {
            queue.ifPresentOrElse(its -> its.visit(question), question);
            return given.get();
        } catch (HeadraceException reason) {
            refusal = reason;
            throw reason;
        } catch (DriverFailure failure) {
            refusal = new BadBatch(failure.getMessage(), failure);
            throw refusal;
        }
    }

    /// Keeps a buffer until Python no longer sees it.
    private AutoCloseable kept(Buffer buffer) {
        return queue.<AutoCloseable>map(its -> its.hold(buffer)).orElseGet(buffer::retain);
    }
}
