package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import dev.headrace.engine.device.Device;
import dev.headrace.engine.operator.CudaBatchOperator;

/// What is done in one go, in each iteration, once the steps before it are done.
public sealed interface Step {
    /// Its number in the plan: steps are in topological order.
    int index();

    /// The steps that must be done before, in the same iteration.
    ImmutableIntArray after();

    /// The value that states how many samples there are, and their ids; -1 if the iteration does.
    int countValue();

    /// The launches whose events the host awaits before it begins, since it reads on the host what
    /// they have copied there. What another one of them implies is not among them.
    ImmutableIntArray awaits();

    /// Whether it has state, so that iterations take turns.
    default boolean inOrder() {
        return false;
    }

    /// The nodes that it runs, in order.
    ImmutableList<PlannedNode> nodes();

    /// Sample operators that run one after the other on one sample, one task a sample.
    ///
    /// @param index its number in the plan
    /// @param after the steps before it
    /// @param awaits the launches whose events the host awaits
    /// @param countValue what states the number of samples
    /// @param nodes in topological order
    /// @param recovers whether a bad sample can be skipped or replaced here, as the options ask
    record Segment(
            int index,
            ImmutableIntArray after,
            ImmutableIntArray awaits,
            int countValue,
            ImmutableList<PlannedNode> nodes,
            boolean recovers)
            implements Step {}

    /// One batch operator.
    ///
    /// @param index its number in the plan
    /// @param after the steps before it
    /// @param awaits the launches whose events the host awaits
    /// @param countValue what states the number of samples
    /// @param node the node
    /// @param inOrder whether it has state, so that iterations take turns
    record Batch(
            int index,
            ImmutableIntArray after,
            ImmutableIntArray awaits,
            int countValue,
            PlannedNode node,
            boolean inOrder)
            implements Step {
        @Override
        public ImmutableList<PlannedNode> nodes() {
            return ImmutableList.of(node);
        }
    }

    /// Work of a whole batch that is queued on a device. It is done, for the steps behind it, once
    /// it is queued and its event is recorded.
    ///
    /// @param index its number in the plan
    /// @param after the steps before it, among them the one before it on its stream
    /// @param awaits the launches whose events the host awaits, for its arguments
    /// @param streamAwaits the launches whose events its stream awaits
    /// @param countValue what states the number of samples
    /// @param node the node
    /// @param device the device that it keeps busy
    /// @param stream the number of the stream on that device
    record Launch(
            int index,
            ImmutableIntArray after,
            ImmutableIntArray awaits,
            ImmutableIntArray streamAwaits,
            int countValue,
            PlannedNode node,
            Device.Gpu device,
            int stream)
            implements Step {
        /// Batch operators that run on a device have state.
        @Override
        public boolean inOrder() {
            return node.operator() instanceof CudaBatchOperator;
        }

        @Override
        public ImmutableList<PlannedNode> nodes() {
            return ImmutableList.of(node);
        }
    }
}
