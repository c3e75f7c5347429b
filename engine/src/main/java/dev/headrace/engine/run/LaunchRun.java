package dev.headrace.engine.run;

import dev.headrace.engine.data.Storage;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.DriverFailure;
import dev.headrace.engine.device.GpuStream;
import dev.headrace.engine.device.Mark;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.memory.Buffer;
import dev.headrace.engine.memory.MemoryKind;
import dev.headrace.engine.operator.CudaOperator;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.Transfer;
import dev.headrace.engine.plan.Binding;
import dev.headrace.engine.plan.PlannedNode;
import dev.headrace.engine.plan.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/// Queues the work of one node and one iteration on a device, behind what it reads, and sets a mark
/// behind it. On the thread that launches for that device.
final class LaunchRun {
    private static final long ALIGNMENT = 256;

    private final Bench bench;
    private final Resources resources;
    private final Iteration iteration;
    private final Step.Launch step;
    private final PlannedNode node;
    private final Gpu gpu;
    private final GpuStream stream;
    private final Ids ids;
    private final List<SlotList> made = new ArrayList<>();
    private final List<Buffer> copies = new ArrayList<>(0); // for checks
    private Descriptors descriptors; // none of a transfer
    private Buffer descriptorsThere;
    private long bytes;

    LaunchRun(Bench bench, Iteration iteration, Step.Launch step) {
        this.bench = bench;
        this.resources = bench.resources;
        this.iteration = iteration;
        this.step = step;
        this.node = step.node();
        this.gpu = resources.gpus.of(step.device());
        this.stream = gpu.stream(step.stream());
        this.ids = iteration.idsOf(step.countValue());
    }

    /// Queues the work; from then on what it has made can be read behind its mark.
    ///
    /// @throws Exception if a sample cannot be used, or the driver refuses
    void run() throws Exception {
        long start = System.nanoTime();
        var call = OperatorCallEvent.start();
        bench.running = node;
        boolean failed = true;
        try {
            DeviceRun.awaitInputs(iteration, step, stream);
            switch (node.operator()) {
                case Transfer _ -> transfer();
                case CudaOperator operator -> new Kernels(operator).launch();
                default ->
                        throw new IllegalStateException(node.where() + " is on " + node.device());
            }
            if (resources.checks != null) {
                resources.checks.made(node, made.toArray(SlotList[]::new));
            }
            finish(stream.mark());
            publish();
            failed = false;
        } finally {
            if (failed) {
                discard();
            }
            scratch().forEach(Buffer::close);
            if (call != null) {
                call.endBatch(iteration, bench, node, ids.count(), failed);
            }
        }
        bench.meter.ranBatch(node.index(), ids.count(), System.nanoTime() - start, bytes);
    }

    /// Nobody else gets the memory before the work is done.
    private void finish(Mark mark) {
        iteration.marks[step.index()] = mark;
        made.forEach(list -> list.busyUntil(mark));
        scratch().forEach(buffer -> buffer.busyUntil(mark));
        for (var input : node.inputs()) {
            if (input instanceof Binding.OfValue(int value)) {
                iteration.slots[value].busyUntil(mark);
            }
        }
    }

    private List<Buffer> scratch() {
        var all = new ArrayList<>(copies);
        if (descriptors != null) {
            all.addAll(descriptors.buffers());
        }
        if (descriptorsThere != null) {
            all.add(descriptorsThere);
        }
        return all;
    }

    /// What was made before something failed may be in use still.
    private void discard() {
        try {
            finish(stream.mark());
        } catch (DriverFailure second) {
            stream.awaitEnd();
        }
        made.forEach(SlotList::release);
    }

    private void publish() {
        for (int output = 0; output < node.values().length(); output++) {
            int value = node.values().get(output);
            if (value >= 0) {
                iteration.slots[value] = made.get(output);
            } else {
                made.get(output).release();
            }
        }
    }

