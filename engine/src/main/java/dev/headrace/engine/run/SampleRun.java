package dev.headrace.engine.run;

import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.Argument;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.Part;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.plan.Step;
import dev.headrace.engine.random.Series;
import dev.headrace.engine.spec.BadSamples;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Takes one sample through a segment, operator by operator, on one worker.
///
/// It is what operators see as inputs and outputs; their contexts are [View]s of it.
final class SampleRun implements Inputs, Outputs {
    /// More attempts than this at one position mean that the source is broken: {@value}.
    static final int MOST_ATTEMPTS = 100;

    private static final TensorSpec NOTHING = TensorSpec.of(ElementType.UINT8, "", 0);

    private final Bench bench;
    private final Resources resources;
    private final Tensor[] values;
    private final View[] contexts;
    private final Map<Part, View> parts = new IdentityHashMap<>();
    private Iteration iteration;
    private Ids ids;
    private int slot;
    private PlannedNode node;
    private Part speaking;
    private OperatorCallEvent call; // of the node that runs now; null where nobody records

    SampleRun(Bench bench) {
        this.bench = bench;
        this.resources = bench.resources;
        this.values = new Tensor[resources.plan.values().size()];
        this.contexts = new View[resources.plan.nodes().size()];
    }

    /// Runs one sample; what fails is recorded at its iteration.
    void run(Iteration its, Step.Segment segment, Ids itsIds, int sample) {
        iteration = its;
        ids = itsIds;
        slot = sample;
        if (its.pointless(segment.index(), sample)) {
            return;
        }
        var event = SampleEvent.start();
        attempt(segment);
        if (event != null) {
            event.place(its, bench.lane);
            event.step = segment.index();
            event.sample = itsIds.position(sample);
            event.commit();
        }
    }

    private void attempt(Step.Segment segment) {
        do {
            try {
                through(segment);
                return;
            } catch (Throwable failure) {
                called(true);
                var reason = located(failure);
                if (!recover(segment, reason)) {
                    iteration.fail(segment.index(), slot, reason);
                    return;
                }
                if (resources.plan.options().badSamples() instanceof BadSamples.Replace) {
                    return;
                }
            }
        } while (!iteration.pointless(segment.index(), slot));
    }

    private boolean recover(Step.Segment segment, RuntimeException reason) {
        if (!segment.recovers() || !(reason instanceof BadSample bad) || iteration.cancelled()) {
            return false;
        }
        long epoch = ids.epoch(slot);
        long position = ids.position(slot);
        int attempt = ids.attempt(slot);
        switch (resources.plan.options().badSamples()) {
            case BadSamples.Fail() -> {
                return false;
            }
            case BadSamples.Skip(long atMost) -> {
                if (attempt + 1 > Math.min(atMost, MOST_ATTEMPTS)) {
                    return false;
                }
                ids.set(slot, epoch, position, attempt + 1);
            }
            case BadSamples.Replace replace -> {
                for (var planned : segment.nodes()) {
                    for (int value : planned.values().toArray()) {
                        if (value >= 0 && resources.plan.values().get(value).inSlot()) {
                            replace(value);
                        }
                    }
                }
            }
        }
        iteration.recover(new Iteration.Recovered(epoch, position, attempt, bench.running, bad));
        return true;
    }

    /// Gives this sample the value that stands for bad ones; where it is only looked at there is
    /// none, so it gets one without elements.
    private void replace(int value) {
        var constant = resources.replacements[value];
        if (constant == null) {
            iteration.slots[value].make(slot, NOTHING);
        } else {
            iteration.slots[value].make(slot, constant.spec()).copyFrom(constant);
        }
    }

    private void through(Step.Segment segment) throws Exception {
        int first = segment.nodes().getFirst().index();
        int standsFor = bench.meter.standsFor(first, slot + iteration.number);
        boolean timed = standsFor > 0;
        long before = timed ? System.nanoTime() : 0;
        for (int value : resources.links.readFromSlots[segment.index()]) {
            values[value] = iteration.slots[value].get(slot);
        }
        boolean traced = OperatorCallEvent.isWanted();
        for (var planned : segment.nodes()) {
            enter(planned);
            call = traced ? OperatorCallEvent.begun() : null;
            var operator = (SampleOperator) planned.operator();
            if (resources.checks == null) {
                operator.run(this, this, context(planned));
            } else {
                resources.checks.runTwice(this, operator, context(planned));
            }
            finish();
            called(false);
            long after = timed ? System.nanoTime() : 0;
            bench.meter.ran(planned.index(), standsFor, after - before);
            before = after;
        }
    }

    /// The call of the node that runs now is over.
    private void called(boolean failed) {
        if (call != null) {
            call.endSample(iteration, bench, node, ids, slot, failed);
            call = null;
        }
    }

