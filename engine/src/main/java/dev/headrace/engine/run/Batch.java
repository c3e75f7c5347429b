package dev.headrace.engine.run;

import com.google.common.collect.ImmutableSet;
import dev.headrace.engine.data.TensorList;

/// What the training loop receives: named lists of tensors and the ids of their samples.
///
/// Lent: valid until the next batch is asked for, or it is closed, or its pipeline is. A batch that
/// [#retain()] gave is valid until it is closed. After that its outputs, their lists and tensors
/// throw `IllegalStateException`; iteration, epoch, padding and names are still told.
///
/// Safe to read from any number of threads while it is valid.
public interface Batch extends AutoCloseable {
    /// The iteration, counted from 0 over the life of the pipeline.
    long iteration();

    /// The epoch, from 0.
    long epoch();

    /// Number of samples (of the first output).
    int size();

    /// How many samples at its end were added to fill the last batch of an epoch.
    int padding();

    /// The names of its outputs, in the order written.
    ImmutableSet<String> names();

    /// The tensors of an output.
    ///
    /// @throws IllegalArgumentException if there is no such output; lists those there are
    TensorList get(String name);

    /// The names of the values that can be looked at: those of nodes that say `peek()` and run.
    ImmutableSet<String> peeks();

    /// The tensors of a value inside the graph that is looked at. A sample that was replaced has a
    /// tensor without elements there.
    ///
    /// @param name its node's, with the output's where it has several, as in `photos.label`
    /// @throws IllegalArgumentException if it is not looked at, or did not run; says why
    TensorList peek(String name);

    /// The same batch, to keep beyond the next one. Close it when done: until then its memory
    /// counts against the pipeline's limit.
    Batch retain();

    /// Ends the use of this batch. Closing twice does nothing.
    @Override
    void close();
}
