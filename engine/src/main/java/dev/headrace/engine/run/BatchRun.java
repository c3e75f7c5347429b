package dev.headrace.engine.run;

import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Mark;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.MemoryKind;
import dev.headrace.engine.memory.Release;
import dev.headrace.engine.memory.SharedMemory;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Constant;
import dev.headrace.engine.operator.DeviceQueue;
import dev.headrace.engine.operator.Hold;
import dev.headrace.engine.operator.Input;
import dev.headrace.engine.operator.Ref;
import dev.headrace.engine.operator.Rest;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.plan.Step;
import dev.headrace.engine.spec.LastBatch;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/// Runs a batch operator on one iteration; it is what the operator sees of it.
final class BatchRun implements BatchInputs, BatchOutputs, BatchContext {
    /// Stands where a sample's attempt would in the draws of a whole batch, so that they are none
    /// of any sample's.
    private static final int BATCH_ATTEMPT = 0xFFFF;

    private final Resources resources;
    private final Iteration iteration;
    private final Step step;
    private final PlannedNode node;
    private final DeviceRun device; // null on the host
    private final SlotList[] inputs;
    private final Ids inputIds;
    private final long given;
    private final boolean again;
    private final BitSet[] made; // by output, the samples; guarded by this
    private final SlotList[] lists;
    private final Storage[] blocks; // those that the operator asked for
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicBoolean looping = new AtomicBoolean();
    private Ids ids;
    private boolean declared;
    private Bench bench;
    private List<byte[]> contents;
    private long nanos;
    private boolean ended;
    private Rest rest;

    /// @param given how many samples a source has given in this epoch before
    /// @param again whether it is the second run on the same batch, to compare the bytes
    BatchRun(Bench bench, Iteration iteration, Step step, long given, boolean again) {
        this.bench = bench;
        this.resources = bench.resources;
        this.iteration = iteration;
        this.step = step;
        this.node = step.nodes().getFirst();
        this.device = step instanceof Step.Launch launch ? new DeviceRun(iteration, launch) : null;
        this.inputIds = iteration.idsOf(step.countValue());
        this.inputs = new SlotList[node.inputs().size()];
        this.given = given;
        this.again = again;
        this.made = new BitSet[node.values().length()];
        Arrays.setAll(made, output -> new BitSet());
        this.lists = new SlotList[made.length];
        this.blocks = new Storage[made.length];
        for (int input = 0; input < inputs.length; input++) {
            var list =
                    switch (node.inputs().get(input)) {
                        case Binding.OfValue(int value) -> iteration.slots[value];
                        case Binding.OfConstant constant ->
                                iteration.repeat(
                                        "a constant", constant(constant.value(), input), inputIds);
                    };
            inputs[input] =
                    sharesMemory() ? iteration.inSharedMemory("an input to share", list) : list;
        }
    }

    private boolean sharesMemory() {
        return node.operator() instanceof BatchOperator<?> operator && operator.sharesMemory();
    }

    private Tensor constant(TensorValue value, int input) {
        var here = resources.constants.tensor(value);
        return device != null && input < node.dataInputs()
                ? device.gpu().constant(value, here, device.queue())
                : here;
    }

    /// Where loans lie, of which outputs may be made.
    private Home home() {
        if (device != null) {
            return device.home();
        }
        boolean pinned =
                node.values().stream()
                        .anyMatch(
                                value -> value >= 0 && resources.plan.values().get(value).pinned());
        return sharesMemory() ? resources.sharedHome(pinned) : resources.home(MemoryKind.HOST);
    }

    private boolean isSource() {
        return node.operator() instanceof SequentialSource;
    }

    /// Runs the operator, but for the rest that it may leave.
    ///
    /// @return the state after it
    <S> S run(BatchOperator<S> operator, S before) throws Exception {
        long start = System.nanoTime();
        bench.running = node;
        Callable<S> call = () -> traced(() -> operator.run(before, this, this, this), false);
        S after;
        if (device == null) {
            contents = resources.checks == null ? null : resources.checks.contents(node, inputs);
            after = call.call();
        } else {
            after = device.run(call, this::busyUntil);
        }
        nanos = System.nanoTime() - start;
        return after;
    }

