package dev.headrace.engine.run;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.data.SampleId;
import dev.headrace.engine.data.SpecPattern;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.data.TensorValue;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.error.BadSample;
import dev.headrace.engine.operator.BatchContext;
import dev.headrace.engine.operator.BatchInputs;
import dev.headrace.engine.operator.BatchOperator;
import dev.headrace.engine.operator.BatchOutputs;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.IndexedSource;
import dev.headrace.engine.operator.Inputs;
import dev.headrace.engine.operator.Operator;
import dev.headrace.engine.operator.Outputs;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.operator.SequentialSource;
import dev.headrace.engine.operator.StatelessBatchOperator;
import dev.headrace.engine.operator.Transform;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.spec.GraphSpec;
import dev.headrace.engine.spec.NodeSpec;
import dev.headrace.engine.spec.Options;
import dev.headrace.engine.spec.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongPredicate;

/// Graphs and operators made for the runner's tests: a counter, a copy, a cast, one that waits
/// until let go, one that fails on demand, an ordered batch step with state, and a few more.
final class Trial {
    static final TensorSpec NUMBER = TensorSpec.scalar(ElementType.INT64);
    static final TensorSpec REAL = TensorSpec.scalar(ElementType.FLOAT64);

    private Trial() {}

    /// A graph written node by node; a wire is a node's name, `name[output]`, or `#number` for a
    /// constant. Inputs beyond the operator's arity are values of its arguments.
    static final class Sketch {
        private final List<NodeSpec> nodes = new ArrayList<>();
        private final ImmutableMap.Builder<String, Wire> outputs = ImmutableMap.builder();

        Sketch node(String name, Operator operator, String... inputs) {
            return node(name, operator, false, inputs);
        }

        /// A node whose name the user chose.
        Sketch named(String name, Operator operator, String... inputs) {
            return node(name, operator, true, inputs);
        }

        private Sketch node(String name, Operator operator, boolean named, String... inputs) {
            var wires = ImmutableList.<Wire>builder();
            for (var input : inputs) {
                wires.add(wire(input));
            }
            nodes.add(
                    new NodeSpec(
                            name,
                            named,
                            operator,
                            wires.build(),
                            dataInputs(operator, inputs.length),
                            Optional.empty(),
                            false,
                            false,
                            OptionalLong.empty(),
                            Optional.of("Trial.java:" + (nodes.size() + 1))));
            return this;
        }

        private static int dataInputs(Operator operator, int inputs) {
            var arity = operator.arity();
            return arity.hasUpperBound() ? Math.min(arity.upperEndpoint(), inputs) : inputs;
        }

        private static Wire wire(String text) {
            if (text.startsWith("#")) {
                double number = Double.parseDouble(text.substring(1));
                return new Wire.Fixed(TensorValue.of(number));
            }
            int bracket = text.indexOf('[');
            return bracket < 0
                    ? new Wire.Output(text, 0)
                    : new Wire.Output(
                            text.substring(0, bracket),
                            Integer.parseInt(text.substring(bracket + 1, text.length() - 1)));
        }

        Sketch output(String name, String wire) {
            outputs.put(name, wire(wire));
            return this;
        }

        /// Looks at the node written last.
        Sketch peek() {
            nodes.add(nodes.removeLast().peeked());
            return this;
        }

        /// Says where the node written last runs.
        Sketch on(Device device) {
            var node = nodes.removeLast();
            nodes.add(
                    new NodeSpec(
                            node.name(),
                            node.named(),
                            node.operator(),
                            node.inputs(),
                            node.dataInputs(),
                            Optional.of(device),
                            node.preserve(),
                            node.peek(),
                            node.seed(),
                            node.origin()));
            return this;
        }

        /// The same graph, all of it on the host.
        Sketch onHost() {
            var nodesHere = List.copyOf(nodes);
            nodes.clear();
            nodesHere.forEach(
                    node -> {
                        nodes.add(node);
                        on(Device.HOST);
                    });
            return this;
        }

