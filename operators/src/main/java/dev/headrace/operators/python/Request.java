package dev.headrace.operators.python;

import static dev.headrace.engine.data.ElementType.UINT8;

import dev.headrace.engine.data.Shape;
import dev.headrace.engine.data.Tensor;
import dev.headrace.engine.data.TensorList;
import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.error.BadBatch;
import dev.headrace.engine.operator.DeviceQueue;
import java.util.Optional;

/// Writes what the Python side is asked: which samples, and where each lies.
///
/// ```
/// samples · first · batch size · iteration · epoch · inputs · device · context · stream ·
///     released · handle…
/// by input: kind · element type · loan · letters · letter… · rank ·
///     strided: address · bytes from sample to sample · extent…
///     apart:   (address · extent…) for each sample
///     dense:   address · 0 · extent…, N among them
/// ```
///
/// The device is −1 on the host; context and stream are the driver's handles of a node's. Element
/// types are numbered as in [dev.headrace.engine.data.ElementType]. It is read by
/// `headrace/_trampoline.py`.
final class Request {
    private static final int STRIDED = 0;
    private static final int APART = 1;
    private static final int DENSE = 2;

    /// Where a tensor lies for the Python side.
    interface Place {
        /// The address, or in shared memory the offset.
        long of(Tensor tensor);
    }

    private final Words words = new Words();

    Words words() {
        return words;
    }

    /// Begins a request.
    ///
    /// @param samples how many it is about
    /// @param first the place of the first in its batch
    void begin(int samples, int first, int batchSize, long iteration, long epoch, int inputs) {
        words.clear();
        words.add(samples);
        words.add(first);
        words.add(batchSize);
        words.add(iteration);
        words.add(epoch);
        words.add(inputs);
    }

    /// Says where the node's work is queued, if it runs on a device.
    void on(Optional<DeviceQueue> queue) {
        words.add(queue.map(its -> its.device().number()).orElse(-1));
        words.add(queue.map(DeviceQueue::context).orElse(0L));
        words.add(queue.map(DeviceQueue::stream).orElse(0L));
    }

    /// Says which results nobody reads any more.
    void release(long[] handles) {
        words.add(handles.length);
        for (long handle : handles) {
            words.add(handle);
        }
    }

    /// An input, sample by sample.
    ///
    /// @param from the first sample of this request
    /// @param to the one behind the last
    void add(TensorList list, int from, int to, long loan, Place place) {
        if (from == to) {
            begin(STRIDED, TensorSpec.scalar(UINT8), loan);
            words.add(0);
            words.add(0);
            return;
        }
        var head = list.get(from);
        var spec = head.spec();
        long first = place.of(head);
        // samples of a constant all lie at one place
        long step = from + 1 < to && place.of(list.get(from + 1)) == first ? 0 : spec.bytes();
        boolean strided = true;
        for (int sample = from + 1; sample < to; sample++) {
            var tensor = list.get(sample);
            checkAlike(spec, tensor.spec());
            strided &=
                    tensor.spec().equals(spec)
                            && tensor.storage() == head.storage()
                            && place.of(tensor) == first + (sample - from) * step;
        }
        begin(strided ? STRIDED : APART, spec, loan);
        if (strided) {
            words.add(first);
            words.add(step);
            addExtents(spec.shape());
            return;
        }
        for (int sample = from; sample < to; sample++) {
            words.add(place.of(list.get(sample)));
            addExtents(list.spec(sample).shape());
        }
    }

    private static void checkAlike(TensorSpec first, TensorSpec other) {
        if (other.type() != first.type()
                || other.rank() != first.rank()
                || !other.layout().equals(first.layout())) {
            throw new BadBatch(
                    "the samples of an input have one type, rank and layout, got "
                            + first
                            + " and "
                            + other);
        }
    }

    /// An input as one tensor with a leading N.
    void addDense(Tensor tensor, long loan, Place place) {
        begin(DENSE, tensor.spec(), loan);
        words.add(place.of(tensor));
        words.add(0);
        addExtents(tensor.shape());
    }

    private void begin(int kind, TensorSpec spec, long loan) {
        words.add(kind);
        words.add(spec.type().ordinal());
        words.add(loan);
        words.add(spec.layout().length());
        spec.layout().chars().forEach(words::add);
        words.add(spec.rank());
    }

    private void addExtents(Shape shape) {
        for (int axis = 0; axis < shape.rank(); axis++) {
            words.add(shape.extent(axis));
        }
    }
}
