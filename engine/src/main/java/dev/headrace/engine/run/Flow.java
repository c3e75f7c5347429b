package dev.headrace.engine.run;

import com.google.common.collect.ImmutableMap;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.memory.BufferPool;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.plan.Step;
import dev.headrace.engine.spec.BadSamples;
import dev.headrace.engine.spec.LastBatch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The iterations in flight: which may begin, which step of each is ready, what is delivered next.
///
/// One lock guards the order of things; the work on samples goes on without it. Steps start by
/// counters: the last finisher of what a step waits for launches it, so no thread waits for a step.
final class Flow {
    final Plan plan;
    final BufferPool pool;
    final Memory memory;
    final Meters meters;
    final Sources sources;
    final Schedule schedule;
    final Locator locator;
    final Constants constants = new Constants();
    final Checks checks;
    final Workers workers;
    final Links links;
    final Tensor[] replacements;
    private final TensorSpec[] foreseen;
    private final State[] states;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Iteration> inFlight = new ArrayDeque<>();
    private final Set<Iteration> live = new LinkedHashSet<>();
    private final List<Thread> readers = new ArrayList<>();
    private Iteration newest;
    private long asked;
    private long begun;
    private long delivered;
    private long nextEpoch;
    private long nextInEpoch;
    private long lastEpoch;
    private long lastNumber;
    private long emptyEpoch = -1;
    private Throwable crash;
    private boolean closed;

    /// The state of a batch operator that has one; touched by the iteration whose turn it is.
    private static final class State {
        Object value;
        boolean started;
        long given;
        Bench bench;

        void end() {
            if (started && value instanceof AutoCloseable closeable) {
                Closing.one(closeable);
            }
            started = false;
            value = null;
        }
    }

    Flow(Plan plan) {
        this.plan = plan;
        pool = new BufferPool(plan.options().memoryLimitBytes(), plan.options().checked());
        memory = new Memory(pool);
        meters = new Meters(plan.nodes().size());
        links = new Links(plan);
        sources = new Sources(plan);
        locator = new Locator(sources);
        checks = plan.options().checked() ? new Checks(plan) : null;
        workers = new Workers(this);
        foreseen = new TensorSpec[plan.values().size()];
        replacements = new Tensor[plan.values().size()];
        states = new State[plan.steps().size()];
        for (int step = 0; step < states.length; step++) {
            states[step] = new State();
        }
        if (plan.options().badSamples() instanceof BadSamples.Replace replace) {
            for (var value : plan.values()) {
                for (var name : value.graphOutputs()) {
                    var constant = replace.values().get(name);
                    if (constant != null) {
                        replacements[value.index()] = constants.tensor(constant);
                    }
                }
            }
        }
        Schedule made = null;
        try {
            made = new Schedule(plan.options(), sources.size());
        } finally {
            if (made == null) {
                sources.close();
            }
        }
        schedule = made;
    }

    // ---- what the consumer asks

