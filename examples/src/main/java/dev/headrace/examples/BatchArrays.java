package dev.headrace.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.headrace.engine.data.ElementType;
import dev.headrace.engine.run.Batch;

/// The outputs of a batch as arrays of DJL, over the same memory: nothing is copied.
///
/// The batch is held until this is closed, or the manager that it was made under; until then its
/// memory counts against the pipeline's limit, and no array may be used after that. Confined to one
/// thread. The arrays are for reading: an operation in place would write into the batch.
final class BatchArrays implements AutoCloseable {
    private final Batch batch;
    private final NDManager manager;

    private BatchArrays(Batch batch, NDManager manager) {
        this.batch = batch;
        this.manager = manager;
    }

    /// Holds a batch, for arrays that live at most as long as their manager.
    static BatchArrays of(Batch batch, NDManager parent) {
        var manager = parent.newSubManager();
        var held = batch.retain();
        manager.attachInternal("batch", held); // closed with the manager, by whoever closes that
        return new BatchArrays(held, manager);
    }

    /// All samples of an output as one array with a leading axis of N.
    ///
    /// @throws dev.headrace.engine.error.BadBatch if the samples differ in shape
    NDArray get(String name) {
        var tensor = batch.get(name).dense();
        var shape = new Shape(tensor.shape().extents());
        return manager.create(tensor.buffer(), shape, typeOf(tensor.type()));
    }

    private static DataType typeOf(ElementType type) {
        return type == ElementType.BOOL ? DataType.BOOLEAN : DataType.valueOf(type.name());
    }

    /// The manager of the arrays, for what is computed from them.
    NDManager manager() {
        return manager;
    }

    @Override
    public void close() {
        manager.close();
    }
}