    /// A device uses all that was read and made until a mark.
    private void busyUntil(Mark mark) {
        for (var list : inputs) {
            list.busyUntil(mark);
        }
        for (var list : lists) {
            if (list != null) {
                list.busyUntil(mark);
            }
        }
    }

    /// Calls the operator, and says so where somebody records.
    private <T> T traced(Callable<T> call, boolean isRest) throws Exception {
        var event = OperatorCallEvent.start();
        if (event == null) {
            return call.call();
        }
        event.rest = isRest;
        boolean failed = true;
        try {
            var result = call.call();
            failed = false;
            return result;
        } finally {
            event.endBatch(iteration, bench, node, ids().count(), failed);
        }
    }

    /// Whether the operator has left a rest to do.
    boolean leavesRest() {
        return rest != null;
    }

    /// Does the rest, if there is one, and checks what was made.
    ///
    /// @param here the bench of the thread that goes on
    void complete(Bench here) throws Exception {
        bench = here;
        if (rest != null) {
            long start = System.nanoTime();
            bench.running = node;
            traced(
                    () -> {
                        rest.run();
                        return null;
                    },
                    true);
            nanos += System.nanoTime() - start;
        }
        lists();
        if (isSource()) {
            settleSource();
        }
        for (int output = 0; output < lists.length; output++) {
            if (lists[output] != null && made[output].cardinality() < lists[output].size()) {
                throw new BadBatch(
                        node.operator().kind()
                                + " made "
                                + made[output].cardinality()
                                + " of "
                                + lists[output].size()
                                + " samples of output "
                                + node.operator().outputs().get(output));
            }
        }
        if (resources.checks != null) {
            if (device == null) {
                resources.checks.unchanged(node, contents, inputs);
            }
            resources.checks.made(node, lists);
        }
        bench.meter.ranBatch(node.index(), ids.count(), nanos, bytes.get());
    }

    /// Puts what was made where the next steps read it.
    void publish() {
        for (int output = 0; output < lists.length; output++) {
            if (lists[output] != null) {
                iteration.slots[node.values().get(output)] = lists[output];
            }
        }
    }

    /// Gives back what was made.
    void discard() {
        for (var list : lists) {
            if (list != null) {
                list.release();
            }
        }
    }

    /// Holds what was made against what another run on the same batch made.
    void compare(BatchRun other) {
        resources.checks.same(node, lists, other.lists);
    }

    /// Whether a source has said that the epoch ends.
    boolean ended() {
        return ended;
    }

    /// The number of samples made.
    int samples() {
        return ids.count();
    }

    private synchronized SlotList[] lists() {
        if (ids == null) {
            ids = isSource() ? nextIds(batchSize()) : inputIds;
        }
        for (int output = 0; output < lists.length; output++) {
            int value = node.values().get(output);
            if (value >= 0 && lists[output] == null) {
                lists[output] =
                        new SlotList(
                                iteration,
                                resources.nameOf(value),
                                resources.foreseen(iteration, value, ids.count()),
                                resources.isPromised(value),
                                ids,
                                device != null ? device.home() : resources.homeOf(value));
            }
        }
        return lists;
    }

    /// The ids that follow in order those that the source has given in this epoch.
    private Ids nextIds(int count) {
        var next = iteration.newIds(count);
        int shards = resources.plan.options().shards();
        for (int slot = 0; slot < count; slot++) {
            next.set(
                    slot,
                    iteration.epoch,
                    (given + slot) * shards + resources.plan.options().shard(),
                    0);
        }
        return next;
    }

    private void settleSource() {
        int count = ids.count();
        if (!declared) {
            count = Arrays.stream(made).mapToInt(BitSet::length).max().orElse(0);
        }
        int wanted = batchSize();
        boolean pad =
                ended
                        && count > 0
                        && count < wanted
                        && resources.plan.options().lastBatch() == LastBatch.PAD;
        if (pad) {
            ids = padded(declared ? ids : nextIds(count), wanted);
            iteration.pad(wanted - count);
        } else if (count != ids.count()) {
            ids = nextIds(count);
        }
        for (int output = 0; output < lists.length; output++) {
            if (lists[output] != null) {
                if (pad) {
                    pad(output, count, wanted);
                }
                lists[output].settle(ids);
            }
        }
    }

