package dev.headrace.engine.operator;

import dev.headrace.engine.error.HeadraceException;
import dev.headrace.engine.memory.SharedMemory;
import java.util.Optional;

/// What a batch operator is told while it runs. Its draws are functions of the epoch and of the
/// iteration's place in it.
public interface BatchContext extends Context {
    /// What is done for one sample.
    @FunctionalInterface
    interface SampleTask {
        /// Called on any worker, for many samples at once.
        ///
        /// @param sample the place in the batch
        /// @param context with the draws of that sample's id
        void run(int sample, SampleContext context) throws Exception;
    }

    /// The pipeline's name as events of Java Flight Recorder give it: with a number where others
    /// of that name were built before.
    String pipeline();

    /// The number of samples that the pipeline's options ask of a source in this iteration.
    int batchSize();

    /// Which shard of the data this pipeline reads, from 0.
    int shard();

    /// Among how many shards the data is divided, at least 1.
    int shards();

    /// Does a task for each sample from 0 to a count, on this and on other workers, and returns
    /// when all are done. One loop at a time: a task begins none.
    ///
    /// @throws Exception the failure of the first sample that failed
    void forEach(int count, SampleTask task) throws Exception;

    /// States what is left to do once `run` has returned: it is done on a virtual thread, while the
    /// run of the next iteration may begin. Inputs, outputs and this context stay valid for it,
    /// and the state is what `run` returned whether the rest fails or not. It is done unless `run`
    /// fails or the pipeline is closed. At most one a run; none for a sequential source.
    void finish(Rest rest);

    /// 64 random bits of one sample's id: what a sample operator at this node would draw.
    ///
    /// @param draw the name of the draw
    /// @param sample the place in the batch
    /// @throws IllegalStateException if the operator does not say that it is random
    long sampleBits(String draw, int sample);

    /// A failure with the place of one sample, to be thrown.
    ///
    /// @param sample the place in the batch
    RuntimeException at(int sample, HeadraceException failure);

    /// Where its inputs and outputs lie, for an operator that shares memory.
    ///
    /// @throws IllegalStateException if it does not say so, see [BatchOperator#sharesMemory()]
    SharedMemory sharedMemory();

    /// Where its work is queued, if it runs on a device.
    default Optional<DeviceQueue> deviceQueue() {
        return Optional.empty();
    }

    /// For a sequential source: the epoch ends with what was made in this call.
    void end();
}
