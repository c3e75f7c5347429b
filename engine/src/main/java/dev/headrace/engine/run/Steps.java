package dev.headrace.engine.run;

import com.google.common.base.Throwables;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.DriverFailure;
import dev.headrace.engine.device.GpuContext;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadGraph;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.RunsOn;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.plan.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The steps of iterations: each starts once nothing is left that it waits for, and the last
/// finisher of its work starts what waited for it. The states of batch operators are kept here.
final class Steps {
    private final Resources resources;
    private final Flow flow;
    private final State[] states;

    /// The state of a batch operator that has one; touched by the iteration whose turn it is.
    private static final class State {
        Object value;
        boolean started;
        long given;
        private final ArrayDeque<Bench> benches = new ArrayDeque<>(); // guarded by itself
        private int made; // guarded by benches

        /// A bench for a virtual thread.
        Bench bench(Resources resources, String name) {
            synchronized (benches) {
                var idle = benches.poll();
                if (idle != null) {
                    return idle;
                }
                made++;
                return new Bench(resources, made == 1 ? name : name + " (" + made + ")");
            }
        }

        void giveBack(Bench bench) {
            synchronized (benches) {
                benches.push(bench);
            }
        }

        void close() {
            end();
            synchronized (benches) {
                benches.forEach(Bench::close);
                benches.clear();
            }
        }

        void end() {
            if (started && value instanceof AutoCloseable closeable) {
                Closing.one(closeable);
            }
            started = false;
            value = null;
        }
    }

    Steps(Resources resources, Flow flow) {
        this.resources = resources;
        this.flow = flow;
        this.states = new State[resources.plan.steps().size()];
        for (int step = 0; step < states.length; step++) {
            states[step] = new State();
        }
    }

    /// Whether iterations take turns at a step.
    static boolean takesTurns(Step step) {
        return step.inOrder();
    }