    /// The ids, the last of them repeated.
    private Ids padded(Ids known, int wanted) {
        var all = iteration.newIds(wanted);
        for (int sample = 0; sample < wanted; sample++) {
            int from = Math.min(sample, known.count() - 1);
            all.set(sample, known.epoch(from), known.position(from), known.attempt(from));
        }
        return all;
    }

    private void pad(int output, int count, int wanted) {
        if (made[output].cardinality() < count) {
            return; // told as an output that was not made
        }
        var last = lists[output].get(count - 1);
        for (int sample = count; sample < wanted; sample++) {
            lists[output].make(sample, last.spec()).copyFrom(last);
        }
        made[output].set(count, wanted);
    }

    @Override
    public int count() {
        return inputs.length;
    }

    @Override
    public TensorList get(int input) {
        return inputs[input];
    }

    @Override
    public Hold hold(int input) {
        return device == null ? inputs[input].hold(null) : device.hold(inputs[input]);
    }

    @Override
    public int batchSize() {
        return isSource() ? iteration.ids.count() : inputIds.count();
    }

    @Override
    public boolean wanted(int output) {
        return node.values().get(output) >= 0;
    }

    @Override
    public synchronized void samples(List<SampleId> given) {
        declare(given.size());
        ids = iteration.newIds(given.size());
        for (int slot = 0; slot < given.size(); slot++) {
            var id = given.get(slot);
            ids.set(slot, id.epoch(), id.position(), id.attempt());
        }
    }

    @Override
    public synchronized void samples(int count) {
        declare(count);
        ids = nextIds(count);
    }

    private void declare(int count) {
        if (ids != null) {
            throw new IllegalStateException("samples are stated before the first output is made");
        }
        if (count < 0) {
            throw new IllegalArgumentException(count + " samples");
        }
        declared = true;
    }

    @Override
    public Tensor make(int output, int sample, TensorSpec spec) {
        int value = node.values().get(output);
        if (value < 0) {
            var unwanted = iteration.unwanted(spec, home());
            if (device != null) {
                device.use((Buffer) unwanted.storage());
            }
            return unwanted;
        }
        bytes.addAndGet(spec.bytes());
        var tensor = slot(output, sample).make(sample, spec);
        if (resources.checks != null && tensor.storage() != blocks[output]) {
            poison(tensor);
        }
        return tensor;
    }

    private void poison(Tensor tensor) {
        if (device == null) {
            resources.checks.poison(tensor, again);
        } else {
            device.poison(tensor);
        }
    }

    @Override
    public synchronized Optional<Tensor> block(int output) {
        var list = lists()[output];
        if (list == null) {
            return Optional.empty();
        }
        var block = list.block();
        if (resources.checks != null && block.isPresent() && blocks[output] == null) {
            poison(block.get());
        }
        blocks[output] = block.map(Tensor::storage).orElse(null);
        return block;
    }

    @Override
    public Buffer lend(long bytes) {
        var lent = iteration.lend(bytes, node.where().node(), home());
        return device == null ? lent : device.use(lent);
    }

    @Override
    public Buffer adopt(MemorySegment memory, Release release) {
        try {
            if (!memory.isNative() || !memory.scope().isAlive()) {
                throw new BadBatch(
                        memory.isNative()
                                ? "the memory given for adoption was freed before"
                                : "the memory given for adoption lies on the heap");
            }
            iteration.book(
                    memory.byteSize(),
                    node.where().node(),
                    device == null ? resources.home(MemoryKind.HOST) : home());
        } catch (Throwable refusal) {
            release.release(() -> {});
            throw refusal;
        }
        return device == null
                ? resources.pool.adopt(memory, MemoryKind.HOST, release, node.where().node())
                : device.use(
                        device.gpu()
                                .pool
                                .adopt(memory, MemoryKind.DEVICE, release, node.where().node()));
    }

    @Override
    public void share(int output, int sample, Tensor tensor) {
        if (wanted(output)) {
            slot(output, sample).share(sample, tensor);
        }
    }

    private synchronized SlotList slot(int output, int sample) {
        var list = lists()[output];
        if (sample < 0 || (sample >= list.size() && (declared || !isSource()))) {
            throw new IndexOutOfBoundsException(
                    "sample " + sample + " of a batch of " + list.size());
        }
        if (made[output].get(sample)) {
            throw new IllegalStateException(
                    "sample "
                            + sample
                            + " of output "
                            + node.operator().outputs().get(output)
                            + " is made twice");
        }
        made[output].set(sample);
        return list;
    }

