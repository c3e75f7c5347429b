package dev.headrace.operators.python;

import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.operators.tensor.Strided;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/// Makes a batch's outputs of what the Python side answered, with as little copying as is safe.
final class Results {
    private static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /// Below so many bytes it does not pay to wake other workers: {@value}.
    private static final long SMALL_BYTES = 256 * 1024;

    private final PythonFunction operator;
    private final BatchInputs in;
    private final BatchOutputs out;
    private final BatchContext context;
    private final Response response;
    private final Exchange exchange;
    private final Set<Long> kept = new LinkedHashSet<>(); // handles that nobody has taken yet
    private long copyBytes;

    private Results(
            PythonFunction operator,
            BatchInputs in,
            BatchOutputs out,
            BatchContext context,
            Response response,
            Exchange exchange) {
        this.operator = operator;
        this.in = in;
        this.out = out;
        this.context = context;
        this.response = response;
        this.exchange = exchange;
    }

    /// Takes over all results. Those that Python keeps are released, now if it fails, else later.
    ///
    /// @throws BadBatch if they do not go together
    static void take(
            PythonFunction operator,
            BatchInputs in,
            BatchOutputs out,
            BatchContext context,
            Response response,
            Exchange exchange)
            throws Exception {
        var results = new Results(operator, in, out, context, response, exchange);
        try {
            results.take();
        } finally {
            results.kept.forEach(handle -> exchange.release(handle, () -> {}));
        }
        results.copy();
    }

    private void take() {
        for (int output = 0; output < operator.numOutputs(); output++) {
            for (int entry = 0; entry < response.entries(output); entry++) {
                if (response.status(output, entry) == Response.KEPT) {
                    kept.add(response.b(output, entry));
                }
            }
        }
        for (int output = 0; output < operator.numOutputs(); output++) {
            check(output);
            for (int entry = 0; out.wanted(output) && entry < response.entries(output); entry++) {
                take(output, entry);
            }
        }
    }

    private void check(int output) {
        var different = response.firstDifferent(output);
        if (different.isPresent()) {
            int sample = different.getAsInt();
            throw context.at(sample, response.difference(output, sample));
        }
        if (response.entries(output) == 0) {
            return;
        }
        var layout = operator.layout(output);
        int rank = response.form(output, 0).spec().rank() - (response.isDense(output) ? 1 : 0);
        if (!layout.isEmpty() && layout.length() != rank) {
            throw new BadBatch(
                    "output "
                            + output
                            + " has layout "
                            + layout
                            + ", but "
                            + operator.function()
                            + " returned rank "
                            + rank);
        }
    }

    /// The spec of one sample: with the output's layout, without a leading N.
    private TensorSpec specOf(int output, int entry) {
        var spec = response.form(output, entry).spec();
        var layout = operator.layout(output);
        if (!response.isDense(output)) {
            return layout.isEmpty() ? spec : spec.withLayout(layout);
        }
        var extents = spec.shape().extents();
        return TensorSpec.of(spec.type(), layout, Arrays.copyOfRange(extents, 1, extents.length));
    }

    private void take(int output, int entry) {
        var spec = specOf(output, entry);
        long a = response.a(output, entry);
        long b = response.b(output, entry);
        switch (response.status(output, entry)) {
            case Response.SAME -> {
                var list = in.get((int) a);
                var tensor = operator.stacked() ? list.dense() : list.get((int) b);
                share(output, entry, spec, tensor.address(), tensor.storage());
            }
            case Response.WITHIN -> {
                long bytes = response.form(output, entry).spec().bytes();
                long address = exchange.inputAddress(a);
                share(output, entry, spec, address, within(address, bytes, entry));
            }
            case Response.SLOT -> {
                for (int sample = entry; sample < end(output, entry); sample++) {
                    out.make(output, sample, spec);
                }
            }
            case Response.MADE -> {}
            case Response.LENT ->
                    share(output, entry, spec, exchange.outputAddress(a), exchange.lent(entry, b));
            case Response.KEPT -> adopt(output, entry, spec, a, b);
            case Response.COPY -> copyBytes += response.form(output, entry).spec().bytes();
            default ->
                    throw new IllegalStateException(
                            "status " + response.status(output, entry) + " of a result");
        }
    }

    private int end(int output, int entry) {
        return response.isDense(output) ? response.samples() : entry + 1;
    }

    private void share(int output, int entry, TensorSpec spec, long address, Storage storage) {
        for (int sample = entry; sample < end(output, entry); sample++) {
            long at = address + (sample - entry) * spec.bytes();
            out.share(output, sample, new Tensor(spec, at, storage, false));
        }
    }

    private void adopt(int output, int entry, TensorSpec spec, long address, long handle) {
        kept.remove(handle);
        long bytes = response.form(output, entry).spec().bytes();
        try (var buffer =
                out.adopt(
                        MEMORY.asSlice(address, bytes), freed -> exchange.release(handle, freed))) {
            share(output, entry, spec, address, buffer);
        }
    }

    /// Whose memory of the inputs these bytes are: in general of the same sample.
    private Storage within(long address, long bytes, int sample) {
        for (int input = 0; input < in.count(); input++) {
            var list = in.get(input);
            if (operator.stacked()) {
                if (contains(list.dense(), address, bytes)) {
                    return list.dense().storage();
                }
                continue;
            }
            if (contains(list.get(sample), address, bytes)) {
                return list.get(sample).storage();
            }
        }
        for (int input = 0; input < in.count(); input++) {
            for (int other = 0; other < in.get(input).size(); other++) {
                if (contains(in.get(input).get(other), address, bytes)) {
                    return in.get(input).get(other).storage();
                }
            }
        }
        throw new IllegalStateException("a result lies in no input, though it was said to");
    }

    private static boolean contains(Tensor tensor, long address, long bytes) {
        long start = tensor.address();
        long size = tensor.spec().bytes();
        if (tensor.storage() instanceof Buffer buffer) {
            start = buffer.address();
            size = buffer.capacity();
        }
        return address >= start && address + bytes <= start + size;
    }

    // ---- copying what may be written to later

    private void copy() throws Exception {
        if (copyBytes == 0 && !hasEmptyCopies()) {
            return;
        }
        if (copyBytes <= SMALL_BYTES) {
            for (int sample = 0; sample < response.samples(); sample++) {
                copySample(sample);
            }
        } else {
            context.forEach(response.samples(), (sample, ignored) -> copySample(sample));
        }
    }

    private boolean hasEmptyCopies() {
        for (int output = 0; output < operator.numOutputs(); output++) {
            for (int entry = 0; entry < response.entries(output); entry++) {
                if (response.status(output, entry) == Response.COPY) {
                    return true;
                }
            }
        }
        return false;
    }

    private void copySample(int sample) {
        for (int output = 0; output < operator.numOutputs(); output++) {
            int entry = response.isDense(output) ? 0 : sample;
            if (response.status(output, entry) != Response.COPY || !out.wanted(output)) {
                continue;
            }
            var spec = specOf(output, entry);
            var strides = response.form(output, entry).strides();
            long from = response.a(output, entry);
            if (response.isDense(output)) {
                from += sample * strides[0];
                strides = Arrays.copyOfRange(strides, 1, strides.length);
            }
            var made = out.make(output, sample, spec);
            Strided.copy(MEMORY, from, strides, made);
        }
    }
}
