package dev.headrace.engine.operator;

import com.google.common.collect.Range;

/// A source of a known number of samples that can be read in any order, such as a folder of files.
///
/// Each sample is read by the worker that goes on with it. The order is the engine's: as numbered,
/// or shuffled anew each epoch.
///
/// @param <D> what opening it gives
public interface IndexedSource<D extends IndexedSource.Dataset> extends SampleOperator {
    /// An opened source, shared by all workers: safe from any thread. Closed with the pipeline.
    interface Dataset extends AutoCloseable {
        /// How many samples there are, at least 1.
        long size();

        /// What to call a sample in messages, such as its file.
        default String name(long index) {
            return "sample " + index + " of the source";
        }

        /// Whether to announce samples before they are read, since they may lie on a disk: asked
        /// as each iteration begins, so it should be quick.
        default boolean readsAhead() {
            return false;
        }

        /// Is told of a sample that is likely to be read soon, on a virtual thread that may wait.
        /// What fails here is told by whoever reads the sample.
        default void readAhead(long index) {}

        @Override
        default void close() {}
    }

    /// Opens it, once, when the pipeline is built.
    ///
    /// @throws Exception if there is nothing to read; it becomes a
    ///     [dev.headrace.engine.error.BadGraph] that names the node
    D open() throws Exception;

    /// Reads one sample.
    ///
    /// @param dataset what `open` gave
    /// @param index from 0, below its size
    void read(D dataset, long index, Outputs out, SampleContext context) throws Exception;

    /// Whether each epoch has an order of its own.
    default boolean shuffle() {
        return false;
    }

    @Override
    default boolean random() {
        return shuffle();
    }

    @Override
    default Range<Integer> arity() {
        return Range.singleton(0);
    }

    @Override
    @SuppressWarnings("unchecked") // the dataset is what this very source's open gave
    default void run(Inputs in, Outputs out, SampleContext context) throws Exception {
        read((D) context.dataset(), context.index(), out, context);
    }
}
