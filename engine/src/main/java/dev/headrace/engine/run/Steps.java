package dev.headrace.engine.run;

import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.plan.Step;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

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
        Bench bench;

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
        return step instanceof Step.Batch batch && batch.inOrder();
    }

    /// Ends the states and benches of batch operators.
    void close() {
        for (var state : states) {
            state.end();
            if (state.bench != null) {
                state.bench.close();
            }
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
            if (!start(next.iteration(), resources.plan.steps().get(next.step()))) {
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
                                        resources.kindOf(value));
                        iteration.slots[value] = list;
                        list.block(); // lent here, by one thread, before many workers need it
                    }
                    if (ids.count() == 0) {
                        return false;
                    }
                    resources.workers.submit(new SegmentTask(iteration, segment, ids));
                }
                case Step.Batch batch -> {
                    if (isSource(batch)) {
                        read(iteration, batch);
                    } else {
                        resources.workers.submit(new BatchTask(iteration, batch));
                    }
                }
            }
            return true;
        } catch (Exception | OutOfMemoryError failure) {
            iteration.fail(
                    step.index(), -1, resources.locator.locate(failure, where, iteration.number));
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
        var name = resources.plan.graph().name() + " reader " + step.node().where().node();
        var thread =
                Thread.ofVirtual()
                        .name(name)
                        .unstarted(
                                () -> {
                                    try {
                                        var state = states[step.index()];
                                        if (state.bench == null) {
                                            state.bench = new Bench(resources, name);
                                        }
                                        if (!isPointless(iteration, step, 0)) {
                                            runBatch(state.bench, iteration, step);
                                        }
                                        finished(iteration, step.index());
                                    } catch (Throwable broken) {
                                        flow.crash(broken);
                                    }
                                });
        flow.startReader(thread);
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
            run = new BatchRun(bench, iteration, step, state.given, false);
            var after = run.run(operator, step.inOrder() ? state.value : null);
            if (resources.checks != null && !step.inOrder() && operator.effect() == Effect.NONE) {
                var again = new BatchRun(bench, iteration, step, state.given, true);
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
                flow.epochEnds(iteration, run.samples());
            }
            run.publish();
        } catch (Throwable failure) {
            if (run != null) {
                run.discard();
            }
            iteration.fail(
                    step.index(),
                    0,
                    resources.locator.locate(failure, step.node().where(), iteration.number));
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

    /// A step's work is done.
    private void finished(Iteration iteration, int step) {
        for (var ready : finish(iteration, step)) {
            launch(ready);
        }
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
        if (takesTurns(resources.plan.steps().get(step))) {
            var next = flow.turnIsOver(iteration, step);
            if (next != null && next.steps[step].waiting.decrementAndGet() == 0) {
                ready.add(new Ready(next, step));
            }
        }
        if (iteration.stepsLeft.decrementAndGet() == 0) {
            flow.complete(iteration);
        }
        return ready;
    }
}
