package dev.headrace.operators.python;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.BatchInputs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Locale;
import java.util.OptionalInt;

/// What the Python side answered for a batch: for each sample of each output, where it lies.
///
/// ```
/// specs · (element type · rank · extent… · stride in bytes…)…
/// by output: form (0 a list, 1 one tensor with a leading N) · (status · spec · a · b)…
///            or 2 · input: the samples of that input, one after the other
/// ```
///
/// It is written by `headrace/_results.py`. The answers of several workers are put together.
final class Response {
    /// It is the view of input `a`, sample `b`.
    static final int SAME = 0;

    /// It lies densely in the inputs' memory, at `a`.
    static final int WITHIN = 1;

    /// It lies in its slot of the output's block.
    static final int SLOT = 2;

    /// It lies in what was made for it during the call.
    static final int MADE = 3;

    /// It lies densely in memory that was lent during the call, at `a`; `b` is the loan.
    static final int LENT = 4;

    /// It lies densely in Python's memory, at `a`, until handle `b` is released.
    static final int KEPT = 5;

    /// It lies in Python's memory, at `a`, with any strides, until the next request.
    static final int COPY = 6;

    private static final int DENSE = 1;
    private static final int INPUT = 2;
    private static final ElementType[] TYPES = ElementType.values();

    /// What is known of a result's tensor.
    ///
    /// @param strides in bytes, along each axis; null where nobody asks for them
    record Form(TensorSpec spec, long[] strides) {}

    private final PythonFunction operator;
    private final BatchInputs inputs;
    private final int samples;
    private final boolean[] dense;
    private final int[][] status;
    private final Form[][] forms;
    private final long[][] a;
    private final long[][] b;

    /// @param inputs of the whole batch
    Response(PythonFunction operator, BatchInputs inputs) {
        this.operator = operator;
        this.inputs = inputs;
        this.samples = inputs.batchSize();
        int outputs = operator.numOutputs();
        dense = new boolean[outputs];
        status = new int[outputs][samples];
        forms = new Form[outputs][samples];
        a = new long[outputs][samples];
        b = new long[outputs][samples];
    }

    /// Reads an answer.
    ///
    /// @param first the place of its first sample in the batch
    /// @param count how many samples it is about
    void read(byte[] answer, int first, int count) {
        var words = ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder()).asLongBuffer();
        var known = new Form[(int) words.get()];
        for (int spec = 0; spec < known.length; spec++) {
            known[spec] = form(words);
        }
        for (int output = 0; output < dense.length; output++) {
            int form = (int) words.get();
            if (form == INPUT) {
                int input = (int) words.get();
                TensorSpec last = null;
                Form lastForm = null;
                for (int sample = first; sample < first + count; sample++) {
                    status[output][sample] = SAME;
                    var spec = inputs.get(input).spec(sample);
                    if (spec != last) {
                        last = spec;
                        lastForm = new Form(withoutLayout(spec), null);
                    }
                    forms[output][sample] = lastForm;
                    a[output][sample] = input;
                    b[output][sample] = sample;
                }
                continue;
            }
            dense[output] = form == DENSE;
            int entries = dense[output] ? 1 : count;
            for (int sample = first; sample < first + entries; sample++) {
                status[output][sample] = (int) words.get();
                forms[output][sample] = known[(int) words.get()];
                a[output][sample] = words.get();
                b[output][sample] = words.get();
                if (status[output][sample] == SAME && !dense[output]) {
                    b[output][sample] += first;
                }
            }
        }
    }

    private static TensorSpec withoutLayout(TensorSpec spec) {
        return spec.layout().isEmpty() ? spec : spec.withLayout("");
    }

    private static Form form(LongBuffer words) {
        var type = TYPES[(int) words.get()];
        var extents = new long[(int) words.get()];
        words.get(extents);
        var strides = new long[extents.length];
        words.get(strides);
        return new Form(new TensorSpec(type, Shape.of(extents), ""), strides);
    }

    /// The number of samples of the batch.
    int samples() {
        return samples;
    }

    /// Whether an output was returned as one tensor with a leading N. Then what is said of sample 0
    /// is said of all.
    boolean isDense(int output) {
        return dense[output];
    }

    int status(int output, int sample) {
        return status[output][sample];
    }

    long a(int output, int sample) {
        return a[output][sample];
    }

    long b(int output, int sample) {
        return b[output][sample];
    }

    /// The type and shape returned; without layout.
    Form form(int output, int sample) {
        return forms[output][sample];
    }

    /// How many results are told of: one for all samples where they came as one tensor.
    int entries(int output) {
        return dense[output] ? Math.min(1, samples) : samples;
    }

    /// An output has one element type and one rank.
    ///
    /// @return the first sample that differs, told by [#difference]
    OptionalInt firstDifferent(int output) {
        for (int sample = 1; sample < entries(output); sample++) {
            var first = forms[output][0].spec();
            var spec = forms[output][sample].spec();
            if (spec.type() != first.type() || spec.rank() != first.rank()) {
                return OptionalInt.of(sample);
            }
        }
        return OptionalInt.empty();
    }

    /// Why a sample does not go with the first.
    BadBatch difference(int output, int sample) {
        var first = forms[output][0].spec();
        var spec = forms[output][sample].spec();
        boolean types = spec.type() != first.type();
        return new BadBatch(
                operator.function()
                        + " returned "
                        + (types ? name(spec.type()) : "rank " + spec.rank())
                        + " for sample "
                        + sample
                        + " of output "
                        + output
                        + " after "
                        + (types ? name(first.type()) : "rank " + first.rank())
                        + " for sample 0; an output has one "
                        + (types ? "element type" : "rank"));
    }

    private static String name(ElementType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