    /// Makes the tensors of an output: in one block, one behind the other where they are alike.
    ///
    /// @param checks null where nobody verifies what is written around them
    private List<Tensor> make(int output, Home home, List<TensorSpec> specs, LaunchChecks checks) {
        int value = node.values().get(output);
        var name = value < 0 ? "an output that nobody reads" : resources.nameOf(value);
        boolean alike = specs.stream().distinct().count() == 1;
        var list = new SlotList(iteration, name, alike ? specs.getFirst() : null, true, ids, home);
        made.add(list);
        bytes += specs.stream().mapToLong(TensorSpec::bytes).sum();
        var tensors = new ArrayList<Tensor>();
        if (alike && checks == null) {
            for (int sample = 0; sample < specs.size(); sample++) {
                tensors.add(list.make(sample, specs.get(sample)));
            }
            return tensors;
        }
        if (specs.isEmpty()) {
            return tensors;
        }
        long zone = checks == null ? 0 : LaunchChecks.ZONE_BYTES;
        ToLongFunction<TensorSpec> step =
                spec -> alike ? spec.bytes() : aligned(spec.bytes()) + zone;
        long needed = zone + specs.stream().mapToLong(step).sum() + (alike ? zone : 0);
        try (var block = iteration.lend(needed, name, home)) {
            long offset = zone;
            for (int sample = 0; sample < specs.size(); sample++) {
                var tensor = block.tensor(specs.get(sample), offset, true);
                list.share(sample, tensor);
                tensors.add(tensor);
                offset += step.applyAsLong(specs.get(sample));
            }
            if (checks != null) {
                var its = node.operator().outputs().get(output);
                checks.surround(its, block, needed, tensors);
            }
        }
        return tensors;
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    private void transfer() {
        int value = ((Binding.OfValue) node.inputs().getFirst()).value();
        var from = iteration.slots[value];
        var specs = new ArrayList<TensorSpec>();
        for (int sample = 0; sample < ids.count(); sample++) {
            specs.add(from.spec(sample));
        }
        var maker = resources.plan.deviceOf(value);
        boolean home = node.device().equals(Device.HOST);
        var to =
                make(
                        0,
                        home ? resources.homeOf(node.values().get(0)) : gpu.home(stream),
                        specs,
                        null);
        var copying = new Copying(maker, home);
        for (int sample = 0; sample < specs.size(); sample++) {
            copying.add(from.get(sample), to.get(sample));
        }
        copying.queue();
    }

    /// Samples that lie one behind the other in one block, on both sides, are copied in one go.
    private final class Copying {
        private final Device from;
        private final boolean toHost;
        private Storage block;
        private Storage blockThere;
        private long source;
        private long target;
        private long length;

        Copying(Device from, boolean toHost) {
            this.from = from;
            this.toHost = toHost;
        }

        void add(Tensor next, Tensor there) {
            if (next.storage() != block
                    || next.address() != source + length
                    || there.storage() != blockThere
                    || there.address() != target + length) {
                queue();
                block = next.storage();
                blockThere = there.storage();
                source = next.address();
                target = there.address();
            }
            length += next.spec().bytes();
        }

        void queue() {
            if (length == 0) {
                return;
            }
            switch (from) {
                case Device.Host _ -> stream.copyToDevice(target, source, length);
                case Device.Gpu _ when toHost -> stream.copyToHost(target, source, length);
                case Device.Gpu other ->
                        stream.copyFrom(target, resources.gpus.of(other).context, source, length);
            }
            length = 0;
        }
    }

    /// What is done for one sample.
    private interface ForSample {
        void run(SampleContext context) throws Exception;
    }

    /// One launch for all samples: each is described to the kernel.
    private final class Kernels implements Inputs {
        private final CudaOperator operator;
        private final LaunchChecks checks = resources.checks == null ? null : checks();
        private final List<List<Tensor>> outputs = new ArrayList<>();
        private final Inputs out = new Made();
        private int sample;

        /// The tensors of the outputs of one sample.
        private final class Made implements Inputs {
            @Override
            public int count() {
                return outputs.size();
            }

            @Override
            public Tensor get(int output) {
                return outputs.get(output).get(sample);
            }
        }

        Kernels(CudaOperator operator) {
            this.operator = operator;
        }

        void launch() throws Exception {
            var specs = new ArrayList<List<TensorSpec>>();
            int count = node.values().length();
            each(context -> specs.add(checked(operator.specs(this, context), count)));
            for (int output = 0; output < count; output++) {
                int place = output;
                var its = specs.stream().map(all -> all.get(place)).toList();
                outputs.add(make(output, gpu.home(stream), its, checks));
            }
            if (checks != null) {
                poison();
            }
            var kernel = gpu.kernel(operator);
            descriptors = new Descriptors(iteration, node.where().node(), kernel);
            each(
                    context -> {
                        descriptors.begin();
                        descriptors.end(operator.describe(this, out, context, descriptors));
                    });
            if (descriptors.mostWork() == 0) {
                return;
            }
            if (checks == null) {
                queue();
                return;
            }
            each(_ -> stateInputs());
            checks.begin();
            queue();
            var breach = checks.verify();
            if (breach.isPresent()) {
                tell(breach.get());
            }
        }

        private LaunchChecks checks() {
            return new LaunchChecks(
                    stream,
                    bytes -> {
                        var name = "what checks compare";
                        var home = resources.home(MemoryKind.PINNED);
                        copies.add(iteration.lendAhead(bytes, name, home));
                        return copies.getLast();
                    });
        }

        private void stateInputs() {
            for (int input = 0; input < node.dataInputs(); input++) {
                if (operator.readsData(input) && !operator.readsOnHost(input)) {
                    checks.input(input, sample, get(input));
                }
            }
        }

        private void tell(LaunchChecks.Breach breach) throws Exception {
            var failure = new BadBatch(node.operator().kind() + " " + breach.what());
            if (breach.sample().isEmpty()) {
                throw failure;
            }
            sample = breach.sample().getAsInt();
            at(
                    _ -> {
                        throw failure;
                    });
        }

        private void queue() {
            descriptorsThere = descriptors.launch(gpu, stream);
        }

        private static List<TensorSpec> checked(List<TensorSpec> specs, int outputs) {
            if (specs.size() != outputs) {
                throw new BadBatch("%s specs for %s outputs".formatted(specs.size(), outputs));
            }
            return specs;
        }

        private void poison() {
            for (var output : outputs) {
                for (var tensor : output) {
                    stream.fill(tensor.address(), Checks.POISON, tensor.spec().bytes());
                }
            }
        }

        /// Does something for each sample; a failure tells at which.
        private void each(ForSample task) {
            for (sample = 0; sample < ids.count(); sample++) {
                at(task);
            }
        }

        private void at(ForSample task) {
            try {
                bench.samples()
                        .runTask(iteration, node, ids, sample, (_, context) -> task.run(context));
            } catch (Throwable failure) {
                throw bench.samples().located(failure);
            }
        }

        @Override
        public int count() {
            return node.inputs().size();
        }

        @Override
        public Tensor get(int input) {
            var here = bench.samples().get(input);
            return node.inputs().get(input) instanceof Binding.OfConstant(var value)
                            && input < node.dataInputs()
                            && !operator.readsOnHost(input)
                    ? gpu.constant(value, here, stream)
                    : here;
        }
    }
}