    /// The next iteration that is complete, or null if none may follow within the bounds.
    ///
    /// @param throughEpoch nothing of later epochs is begun
    /// @param beforeNumber no iteration of this number or a higher one is begun
    Iteration take(long throughEpoch, long beforeNumber) {
        lock.lock();
        try {
            lastEpoch = throughEpoch;
            lastNumber = beforeNumber;
            asked = Math.max(asked, delivered + 1);
            while (true) {
                checkOpen();
                begin();
                var head = inFlight.peekFirst();
                if (head == null) {
                    if (nextEpoch > lastEpoch || begun >= lastNumber) {
                        asked = delivered;
                        emptyEpoch = -1;
                        return null;
                    }
                    whyNothingBegins();
                } else if (head.epoch > throughEpoch || head.number >= beforeNumber) {
                    asked = delivered;
                    return null;
                } else if (head.done) {
                    inFlight.removeFirst();
                    delivered++;
                    return head;
                } else {
                    await();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// Throws the reason, unless it has just gone.
    private void whyNothingBegins() {
        if (emptyEpoch >= 0 && lastEpoch == Long.MAX_VALUE) {
            long epoch = emptyEpoch;
            emptyEpoch = -1;
            asked = delivered;
            throw new NoSuchElementException(
                    "epoch " + epoch + " of " + plan.graph().name() + " has no samples");
        }
        var waiting = notReady();
        if (waiting.isPresent()) {
            asked = delivered;
            throw new IllegalStateException(
                    "nothing was fed to " + waiting.get().node().where() + " for the next batch");
        }
    }

    private void await() {
        try {
            changed.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new CancellationException(
                    "interrupted while waiting for iteration "
                            + delivered
                            + " of "
                            + plan.graph().name()
                            + "; the pipeline is intact, and asking again goes on");
        }
    }

    private void checkOpen() {
        if (crash != null) {
            throw new IllegalStateException(
                    "the engine broke a promise of its own; pipeline "
                            + plan.graph().name()
                            + " is closed",
                    crash);
        }
        if (closed) {
            throw new IllegalStateException("pipeline " + plan.graph().name() + " was closed");
        }
    }

    /// The epoch of the next iteration to be delivered.
    long currentEpoch() {
        lock.lock();
        try {
            return inFlight.isEmpty() ? nextEpoch : inFlight.peekFirst().epoch;
        } finally {
            lock.unlock();
        }
    }

    /// How many iterations were delivered.
    long delivered() {
        lock.lock();
        try {
            return delivered;
        } finally {
            lock.unlock();
        }
    }

    /// Begins what may begin, since something was given back.
    void goOn() {
        lock.lock();
        try {
            begin();
        } finally {
            lock.unlock();
        }
    }

    // ---- beginning

    private void begin() {
        while (mayBegin()) {
            long epoch = nextEpoch;
            long inEpoch = nextInEpoch;
            var iteration = new Iteration(this, begun, epoch, inEpoch, schedule.count(inEpoch));
            schedule.fill(epoch, inEpoch, iteration.ids);
            iteration.padding = schedule.padding(inEpoch);
            begun++;
            emptyEpoch = -1;
            nextInEpoch++;
            if (nextInEpoch == schedule.iterations()) {
                nextEpoch++;
                nextInEpoch = 0;
            }
            var first = new ArrayList<Integer>();
            for (var step : plan.steps()) {
                var run = new StepRun();
                int waiting = step.after().length();
                if (takesTurns(step) && newest != null && !isFinished(newest, step.index())) {
                    waiting++;
                }
                run.waiting.set(waiting);
                iteration.steps[step.index()] = run;
                if (waiting == 0) {
                    first.add(step.index());
                }
            }
            for (var value : plan.values()) {
                if (value.inSlot()) {
                    iteration.expectReaders(value);
                }
            }
            if (newest != null && !newest.done) {
                newest.next = iteration;
            }
            newest = iteration;
            inFlight.addLast(iteration);
            live.add(iteration);
            launch(iteration, first);
            if (plan.steps().isEmpty()) {
                complete(iteration); // all outputs are constants
            }
        }
    }

    private static boolean takesTurns(Step step) {
        return step instanceof Step.Batch batch && batch.inOrder();
    }

    private static boolean isFinished(Iteration iteration, int step) {
        return iteration.steps[step].finished;
    }

    private boolean mayBegin() {
        return !closed
                && crash == null
                && begun < asked + plan.options().prefetch() - 1
                && nextEpoch <= lastEpoch
                && begun < lastNumber
                && (inFlight.isEmpty() || memory.roomForAnother())
                && (emptyEpoch < 0 || lastEpoch != Long.MAX_VALUE)
                && notReady().isEmpty();
    }

    /// The first source that waits for the user.
    private Optional<Step.Batch> notReady() {
        for (var step : links.sources) {
            if (!((SequentialSource<?>) step.node().operator()).ready(unread(step))) {
                return Optional.of(step);
            }
        }
        return Optional.empty();
    }

    private int unread(Step.Batch step) {
        int unread = 0;
        for (var iteration : inFlight) {
            unread += isFinished(iteration, step.index()) ? 0 : 1;
        }
        return unread;
    }

    // ---- steps

    private record Ready(Iteration iteration, int step) {}

    private void launch(Iteration iteration, List<Integer> steps) {
        for (int step : steps) {
            launch(new Ready(iteration, step));
        }
    }

    /// Starts a step, and whatever becomes ready because there was nothing to do.
    private void launch(Ready first) {
        var ready = new ArrayDeque<Ready>();
        ready.add(first);
        while (!ready.isEmpty()) {
            var next = ready.remove();
            if (!start(next.iteration(), plan.steps().get(next.step()))) {
                ready.addAll(finish(next.iteration(), next.step()));
            }
        }
    }

    /// Hands a step's work to the workers.
    ///
    /// @return whether there is any; if not, the step is as good as done
    private boolean start(Iteration iteration, Step step) {
        if (isPointless(iteration, step, -1)) {
            return false;
        }
        var where = step.nodes().getFirst().where();
        try {
            var ids = iteration.idsOf(step.countValue());
            links.checkSizes(iteration, step, ids.count());
            switch (step) {
                case Step.Segment segment -> {
                    for (int value : links.madeInSlots[step.index()]) {
                        where = plan.nodes().get(plan.values().get(value).node()).where();
                        iteration.slots[value] =
                                new SlotList(
                                        iteration,
                                        nameOf(value),
                                        foreseen(iteration, value, ids.count()),
                                        ids);
                    }
                    if (ids.count() == 0) {
                        return false;
                    }
                    workers.submit(new SegmentTask(iteration, segment, ids));
                }
                case Step.Batch batch -> {
                    if (isSource(batch)) {
                        read(iteration, batch);
                    } else {
                        workers.submit(new BatchTask(iteration, batch));
                    }
                }
            }
            return true;
        } catch (Exception | OutOfMemoryError failure) {
            iteration.fail(step.index(), -1, locator.locate(failure, where, iteration.number));
            return false;
        }
    }

    /// A source is read in each iteration, also in one that has failed elsewhere, so that what it
    /// gives in the next one does not depend on which of the two came first.
    private static boolean isPointless(Iteration iteration, Step step, int unit) {
        return isSource(step) ? iteration.cancelled() : iteration.pointless(step.index(), unit);
    }

    private static boolean isSource(Step step) {
        return step instanceof Step.Batch batch
                && batch.node().operator() instanceof SequentialSource;
    }

    private final class SegmentTask extends Task {
        private final Iteration its;
        private final Step.Segment segment;
        private final Ids ids;

        SegmentTask(Iteration its, Step.Segment segment, Ids ids) {
            super(its.number, segment.index(), ids.count());
            this.its = its;
            this.segment = segment;
            this.ids = ids;
        }

        @Override
        void run(Bench bench, int unit) {
            bench.samples().run(its, segment, ids, unit);
        }

        @Override
        void complete(Bench bench) {
            finished(its, segment.index());
        }
    }

    private final class BatchTask extends Task {
        private final Iteration its;
        private final Step.Batch step;

        BatchTask(Iteration its, Step.Batch step) {
            super(its.number, step.index(), 1);
            this.its = its;
            this.step = step;
        }

        @Override
        void run(Bench bench, int unit) {
            if (!isPointless(its, step, 0)) {
                runBatch(bench, its, step);
            }
        }

        @Override
        void complete(Bench bench) {
            finished(its, step.index());
        }
    }

    /// Reads a sequential source on a virtual thread, where it may wait.
    private void read(Iteration iteration, Step.Batch step) {
        var name = plan.graph().name() + " reader " + step.node().where().node();
        var thread =
                Thread.ofVirtual()
                        .name(name)
                        .unstarted(
                                () -> {
                                    try {
                                        var state = states[step.index()];
                                        if (state.bench == null) {
                                            state.bench = new Bench(this, name);
                                        }
                                        if (!isPointless(iteration, step, 0)) {
                                            runBatch(state.bench, iteration, step);
                                        }
                                        finished(iteration, step.index());
                                    } catch (Throwable broken) {
                                        crash(broken);
                                    }
                                });
        lock.lock();
        try {
            readers.removeIf(old -> old.getState() == Thread.State.TERMINATED);
            readers.add(thread);
            if (!closed) {
                thread.start();
            }
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("unchecked") // the state is what this very operator gave
    private void runBatch(Bench bench, Iteration iteration, Step.Batch step) {
        var operator = (BatchOperator<Object>) step.node().operator();
        var state = states[step.index()];
        BatchRun run = null;
        try {
            if (step.inOrder()) {
                prepare(operator, state, iteration);
            }
            run = new BatchRun(bench, iteration, step, false);
            var after = run.run(operator, step.inOrder() ? state.value : null);
            if (checks != null && !step.inOrder() && operator.effect() == Effect.NONE) {
                var again = new BatchRun(bench, iteration, step, true);
                try {
                    again.run(operator, null);
                    run.compare(again);
                } finally {
                    again.discard();
                }
            }
            if (step.inOrder()) {
                state.value = after;
                state.given += run.samples();
            }
            if (run.ended()) {
                state.end();
                epochEnds(iteration, run.samples());
            }
            run.publish();
        } catch (Throwable failure) {
            if (run != null) {
                run.discard();
            }
            iteration.fail(
                    step.index(),
                    0,
                    locator.locate(failure, step.node().where(), iteration.number));
        }
    }

    private static void prepare(BatchOperator<Object> operator, State state, Iteration iteration)
            throws Exception {
        if (operator instanceof SequentialSource && iteration.inEpoch == 0) {
            state.end(); // where another source has ended the epoch before
        }
        if (!state.started) {
            state.value = operator.start();
            state.started = true;
            state.given = 0;
        }
    }

    /// The ids that follow in order those that a source has given in this epoch.
    Ids nextIds(Iteration iteration, Step.Batch step, int count) {
        var ids = iteration.newIds(count);
        long given = states[step.index()].given;
        int shards = plan.options().shards();
        for (int slot = 0; slot < count; slot++) {
            ids.set(slot, iteration.epoch, (given + slot) * shards + plan.options().shard(), 0);
        }
        return ids;
    }

    /// A step's work is done.
    private void finished(Iteration iteration, int step) {
        for (var ready : finish(iteration, step)) {
            launch(ready);
        }
    }

    private List<Ready> finish(Iteration iteration, int step) {
        var ready = new ArrayList<Ready>();
        for (int value : links.madeInSlots[step]) {
            var list = iteration.slots[value];
            if (list != null && iteration.failure() == null && !iteration.cancelled()) {
                foreseen[value] = list.uniformSpec().orElse(null);
            }
            iteration.releaseReader(plan.values().get(value)); // the maker itself counts as one
        }
        for (int value : links.released[step]) {
            iteration.releaseReader(plan.values().get(value));
        }
        if (takesTurns(plan.steps().get(step))) {
            lock.lock();
            try {
                iteration.steps[step].finished = true;
                var next = iteration.next;
                if (next != null && next.steps[step].waiting.decrementAndGet() == 0) {
                    ready.add(new Ready(next, step));
                }
            } finally {
                lock.unlock();
            }
        }
        for (int follower : links.followers[step]) {
            if (iteration.steps[follower].waiting.decrementAndGet() == 0) {
                ready.add(new Ready(iteration, follower));
            }
        }
        if (iteration.stepsLeft.decrementAndGet() == 0) {
            complete(iteration);
        }
        return ready;
    }

    private void complete(Iteration iteration) {
        memory.iterationTook(iteration.loanedBytes());
        boolean useless = iteration.cancelled() || iteration.failure() != null;
        if (useless) {
            iteration.releaseAll();
        }
        lock.lock();
        try {
            iteration.done = true;
            iteration.doneNanos = System.nanoTime();
            iteration.next = null;
            live.remove(iteration);
            changed.signalAll();
            begin();
        } finally {
            lock.unlock();
        }
    }

    /// A source has said that its epoch ends with this iteration: what was begun of the epoch
    /// beyond it is void.
    private void epochEnds(Iteration iteration, int samples) {
        boolean drop =
                samples < plan.options().batchSize()
                        && plan.options().lastBatch() == LastBatch.DROP;
        lock.lock();
        try {
            if (iteration.cancelled()) {
                return; // void itself, since another source has ended the epoch before
            }
            nextEpoch = iteration.epoch + 1;
            nextInEpoch = 0;
            while (!inFlight.isEmpty() && inFlight.peekLast() != iteration) {
                inFlight.removeLast().cancel();
            }
            begun = iteration.number + 1;
            if (samples == 0 || drop) {
                iteration.cancel();
                inFlight.remove(iteration);
                begun--;
                emptyEpoch = iteration.inEpoch == 0 ? iteration.epoch : -1;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    // ---- what steps ask

    /// The spec that a value's samples are expected to have, where their block fits.
    TensorSpec foreseen(Iteration iteration, int value, int count) {
        var promised = plan.values().get(value).promise().exact();
        if (promised.isPresent()) {
            return promised.get();
        }
        var last = foreseen[value];
        boolean fits =
                last != null
                        && iteration.loanedBytes() + last.bytes() * count <= pool.limitBytes() / 2;
        return fits ? last : null;
    }

    /// A value's name, for loans and messages.
    String nameOf(int value) {
        var planned = plan.values().get(value);
        var node = plan.nodes().get(planned.node());
        return node.operator().outputs().size() == 1
                ? node.where().node()
                : node.where().node() + "." + node.operator().outputs().get(planned.output());
    }

    /// The lists that leave the graph; a constant is repeated for each sample.
    ImmutableMap<String, SlotList> outputs(Iteration iteration) {
        var lists = ImmutableMap.<String, SlotList>builder();
        plan.outputs()
                .forEach(
                        (name, binding) ->
                                lists.put(
                                        name,
                                        switch (binding) {
                                            case Binding.OfValue(int value) ->
                                                    iteration.slots[value];
                                            case Binding.OfConstant constant ->
                                                    iteration.repeat(
                                                            name,
                                                            constants.tensor(constant.value()),
                                                            iteration.idsOf(links.countValue));
                                        }));
        return lists.buildOrThrow();
    }

    // ---- ending

    /// Something of the engine itself broke: the pipeline is over.
    void crash(Throwable broken) {
        lock.lock();
        try {
            if (crash == null && !closed) {
                crash = broken;
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Ends everything.
    ///
    /// @return names of threads that did not end, with the operators they run
    List<String> close() {
        lock.lock();
        try {
            if (closed) {
                return List.of();
            }
            closed = true;
            live.forEach(Iteration::cancel);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        var within = plan.options().closeWithin();
        long deadline = System.nanoTime() + within.toNanos();
        var stuck = new ArrayList<>(workers.stop(within));
        var left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        var started = readers.stream().filter(each -> each.getState() != Thread.State.NEW).toList();
        stuck.addAll(Workers.join(started, left));
        if (!stuck.isEmpty()) {
            return stuck; // what those threads use stays theirs
        }
        List<Iteration> rest;
        lock.lock();
        try {
            rest = new ArrayList<>(live);
            rest.addAll(inFlight);
            live.clear();
            inFlight.clear();
        } finally {
            lock.unlock();
        }
        rest.forEach(Iteration::releaseAll);
        for (var state : states) {
            state.end();
            if (state.bench != null) {
                state.bench.close();
            }
        }
        sources.close();
        return stuck;
    }
}