        GraphSpec spec() {
            return new GraphSpec("trial", ImmutableList.copyOf(nodes), outputs.buildOrThrow());
        }

        Pipeline build(Options options) {
            return Pipeline.of(Plan.of(spec(), options));
        }
    }

    static Sketch graph() {
        return new Sketch();
    }

    /// A batch as text: for each sample its id and the content of each output.
    static List<String> describe(Batch batch) {
        var lines = new ArrayList<String>();
        for (int sample = 0; sample < batch.size(); sample++) {
            var line = new StringBuilder();
            for (var name : batch.names()) {
                var list = batch.get(name);
                var id = list.id(sample);
                var tensor = list.get(sample);
                line.append(name).append(' ').append(id.epoch()).append(':');
                line.append(id.position());
                line.append(id.attempt() > 0 ? "'" + id.attempt() : "").append(" = ");
                for (long i = 0; i < tensor.shape().volume(); i++) {
                    line.append(tensor.number(i)).append(' ');
                }
            }
            lines.add(line.toString());
        }
        return lines;
    }

    /// The first elements of an output's samples.
    static List<Long> numbers(Batch batch, String output) {
        var list = batch.get(output);
        var numbers = new ArrayList<Long>();
        for (int sample = 0; sample < list.size(); sample++) {
            numbers.add((long) list.get(sample).number(0));
        }
        return numbers;
    }

    record Counting(long size) implements IndexedSource.Dataset {
        @Override
        public String name(long index) {
            return "number " + index;
        }
    }

    /// The numbers from 0.
    record Counter(long samples, boolean shuffle) implements IndexedSource<Counting> {
        @Override
        public Counting open() {
            return new Counting(samples);
        }

        @Override
        public void read(Counting dataset, long index, Outputs out, SampleContext context) {
            out.make(0, NUMBER).int64(0, index);
        }

        @Override
        public List<SpecPattern> promise(List<SpecPattern> in) {
            return List.of(SpecPattern.exactly(NUMBER));
        }
    }

