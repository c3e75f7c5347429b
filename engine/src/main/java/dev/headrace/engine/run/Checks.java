package dev.headrace.engine.run;

import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.Effect;
import dev.headrace.engine.operator.SampleContext;
import dev.headrace.engine.operator.SampleOperator;
import dev.headrace.engine.plan.Plan;
import dev.headrace.engine.plan.PlannedNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Checked mode: what operators promise is verified while they run. What breaks is a [BadBatch]
/// that names the node.
final class Checks {
    /// What new memory is filled with.
    static final byte POISON = (byte) 0xA5;

    private static final byte SECOND_POISON = 0x5A;

    private final Plan plan;
    private final ThreadLocal<Byte> poison = ThreadLocal.withInitial(() -> POISON);

    Checks(Plan plan) {
        this.plan = plan;
    }

    /// Fills what a batch operator has just made with bytes that it may not rely on, others when it
    /// runs again.
    void poison(Tensor tensor, boolean again) {
        tensor.segment().fill(again ? SECOND_POISON : POISON);
    }

    /// Fills what was just made with bytes that no operator may rely on, and holds it against the
    /// promise.
    void made(PlannedNode node, int value, Tensor tensor) {
        var promise = plan.values().get(value).promise();
        if (!promise.admits(tensor.spec())) {
            throw new BadBatch(
                    node.operator().kind() + " promised " + promise + " and made " + tensor.spec());
        }
        tensor.segment().fill(poison.get());
    }

    /// Runs an operator; if it says that it has no effect, runs it again and compares the bytes.
    void runTwice(SampleRun run, SampleOperator operator, SampleContext context) throws Exception {
        var inputs = new byte[run.count()][];
        for (int input = 0; input < inputs.length; input++) {
            inputs[input] = bytes(run.node(), input, run.get(input));
        }
        poison.set(POISON);
        operator.run(run, run, context);
        unchanged(run, inputs);
        if (operator.effect() != Effect.NONE) {
            return;
        }
        var first = new byte[run.node().values().length()][];
        for (int output = 0; output < first.length; output++) {
            var made = run.output(output);
            first[output] = made == null ? null : made.toBytes();
        }
        run.forgetOutputs();
        poison.set(SECOND_POISON);
        operator.run(run, run, context);
        for (int output = 0; output < first.length; output++) {
            var made = run.output(output);
            var second = made == null ? null : made.toBytes();
            if (!Arrays.equals(first[output], second)) {
                throw new BadBatch(different(run.node(), output, first[output], second));
            }
        }
    }

    private static String different(PlannedNode node, int output, byte[] first, byte[] second) {
        int at = first == null || second == null ? 0 : Arrays.mismatch(first, second);
        return node.operator().kind()
                + " says that it has no effect, but run twice it made different bytes of output "
                + node.operator().outputs().get(output)
                + ", first at byte "
                + at;
    }

    private static void unchanged(SampleRun run, byte[][] inputs) {
        for (int input = 0; input < inputs.length; input++) {
            if (!Arrays.equals(inputs[input], bytes(run.node(), input, run.get(input)))) {
                throw new BadBatch(run.node().operator().kind() + " changed its input " + input);
            }
        }
    }

    /// The bytes of a batch operator's inputs, to compare after it has run.
    List<byte[]> contents(PlannedNode node, TensorList... inputs) {
        var contents = new ArrayList<byte[]>();
        for (int input = 0; input < inputs.length; input++) {
            for (int sample = 0; sample < inputs[input].size(); sample++) {
                contents.add(bytes(node, input, inputs[input].get(sample)));
            }
        }
        return contents;
    }

    /// @param before what `contents` gave
    void unchanged(PlannedNode node, List<byte[]> before, TensorList... inputs) {
        int next = 0;
        for (int input = 0; input < inputs.length; input++) {
            for (int sample = 0; sample < inputs[input].size(); sample++) {
                if (!Arrays.equals(
                        before.get(next++), bytes(node, input, inputs[input].get(sample)))) {
                    throw new BadBatch(node.operator().kind() + " changed its input " + input);
                }
            }
        }
    }

    /// Holds what a batch operator made against its promise.
    void made(PlannedNode node, SlotList[] lists) {
        for (int output = 0; output < lists.length; output++) {
            int value = node.values().get(output);
            for (int sample = 0; value >= 0 && sample < lists[output].size(); sample++) {
                var promise = plan.values().get(value).promise();
                if (!promise.admits(lists[output].spec(sample))) {
                    throw new BadBatch(
                            node.operator().kind()
                                    + " promised "
                                    + promise
                                    + " and made "
                                    + lists[output].spec(sample));
                }
            }
        }
    }

    /// Compares what an operator made in two runs on the same batch.
    void same(PlannedNode node, SlotList[] first, SlotList[] second) {
        for (int output = 0; output < first.length; output++) {
            if (first[output] == null) {
                continue;
            }
            int most = Math.max(first[output].size(), second[output].size());
            for (int sample = 0; sample < most; sample++) {
                var one = bytes(first[output], sample);
                var two = bytes(second[output], sample);
                if (!Arrays.equals(one, two)) {
                    throw new BadBatch(different(node, output, one, two));
                }
            }
        }
    }

    /// Of what is read for its spec only, nothing: it may lie on a device, or not be there yet.
    private static byte[] bytes(PlannedNode node, int input, Tensor tensor) {
        boolean data = input < node.dataInputs();
        return data && !node.operator().readsData(input) ? new byte[0] : tensor.toBytes();
    }

    private static byte[] bytes(SlotList list, int sample) {
        return sample < list.size() ? list.get(sample).toBytes() : null;
    }
}
