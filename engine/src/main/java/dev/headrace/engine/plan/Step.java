package dev.headrace.engine.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;

/// What is done in one go, in each iteration, once the steps before it are done.
public sealed interface Step {
    /// Its number in the plan: steps are in topological order.
    int index();

    /// The steps that must be done before, in the same iteration.
    ImmutableIntArray after();

    /// The value that states how many samples there are, and their ids; -1 if the iteration does.
    int countValue();

    /// The nodes that it runs, in order.
    ImmutableList<PlannedNode> nodes();

    /// Sample operators that run one after the other on one sample, one task a sample.
    ///
    /// @param index its number in the plan
    /// @param after the steps before it
    /// @param countValue what states the number of samples
    /// @param nodes in topological order
    /// @param recovers whether a bad sample can be skipped or replaced here, as the options ask
    record Segment(
            int index,
            ImmutableIntArray after,
            int countValue,
            ImmutableList<PlannedNode> nodes,
            boolean recovers)
            implements Step {}

    /// One batch operator.
    ///
    /// @param index its number in the plan
    /// @param after the steps before it
    /// @param countValue what states the number of samples
    /// @param node the node
    /// @param inOrder whether it has state, so that iterations take turns
    record Batch(
            int index, ImmutableIntArray after, int countValue, PlannedNode node, boolean inOrder)
            implements Step {
        @Override
        public ImmutableList<PlannedNode> nodes() {
            return ImmutableList.of(node);
        }
    }
}