    /// The same bytes again.
    record Copy(int variant) implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.copyFrom(in);
        }
    }

    /// To float64.
    record Widen() implements Transform {
        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in.withType(ElementType.FLOAT64);
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            for (long i = 0; i < in.shape().volume(); i++) {
                out.float64(i, in.number(i));
            }
        }
    }

    /// As many copies of a number as it says, modulo five: a ragged value.
    record Repeat() implements SampleOperator {
        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long number = in.get(0).int64(0);
            var made = out.make(0, TensorSpec.of(ElementType.INT64, "", number % 5));
            for (long i = 0; i < number % 5; i++) {
                made.int64(i, number);
            }
        }
    }

    /// Two draws of its own added to the number.
    record Jitter() implements Transform {
        @Override
        public boolean random() {
            return true;
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return REAL;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            out.float64(0, in.number(0) + context.uniform("one") + 1000 * context.normal("two"));
        }
    }

    /// A random number from nothing.
    record Noise(int variant) implements SampleOperator {
        @Override
        public Range<Integer> arity() {
            return Range.singleton(0);
        }

        @Override
        public boolean random() {
            return true;
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            out.make(0, REAL).float64(0, context.uniform("noise"));
        }
    }

    /// The sum of any number of inputs.
    record Sum() implements SampleOperator {
        @Override
        public Range<Integer> arity() {
            return Range.atLeast(1);
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            double sum = 0;
            for (int input = 0; input < in.count(); input++) {
                sum += in.get(input).number(0);
            }
            out.make(0, REAL).float64(0, sum);
        }
    }

    /// Quotient and remainder: two outputs.
    record Split(long divisor) implements SampleOperator {
        @Override
        public List<String> outputs() {
            return List.of("quotient", "remainder");
        }

        @Override
        public void run(Inputs in, Outputs out, SampleContext context) {
            long number = in.get(0).int64(0);
            if (out.wanted(0)) {
                out.make(0, NUMBER).int64(0, number / divisor);
            }
            if (out.wanted(1)) {
                out.make(1, NUMBER).int64(0, number % divisor);
            }
        }
    }

    /// Refuses the numbers that a test says.
    record FailOn(LongPredicate refused) implements Transform {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) {
            long number = in.int64(0);
            if (refused.test(number)) {
                throw new BadSample("FailOn refuses " + number);
            }
            out.int64(0, number);
        }
    }

    /// Says that it has arrived and waits until let go.
    record Gate(CountDownLatch arrived, CountDownLatch letGo) implements Transform {
        @Override
        public Effect effect() {
            return Effect.PRIVATE;
        }

        @Override
        public TensorSpec outputSpec(TensorSpec in, SampleContext context) {
            return in;
        }

        @Override
        public void run(Tensor in, Tensor out, SampleContext context) throws Exception {
            arrived.countDown();
            letGo.await();
            out.copyFrom(in);
        }
    }

    /// A stateless batch operator: each number less the batch's smallest, by the workers' loop.
    record LessSmallest() implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) throws Exception {
            var list = in.get(0);
            double smallest = Double.MAX_VALUE;
            for (int sample = 0; sample < list.size(); sample++) {
                smallest = Math.min(smallest, list.get(sample).number(0));
            }
            double least = smallest;
            context.forEach(
                    list.size(),
                    (sample, own) ->
                            out.make(0, sample, REAL)
                                    .float64(0, list.get(sample).number(0) - least));
        }
    }

    /// Turns the order of a batch round and states so.
    record Reverse() implements StatelessBatchOperator {
        @Override
        public void run(BatchInputs in, BatchOutputs out, BatchContext context) {
            var list = in.get(0);
            var ids = new ArrayList<SampleId>();
            for (int sample = list.size() - 1; sample >= 0; sample--) {
                ids.add(list.id(sample));
            }
            out.samples(ids);
            for (int sample = 0; sample < list.size(); sample++) {
                var from = list.get(list.size() - 1 - sample);
                out.make(0, sample, from.spec()).copyFrom(from);
            }
        }
    }

    /// The ordered batch step: a running sum over all samples so far. It notes each batch's sum.
    record RunningSum(List<Double> noted) implements BatchOperator<Double> {
        @Override
        public Double start() {
            return 0.0;
        }

        @Override
        public Double run(Double before, BatchInputs in, BatchOutputs out, BatchContext context) {
            double sum = before;
            var list = in.get(0);
            for (int sample = 0; sample < list.size(); sample++) {
                sum += list.get(sample).number(0);
                out.make(0, sample, REAL).float64(0, sum);
            }
            synchronized (noted) {
                noted.add(sum);
            }
            return sum;
        }
    }

    /// A sink that notes the first number of each batch.
    record Sink(List<Long> noted) implements BatchOperator<Integer> {
        @Override
        public Effect effect() {
            return Effect.VISIBLE;
        }

        @Override
        public List<String> outputs() {
            return List.of();
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Integer run(Integer before, BatchInputs in, BatchOutputs out, BatchContext context) {
            synchronized (noted) {
                noted.add((long) in.get(0).get(0).number(0));
            }
            return before + 1;
        }
    }

    /// A stream of numbers that ends.
    record Stream(long samples, int most) implements SequentialSource<Long> {
        @Override
        public Long start() {
            return 0L;
        }

        @Override
        public Long read(Long before, BatchOutputs out, BatchContext context) {
            long after = Math.min(samples, before + Math.min(most, context.batchSize()));
            for (long number = before; number < after; number++) {
                out.make(0, (int) (number - before), NUMBER).int64(0, number);
            }
            if (after == samples) {
                context.end();
            }
            return after;
        }
    }
}
