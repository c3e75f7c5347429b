package dev.headrace.operators.python;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Range;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.Where;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.CudaBatchOperator;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.operators.tensor.Strided;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/// Calls a Python function on the samples of a batch.
///
/// ```java
/// PythonFunction.in(Path.of("augment.py"), "solarize").view(View.NUMPY).outputLayouts("HWC")
/// ```
///
/// | | type | shape |
/// |---|---|---|
/// | in | any, 0 to 256 inputs | any rank |
/// | out | what the function returns, one type an output | one rank an output and batch |
///
/// The function is called once for each sample, in order, or once a batch ([#batchProcessing]). It
/// sees the pipeline's own memory ([#view]) and must not write to it. What it returns is one value,
/// or a tuple where there are several outputs; each is anything with `__dlpack__`, a capsule, a
/// NumPy scalar or a number. Results that nobody else can reach any more are taken as they are, all
/// others are copied before the function runs again.
///
/// It runs though nobody reads its outputs, and is never merged with another. By default it runs in
/// this process, on one thread of the pipeline; with [#workers] in processes of its own.
///
/// @param code where the function is found
/// @param function its name; dots lead into classes or objects
/// @param batchProcessing whether one call has all samples: each input is a list of them
/// @param numOutputs how many outputs it has, 0 to 256; with 0 it is called for its effect
/// @param outputLayouts the layout of each output, by position; a shorter list leaves the rest
///     without
/// @param layoutForAll whether the one layout given is that of all outputs
/// @param bytesPerSampleHint bytes that a sample of each output is expected to have, by position:
///     device and page-locked memory is asked for accordingly; it changes no result
/// @param hintForAll whether the one hint given is that of all outputs
/// @param synchronizeStream on a device: whether the host waits for the node's stream before the
///     first call of an iteration
/// @param view the form in which it sees its inputs
/// @param stacked in batch mode: whether each input is one tensor with a leading N, not a list
/// @param adopt the function promises to leave alone what it has returned, so that nothing is
///     copied
/// @param workers how many processes run it, 0 for this one; at most 256
/// @param timeLimit with workers: how long one call may take
public record PythonFunction(
        Code code,
        String function,
        boolean batchProcessing,
        int numOutputs,
        ImmutableList<String> outputLayouts,
        boolean layoutForAll,
        ImmutableList<Long> bytesPerSampleHint,
        boolean hintForAll,
        boolean synchronizeStream,
        View view,
        boolean stacked,
        boolean adopt,
        int workers,
        Optional<Duration> timeLimit)
        implements CudaBatchOperator<AutoCloseable> {
    /// The thread that calls functions of this process.
    static final String THREAD = "python";

    private static final int MOST = 256;

    /// Where a function is found.
    public sealed interface Code {}

    /// A Python file, loaded for each node on its own.
    ///
    /// @param path of the file
    public record FileCode(Path path) implements Code {
        public FileCode {
            requireNonNull(path, "path");
        }
    }

    /// A module, imported once a process.
    ///
    /// @param module its name, as in `package.module`
    public record ModuleCode(String module) implements Code {
        public ModuleCode {
            checkText(module, "module");
        }
    }

    /// Source text, loaded for each node on its own.
    ///
    /// @param source the text
    public record SourceCode(String source) implements Code {
        public SourceCode {
            checkText(source, "source");
        }
    }

    public PythonFunction {
        requireNonNull(code, "code");
        checkText(function, "function");
        checkArgument(
                numOutputs >= 0 && numOutputs <= MOST,
                "%s outputs, not from 0 to %s",
                numOutputs,
                MOST);
        for (var layout : outputLayouts) {
            checkArgument(
                    !layout.contains(PythonFailure.SEPARATOR),
                    "layout %s has control letters",
                    layout);
        }
        for (long hint : bytesPerSampleHint) {
            checkArgument(hint >= 0, "a hint of %s bytes a sample", hint);
        }
        requireNonNull(view, "view");
        checkArgument(
                workers >= 0 && workers <= MOST, "%s workers, not from 0 to %s", workers, MOST);
        timeLimit.ifPresent(
                limit ->
                        checkArgument(
                                limit.isPositive() && limit.compareTo(Duration.ofDays(365)) <= 0,
                                "a time limit of %s, not from 1 ns to 365 days",
                                limit));
    }

    private static void checkText(String text, String name) {
        requireNonNull(text, name);
        checkArgument(!text.isBlank(), "%s is empty", name);
        checkArgument(
                text.indexOf(0) < 0 && !text.contains(PythonFailure.SEPARATOR),
                "%s has control letters",
                name);
    }

    private static PythonFunction of(Code code, String function) {
        return new Draft(code, function).build();
    }

    /// A function in a Python file, called sample by sample, with one output.
    ///
    /// @param file a path; a relative one is found from the folder that the program runs in
    /// @param function the function's name
    public static PythonFunction in(Path file, String function) {
        return of(new FileCode(file), function);
    }

    /// A function in a module that Python can import.
    ///
    /// @param module as in `package.module`
    /// @param function the function's name
    public static PythonFunction module(String module, String function) {
        return of(new ModuleCode(module), function);
    }

    /// A function in source text.
    ///
    /// @param source what a Python file would hold
    /// @param function the function's name
    public static PythonFunction source(String source, String function) {
        return of(new SourceCode(source), function);
    }

    /// The same, called once a batch: each input is a list of N samples, also for N = 1.
    public PythonFunction batchProcessing(boolean wanted) {
        return with(draft -> draft.batchProcessing = wanted);
    }

    /// The same with so many outputs, 0 to 256. Several are returned as a tuple; `node.get(0)` is
    /// the first. With none it is called for its effect.
    public PythonFunction numOutputs(int outputs) {
        return with(draft -> draft.numOutputs = outputs);
    }

    /// The same with this layout for each output. A layout's length must be the result's rank.
    public PythonFunction outputLayouts(String layout) {
        return with(
                draft -> {
                    draft.outputLayouts = ImmutableList.of(layout);
                    draft.layoutForAll = true;
                });
    }

    /// The same with layouts by output; outputs beyond the list have none.
    public PythonFunction outputLayouts(List<String> layouts) {
        return with(
                draft -> {
                    draft.outputLayouts = ImmutableList.copyOf(layouts);
                    draft.layoutForAll = false;
                });
    }

    /// The same with the bytes that a sample of each output is expected to have.
    public PythonFunction bytesPerSampleHint(long bytes) {
        return with(
                draft -> {
                    draft.bytesPerSampleHint = ImmutableList.of(bytes);
                    draft.hintForAll = true;
                });
    }

    /// The same with the bytes that a sample is expected to have, by output.
    public PythonFunction bytesPerSampleHint(List<Long> bytes) {
        return with(
                draft -> {
                    draft.bytesPerSampleHint = ImmutableList.copyOf(bytes);
                    draft.hintForAll = false;
                });
    }

    /// The same; whether, on a device, the host waits for the node's stream before the calls.
    public PythonFunction synchronizeStream(boolean wanted) {
        return with(draft -> draft.synchronizeStream = wanted);
    }

    /// The same, seeing its inputs in this form.
    public PythonFunction view(View wanted) {
        return with(draft -> draft.view = wanted);
    }

    /// The same, seeing each input of a batch as one tensor with a leading N. Samples that do
    /// not lie in one block are copied into one; those that differ in shape cannot be seen so.
    public PythonFunction dense() {
        return with(draft -> draft.stacked = true);
    }

    /// The same; whether the function promises to leave alone what it has returned. Then any result
    /// that lies densely is taken without a copy, also one of a foreign library.
    public PythonFunction adopt(boolean promised) {
        return with(draft -> draft.adopt = promised);
    }

    /// The same in so many Python processes, each with its own interpreter and modules; 0 is this
    /// process. Sample by sample each has a contiguous share of the batch; whole batches go to
    /// them in turn.
    public PythonFunction workers(int processes) {
        return with(draft -> draft.workers = processes);
    }

    /// The same; with workers, a call that takes longer fails and its process is replaced.
    public PythonFunction timeLimit(Duration limit) {
        return with(draft -> draft.timeLimit = Optional.of(limit));
    }

    /// The components on the way from one function to another that differs in some of them.
    private static final class Draft {
        private final Code code;
        private final String function;
        private boolean batchProcessing;
        private int numOutputs = 1;
        private ImmutableList<String> outputLayouts = ImmutableList.of();
        private boolean layoutForAll;
        private ImmutableList<Long> bytesPerSampleHint = ImmutableList.of();
        private boolean hintForAll;
        private boolean synchronizeStream = true;
        private View view = View.TENSOR;
        private boolean stacked;
        private boolean adopt;
        private int workers;
        private Optional<Duration> timeLimit = Optional.empty();

        Draft(Code code, String function) {
            this.code = code;
            this.function = function;
        }

        PythonFunction build() {
            return new PythonFunction(
                    code,
                    function,
                    batchProcessing,
                    numOutputs,
                    outputLayouts,
                    layoutForAll,
                    bytesPerSampleHint,
                    hintForAll,
                    synchronizeStream,
                    view,
                    stacked,
                    adopt,
                    workers,
                    timeLimit);
        }
    }

    private PythonFunction with(Consumer<Draft> change) {
        var draft = new Draft(code, function);
        draft.batchProcessing = batchProcessing;
        draft.numOutputs = numOutputs;
        draft.outputLayouts = outputLayouts;
        draft.layoutForAll = layoutForAll;
        draft.bytesPerSampleHint = bytesPerSampleHint;
        draft.hintForAll = hintForAll;
        draft.synchronizeStream = synchronizeStream;
        draft.view = view;
        draft.stacked = stacked;
        draft.adopt = adopt;
        draft.workers = workers;
        draft.timeLimit = timeLimit;
        change.accept(draft);
        return draft.build();
    }

    /// The functions that it calls are the user's own: it is never left out, nor merged.
    @Override
    public Effect effect() {
        return Effect.VISIBLE;
    }

    /// Its seeds are drawn.
    @Override
    public boolean random() {
        return true;
    }

    @Override
    public boolean runsCode() {
        return true;
    }

    @Override
    public boolean sharesMemory() {
        return workers > 0;
    }

    @Override
    public RunsOn runsOn() {
        return workers > 0 ? RunsOn.VIRTUAL : new RunsOn.Thread(THREAD);
    }

    /// Processes of its own, as far as there are cores for them.
    @Override
    public String remedy() {
        int processors = Runtime.getRuntime().availableProcessors();
        if (processors <= Math.max(1, workers)) {
            return "";
        }
        return workers == 0
                ? "run it in processes of its own by workers(" + processors + ")"
                : "run it in more processes by workers(" + processors + ")";
    }

    @Override
    public void checkDevice(Device device) {
        boolean onHost = device.equals(Device.HOST);
        checkArgument(
                onHost || workers == 0,
                "workers(%s) on %s: device memory is not shared between processes here; leave workers"
                        + " out, or put cpu() before it",
                workers,
                device);
        checkArgument(
                onHost || view != View.NUMPY,
                "view NUMPY shows host memory, and this node runs on %s: use another view, or put cpu()"
                        + " before it",
                device);
        checkArgument(
                !onHost || view != View.CUPY,
                "view CUPY shows device memory, and this node runs on the host: put gpu() before it");
    }

    @Override
    public boolean awaitsStream() {
        return synchronizeStream;
    }

    @Override
    public List<Kernel> kernels() {
        return List.of(Strided.kernel());
    }

    @Override
    public Range<Integer> arity() {
        return Range.closed(0, MOST);
    }

    @Override
    public List<String> outputs() {
        return numOutputs == 1
                ? List.of("out")
                : IntStream.range(0, numOutputs).mapToObj(output -> "out" + output).toList();
    }

    @Override
    public String description() {
        return "Python function " + function;
    }

    @Override
    public List<SpecPattern> promise(List<SpecPattern> in) {
        checkArgument(
                layoutForAll || outputLayouts.size() <= numOutputs,
                "%s for %s",
                plural(outputLayouts.size(), "output layout"),
                plural(numOutputs, "output"));
        checkArgument(
                hintForAll || bytesPerSampleHint.size() <= numOutputs,
                "%s of bytes a sample for %s",
                plural(bytesPerSampleHint.size(), "hint"),
                plural(numOutputs, "output"));
        checkArgument(!stacked || batchProcessing, "dense() needs batchProcessing(true)");
        checkArgument(
                timeLimit.isEmpty() || workers > 0,
                "a time limit needs workers(n): a call in this process cannot be stopped");
        var promises = new ArrayList<SpecPattern>();
        for (int output = 0; output < numOutputs; output++) {
            promises.add(SpecPattern.OPEN.withLayout(layout(output)));
        }
        return promises;
    }

    private static String plural(int count, String noun) {
        return count + " " + noun + (count == 1 ? "" : "s");
    }

    /// The layout of an output, empty if it has none.
    String layout(int output) {
        if (layoutForAll) {
            return outputLayouts.getFirst();
        }
        return output < outputLayouts.size() ? outputLayouts.get(output) : "";
    }

    @Override
    public AutoCloseable start() throws InterruptedException {
        return start(Where.node("pythonFunction", kind(), Optional.empty()));
    }

    @Override
    public AutoCloseable start(Where where) throws InterruptedException {
        return workers > 0 ? InWorkers.start(this, where) : InProcess.start(this, where);
    }

    /// @throws BadBatch if the function raises, or returns what cannot be used
    @Override
    public AutoCloseable run(
            AutoCloseable before, BatchInputs in, BatchOutputs out, BatchContext context)
            throws Exception {
        ((Caller) before).call(in, out, context);
        return before;
    }
}