    @Override
    public String pipeline() {
        return resources.label;
    }

    @Override
    public long iteration() {
        return iteration.number;
    }

    @Override
    public long epoch() {
        return iteration.epoch;
    }

    @Override
    public int shard() {
        return resources.plan.options().shard();
    }

    @Override
    public int shards() {
        return resources.plan.options().shards();
    }

    @Override
    public Optional<DeviceQueue> deviceQueue() {
        return Optional.ofNullable(device);
    }

    @Override
    public void finish(Rest what) {
        if (device != null) {
            throw new IllegalStateException("a run on a device leaves no rest");
        }
        if (isSource() || rest != null) {
            throw new IllegalStateException(
                    isSource()
                            ? "a sequential source leaves no rest of a run"
                            : "the rest of this run was stated before");
        }
        rest = what;
    }

    @Override
    public long sampleBits(String draw, int sample) {
        var its = ids();
        return Draws.bits(
                node.part(), draw, 0, its.epoch(sample), its.position(sample), its.attempt(sample));
    }

    @Override
    public RuntimeException at(int sample, HeadraceException failure) {
        return resources.locator.locate(
                failure, node.where(), node, iteration.number, ids(), sample);
    }

    /// The ids as far as they are known.
    private synchronized Ids ids() {
        return ids != null ? ids : inputIds;
    }

    @Override
    public SharedMemory sharedMemory() {
        if (!sharesMemory()) {
            throw new IllegalStateException(
                    node.operator().kind() + " does not say that it shares memory");
        }
        return resources.pool.sharedMemory();
    }

    @Override
    public void end() {
        if (!isSource()) {
            throw new IllegalStateException("only a sequential source ends an epoch");
        }
        ended = true;
    }

    @Override
    public long bits(String draw, long index) {
        return Draws.bits(
                node.part(), draw, index, iteration.epoch, iteration.inEpoch, BATCH_ATTEMPT);
    }

    @Override
    public Tensor tensor(Argument argument) {
        return switch (argument) {
            case Constant constant -> resources.constants.tensor(constant.value());
            case Input input ->
                    throw new IllegalStateException(
                            "argument "
                                    + input
                                    + " has a value for each sample: ask inside forEach, or read"
                                    + " the list");
            case Ref ref -> throw new IllegalStateException(ref + " was not replaced by an input");
        };
    }

    @Override
    public <T> T keep(Object key, Supplier<T> maker) {
        return bench.keep(key, maker);
    }

    @Override
    public void forEach(int count, SampleTask task) throws Exception {
        var over = ids();
        if (count > over.count()) {
            throw new IllegalArgumentException(
                    "a loop of " + count + " over a batch of " + over.count());
        }
        if (!looping.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    node.operator().kind() + " begins a loop before the one before has ended");
        }
        try {
            loop(count, over, task);
        } finally {
            looping.set(false);
        }
    }

    private void loop(int count, Ids over, SampleTask task) throws Exception {
        var first = new Loop();
        resources.workers.forEach(
                bench,
                iteration,
                step.index(),
                count,
                (each, sample) -> {
                    if (iteration.cancelled() || sample > first.failed()) {
                        return;
                    }
                    long start = each == bench ? 0 : System.nanoTime();
                    try {
                        each.samples().runTask(iteration, node, over, sample, task);
                    } catch (Throwable failure) {
                        first.fail(sample, each.samples().located(failure));
                    }
                    if (each != bench) { // its time is that of the whole run
                        each.meter.helped(node.index(), System.nanoTime() - start);
                    }
                });
        if (iteration.cancelled()) {
            throw new CancellationException("the pipeline is closing");
        }
        first.rethrow();
    }

    /// The failure of the first sample of a loop that failed.
    private static final class Loop {
        private volatile int sample = Integer.MAX_VALUE;
        private RuntimeException reason;

        int failed() {
            return sample;
        }

        synchronized void fail(int at, RuntimeException why) {
            if (at < sample) {
                sample = at;
                reason = why;
            }
        }

        synchronized void rethrow() {
            if (reason != null) {
                throw reason;
            }
        }
    }
}