    private void enter(PlannedNode planned) {
        node = planned;
        speaking = planned.part();
        bench.running = planned;
        forgetOutputs();
    }

    /// Prepares for running the node once more.
    void forgetOutputs() {
        for (int output = 0; output < node.values().length(); output++) {
            if (node.values().get(output) >= 0) {
                values[node.values().get(output)] = null;
            }
        }
    }

    private void finish() {
        for (int output = 0; output < node.values().length(); output++) {
            int value = node.values().get(output);
            if (value >= 0) {
                var made = values[value];
                if (made == null) {
                    throw new BadBatch(
                            node.operator().kind()
                                    + " made no output "
                                    + node.operator().outputs().get(output));
                }
                values[value] =
                        resources.plan.values().get(value).inSlot()
                                ? made.freeze()
                                : bench.filled(value);
                bench.meter.wrote(node.index(), made.spec());
            }
        }
    }

    /// Runs the task of an operator's own loop on one sample.
    void runTask(
            Iteration its,
            PlannedNode planned,
            Ids itsIds,
            int sample,
            BatchContext.SampleTask task)
            throws Exception {
        iteration = its;
        ids = itsIds;
        slot = sample;
        node = planned;
        speaking = planned.part();
        bench.running = planned;
        for (var input : planned.inputs()) {
            if (input instanceof Binding.OfValue(int value)) {
                var list = its.slots[value];
                values[value] = sample < list.size() ? list.get(sample) : null;
            }
        }
        call = OperatorCallEvent.start();
        boolean failed = true;
        try {
            task.run(sample, context(planned));
            failed = false;
        } finally {
            called(failed);
        }
    }

    private View context(PlannedNode planned) {
        var known = contexts[planned.index()];
        if (known == null) {
            known = new View(planned.part());
            contexts[planned.index()] = known;
        }
        return known;
    }

    /// The failure with the place of the node that runs now.
    RuntimeException located(Throwable failure) {
        return resources.locator.locate(
                failure, speaking.where(), node, iteration.number, ids, slot);
    }

    PlannedNode node() {
        return node;
    }

    Tensor output(int index) {
        int value = node.values().get(index);
        return value < 0 ? null : values[value];
    }

    @Override
    public int count() {
        return node.inputs().size();
    }

    @Override
    public Tensor get(int input) {
        int value = resources.links.inputs[node.index()][input];
        if (value >= 0) {
            return values[value];
        }
        var constant = (Binding.OfConstant) node.inputs().get(input);
        return resources.constants.tensor(constant.value());
    }

    @Override
    public boolean wanted(int output) {
        return node.values().get(output) >= 0;
    }

    @Override
    public Tensor make(int output, TensorSpec spec) {
        int value = node.values().get(output);
        if (value < 0) {
            return bench.unwanted(iteration, output, spec);
        }
        if (values[value] != null) {
            throw new IllegalStateException(
                    "output " + node.operator().outputs().get(output) + " is made twice");
        }
        var tensor =
                resources.plan.values().get(value).inSlot()
                        ? iteration.slots[value].make(slot, spec)
                        : bench.scratch(iteration, value, spec);
        values[value] = tensor;
        if (resources.checks != null) {
            resources.checks.made(node, value, tensor);
        }
        return tensor;
    }

    /// The context of a node, or of one part of a fused one.
    private final class View implements SampleContext {
        private final Part part;

        View(Part part) {
            this.part = part;
        }

        @Override
        public long iteration() {
            return iteration.number;
        }

        @Override
        public long epoch() {
            return ids.epoch(slot);
        }

        @Override
        public SampleId id() {
            return ids.get(slot);
        }

        @Override
        public long bits(String draw, long index) {
            return Draws.bits(
                    part, draw, index, ids.epoch(slot), ids.position(slot), ids.attempt(slot));
        }

        @Override
        public Series series(String draw) {
            return Draws.series(part, draw, ids.epoch(slot), ids.position(slot), ids.attempt(slot));
        }

        @Override
        public Tensor tensor(Argument argument) {
            return resources.constants.tensor(argument, part, SampleRun.this);
        }

        @Override
        public <T> T keep(Object key, Supplier<T> maker) {
            return bench.keep(key, maker);
        }

        @Override
        public MemorySegment scratch(long bytes) {
            return bench.temporary(iteration, bytes);
        }

        @Override
        public SampleContext part(int index) {
            if (index >= part.parts().size()) {
                throw new IllegalStateException(
                        part.where().node() + " is not fused: it has no part " + index);
            }
            speaking = part.parts().get(index);
            return parts.computeIfAbsent(speaking, View::new);
        }

        @Override
        public long index() {
            return resources.sources.index(
                    node, ids.epoch(slot), ids.position(slot), ids.attempt(slot));
        }

        @Override
        public IndexedSource.Dataset dataset() {
            return resources.sources.dataset(node);
        }
    }
}