    /// Starts the operators that have a state, but for sources, which start with each epoch.
    ///
    /// @throws BadGraph with all that cannot be started
    void startOperators() {
        var failures = new ArrayList<BadGraph>();
        for (var step : resources.plan.steps()) {
            if (step.inOrder() && !isSource(step)) {
                try {
                    var state = states[step.index()];
                    state.value = start(node(step));
                    state.started = true;
                } catch (Exception | LinkageError failure) {
                    failures.add(Locator.atStart(failure, node(step).where()));
                    if (failure instanceof InterruptedException) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
        }
        if (failures.size() == 1) {
            throw failures.getFirst();
        }
        if (!failures.isEmpty()) {
            var all =
                    new BadGraph(
                            failures.stream().flatMap(each -> each.problems().stream()).toList());
            failures.forEach(all::addSuppressed);
            throw all;
        }
    }

    private Object start(PlannedNode node) throws Exception {
        var operator = (BatchOperator<?>) node.operator();
        return operator.runsOn() instanceof RunsOn.Thread(var name)
                ? named(name).call(node, () -> operator.start(node.where()))
                : operator.start(node.where());
    }

    /// The thread of a name; at its end it ends the states of those that run there.
    private Workers named(String name) {
        return resources.threads.named(
                name,
                () -> {
                    for (var step : resources.plan.steps()) {
                        if (node(step).operator() instanceof BatchOperator<?> operator
                                && operator.runsOn().equals(new RunsOn.Thread(name))) {
                            states[step.index()].end();
                        }
                    }
                });
    }

    private static PlannedNode node(Step step) {
        return step.nodes().getFirst();
    }

    private static BatchOperator<?> operator(Step step) {
        return (BatchOperator<?>) node(step).operator();
    }

    /// Ends the states and benches of batch operators.
    void close() {
        for (var state : states) {
            state.close();
        }
    }

    private record Ready(Iteration iteration, int step) {}

    /// Starts steps that wait for nothing.
    void launch(Iteration iteration, List<Integer> steps) {
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
            var step = resources.plan.steps().get(next.step());
            if (!start(next.iteration(), step)) {
                ready.addAll(finish(next.iteration(), next.step()));
            }
        }
    }

    /// Starts a step; one that reads on the host what a device has copied there, once it is there.
    ///
    /// @return whether there is anything to do; if not, the step is as good as done
    private boolean start(Iteration iteration, Step step) {
        if (isPointless(iteration, step, -1)) {
            return false;
        }
        if (step.awaits().isEmpty()) {
            return handOut(iteration, step);
        }
        await(
                iteration,
                step.index(),
                step.awaits(),
                () -> {
                    if (isPointless(iteration, step, -1) || !handOut(iteration, step)) {
                        finished(iteration, step.index());
                    }
                });
        return true;
    }

    /// Waits for launches, on the thread that waits for devices, and goes on.
    private void await(Iteration its, int order, ImmutableIntArray launches, Runnable then) {
        var last = (Step.Launch) resources.plan.steps().get(launches.get(launches.length() - 1));
        waiting(last.device())
                .submit(
                        new Task(its.number, order, 1) {
                            @Override
                            void run(Bench bench, int unit) {
                                launches.forEach(launch -> awaitMark(bench, its, launch));
                            }

                            @Override
                            void complete(Bench bench) {
                                then.run();
                            }
                        });
    }

    private void awaitMark(Bench bench, Iteration iteration, int launch) {
        var step = (Step.Launch) resources.plan.steps().get(launch);
        var mark = iteration.marks[launch];
        if (mark == null) {
            return; // it has failed, or there was no need of it
        }
        waitFor(
                bench,
                iteration,
                step,
                () -> {
                    mark.stream().context().enter(); // this thread is the device's
                    mark.await();
                });
    }

    private void waitFor(Bench bench, Iteration iteration, Step.Launch step, Runnable waiting) {
        bench.running = step.node();
        var wait = WaitEvent.start();
        try {
            waiting.run();
        } catch (Throwable failure) {
            failOn(step, -1, failure, iteration);
        }
        if (wait != null) {
            wait.iteration = iteration.number;
            wait.epoch = iteration.epoch;
            wait.end(resources, bench.lane, WaitEvent.FOR_A_DEVICE);
        }
    }

    /// Has a stream of the consumer's await what is delivered on it.
    void handOver(Iteration iteration, GpuStream on) {
        GpuContext.onSystemThread(
                () ->
                        resources
                                .plan
                                .delivery()
                                .streamAwaits()
                                .forEach(launch -> handOver(iteration, launch, on)));
    }

    private void handOver(Iteration iteration, int launch, GpuStream on) {
        var mark = iteration.marks[launch];
        if (mark == null) {
            return; // it had nothing to do
        }
        try {
            on.waitFor(mark);
        } catch (Throwable failure) {
            failOn((Step.Launch) resources.plan.steps().get(launch), -1, failure, iteration);
        }
    }

    /// A launch has failed, or work that it has queued. After a lost device nothing begins any
    /// more.
    private void failOn(Step.Launch step, int unit, Throwable failure, Iteration iteration) {
        var driver =
                Throwables.getCausalChain(failure).stream()
                        .filter(DriverFailure.class::isInstance)
                        .map(DriverFailure.class::cast)
                        .findFirst();
        boolean lost = driver.isPresent() && driver.get().lost();
        var usable =
                lost
                        ? "%s is lost to this process, and %s with it"
                                .formatted(step.device(), resources.name())
                        : "the next batch can be asked for";
        var told =
                driver.isPresent()
                        ? new BadBatch(driver.get().getMessage() + "; " + usable, driver.get())
                        : failure;
        var where = step.node().where();
        iteration.fail(step.index(), unit, resources.locator.locate(told, where, iteration.number));
        if (lost) {
            flow.lose(step.device() + " was lost", driver.get());
        }
    }

    /// Hands a step's work to the workers.
    ///
    /// @return whether there is any; if not, the step is as good as done
    private boolean handOut(Iteration iteration, Step step) {
        var where = step.nodes().getFirst().where();
        try {
            var ids = iteration.idsOf(step.countValue());
            resources.links.checkSizes(iteration, step, ids.count());
            switch (step) {
                case Step.Segment segment -> {
                    for (int value : resources.links.madeInSlots[step.index()]) {
                        where =
                                resources
                                        .plan
                                        .nodes()
                                        .get(resources.plan.values().get(value).node())
                                        .where();
                        var list =
                                new SlotList(
                                        iteration,
                                        resources.nameOf(value),
                                        resources.foreseen(iteration, value, ids.count()),
                                        resources.isPromised(value),
                                        ids,
                                        resources.homeOf(value));
                        iteration.slots[value] = list;
                        list.block(); // lent here, by one thread, before many workers need it
                    }
                    if (ids.count() == 0) {
                        return false;
                    }
                    resources.workers.submit(new SegmentTask(iteration, segment, ids));
                }
                case Step.Launch launch when launch.inOrder() -> {
                    if (DeviceRun.isAwaited(launch)) {
                        waiting(launch.device()).submit(new StreamTask(iteration, launch));
                    } else {
                        submit(iteration, launch);
                    }
                }
                case Step.Launch launch ->
                        named(launch.device().toString()).submit(new LaunchTask(iteration, launch));
                case Step.Batch batch -> submit(iteration, batch);
            }
            return true;
        } catch (Exception | OutOfMemoryError failure) {
            iteration.fail(
                    step.index(), -1, resources.locator.locate(failure, where, iteration.number));
            return false;
        }
    }

    private void submit(Iteration iteration, Step step) {
        switch (operator(step).runsOn()) {
            case RunsOn.Worker() -> resources.workers.submit(new BatchTask(iteration, step));
            case RunsOn.Thread(var name) -> named(name).submit(new BatchTask(iteration, step));
            case RunsOn.Virtual() ->
                    onVirtualThread(iteration, step, bench -> runBatch(bench, iteration, step));
        }
    }

    /// The thread that waits for a device.
    private Workers waiting(Device.Gpu device) {
        return named(device + " waits");
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

    private final class LaunchTask extends Task {
        private final Iteration its;
        private final Step.Launch step;

        LaunchTask(Iteration its, Step.Launch step) {
            super(its.number, step.index(), 1);
            this.its = its;
            this.step = step;
        }

        @Override
        void run(Bench bench, int unit) {
            if (isPointless(its, step, 0)) {
                return;
            }
            try {
                new LaunchRun(bench, its, step).run();
            } catch (Throwable failure) {
                failOn(step, 0, failure, its);
            }
        }

        @Override
        void complete(Bench bench) {
            finished(its, step.index());
        }
    }

    /// Waits until a stream has done all that it was given, and what a step reads; then the step is
    /// run.
    private final class StreamTask extends Task {
        private final Iteration its;
        private final Step.Launch step;

        StreamTask(Iteration its, Step.Launch step) {
            super(its.number, step.index(), 1);
            this.its = its;
            this.step = step;
        }

        @Override
        void run(Bench bench, int unit) {
            if (isPointless(its, step, -1)) {
                return;
            }
            var stream = resources.gpus.of(step.device()).stream(step.stream());
            waitFor(
                    bench,
                    its,
                    step,
                    () -> {
                        stream.context().enter(); // this thread is the device's
                        DeviceRun.awaitInputs(its, step, stream);
                        try (var mark = stream.mark()) {
                            mark.await();
                        }
                    });
        }

        @Override
        void complete(Bench bench) {
            submit(its, step);
        }
    }

    private final class BatchTask extends Task {
        private final Iteration its;
        private final Step step;
        private BatchRun unfinished;

        BatchTask(Iteration its, Step step) {
            super(its.number, step.index(), 1);
            this.its = its;
            this.step = step;
        }

        @Override
        void run(Bench bench, int unit) {
            var run = begin(bench, its, step);
            if (run == null) {
                return;
            }
            if (run.leavesRest()) {
                unfinished = run;
            } else {
                end(bench, run, its, step);
            }
        }

        @Override
        void complete(Bench bench) {
            var run = unfinished;
            if (run == null) {
                finished(its, step.index());
                return;
            }
            passTurn(its, step.index()).ifPresent(Steps.this::launch);
            if (!onVirtualThread(its, step, own -> end(own, run, its, step))) {
                run.discard(); // the pipeline is closed
            }
        }
    }

    /// Does work of a step where it may wait; then the step is done.
    ///
    /// @return false if it is too late
    private boolean onVirtualThread(Iteration iteration, Step step, Consumer<Bench> work) {
        var name = node(step).where().node();
        var state = states[step.index()];
        return resources.threads.startVirtual(
                name,
                runner -> {
                    var bench = state.bench(resources, name);
                    runner.sitDown(bench);
                    try {
                        work.accept(bench);
                    } finally {
                        state.giveBack(bench);
                    }
                    finished(iteration, step.index());
                });
    }

    private void runBatch(Bench bench, Iteration iteration, Step step) {
        var run = begin(bench, iteration, step);
        if (run != null) {
            if (run.leavesRest()) {
                passTurn(iteration, step.index()).ifPresent(this::launch);
            }
            end(bench, run, iteration, step);
        }
    }

    /// Runs a batch operator, but for the rest that it may leave.
    ///
    /// @return null if there was nothing to do, or it failed
    @SuppressWarnings("unchecked") // the state is what this very operator gave
    private BatchRun begin(Bench bench, Iteration iteration, Step step) {
        if (isPointless(iteration, step, 0)) {
            return null;
        }
        var operator = (BatchOperator<Object>) operator(step);
        var state = states[step.index()];
        BatchRun run = null;
        try {
            if (isSource(step)) {
                prepare(operator, state, iteration);
            }
            run = new BatchRun(bench, iteration, step, state.given, false);
            var after = run.run(operator, step.inOrder() ? state.value : null);
            if (!run.leavesRest()) {
                run.complete(bench); // if it fails, the state stays
            }
            if (step.inOrder()) {
                state.value = after;
            }
            return run;
        } catch (Throwable failure) {
            fail(failure, run, iteration, step);
            return null;
        }
    }

    /// Does the rest that a run has left, and publishes what it made.
    @SuppressWarnings("unchecked") // as above
    private void end(Bench bench, BatchRun run, Iteration iteration, Step step) {
        var operator = (BatchOperator<Object>) operator(step);
        var state = states[step.index()];
        try {
            if (run.leavesRest()) {
                run.complete(bench);
            }
            if (resources.checks != null && !step.inOrder() && operator.effect() == Effect.NONE) {
                var again = new BatchRun(bench, iteration, step, 0, true);
                try {
                    again.run(operator, null);
                    again.complete(bench);
                    run.compare(again);
                } finally {
                    again.discard();
                }
            }
            if (isSource(step)) {
                state.given += run.samples();
            }
            if (run.ended()) {
                state.end();
                flow.epochEnds(iteration, run.samples());
            }
            run.publish();
        } catch (Throwable failure) {
            fail(failure, run, iteration, step);
        }
    }

    private void fail(Throwable failure, BatchRun run, Iteration iteration, Step step) {
        if (run != null) {
            run.discard();
        }
        if (step instanceof Step.Launch launch) {
            failOn(launch, 0, failure, iteration);
            return;
        }
        var where = node(step).where();
        iteration.fail(step.index(), 0, resources.locator.locate(failure, where, iteration.number));
    }

    /// A source is started with each epoch.
    private static void prepare(BatchOperator<Object> source, State state, Iteration iteration)
            throws Exception {
        if (iteration.inEpoch == 0) {
            state.end(); // where another source has ended the epoch before
        }
        if (!state.started) {
            state.value = source.start();
            state.started = true;
            state.given = 0;
        }
    }

    /// A step's work is done.
    private void finished(Iteration iteration, int step) {
        for (var ready : finish(iteration, step)) {
            launch(ready);
        }
    }

    /// Where iterations take turns, it is the next one's.
    private Optional<Ready> passTurn(Iteration iteration, int step) {
        if (!takesTurns(resources.plan.steps().get(step))) {
            return Optional.empty();
        }
        var next = flow.turnIsOver(iteration, step);
        return next != null && next.steps[step].waiting.decrementAndGet() == 0
                ? Optional.of(new Ready(next, step))
                : Optional.empty();
    }

    private List<Ready> finish(Iteration iteration, int step) {
        var ready = new ArrayList<Ready>();
        for (int value : resources.links.madeInSlots[step]) {
            var list = iteration.slots[value];
            if (list != null && iteration.failure() == null && !iteration.cancelled()) {
                resources.foresee(value, list);
            }
            iteration.releaseReader(
                    resources.plan.values().get(value)); // the maker itself counts as one
        }
        for (int value : resources.links.released[step]) {
            iteration.releaseReader(resources.plan.values().get(value));
        }
        // what follows in this iteration goes before the next one's turn
        for (int follower : resources.links.followers[step]) {
            if (iteration.steps[follower].waiting.decrementAndGet() == 0) {
                ready.add(new Ready(iteration, follower));
            }
        }
        passTurn(iteration, step).ifPresent(ready::add);
        if (iteration.stepsLeft.decrementAndGet() == 0) {
            complete(iteration);
        }
        return ready;
    }

    /// All is done or queued: the iteration is complete once the devices have what is delivered.
    private void complete(Iteration iteration) {
        var delivery = resources.plan.delivery();
        var awaits = resources.consumer == null ? delivery.awaits() : delivery.hostAwaits();
        if (awaits.isEmpty() || iteration.cancelled() || iteration.failure() != null) {
            flow.complete(iteration);
        } else {
            await(iteration, iteration.steps.length, awaits, () -> flow.complete(iteration));
        }
    }
}
