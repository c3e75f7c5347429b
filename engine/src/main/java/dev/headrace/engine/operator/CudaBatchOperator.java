package dev.headrace.engine.operator;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Kernel;
import java.util.List;

/// A batch operator that can run on a CUDA device too. There its data inputs and its outputs lie in
/// memory of the device, and it queues its work on the stream of its node, told by
/// [BatchContext#deviceQueue()]: behind what it reads, and before what reads what it made. It runs
/// on a platform thread, and leaves no rest of a run.
///
/// @param <S> the state
public interface CudaBatchOperator<S> extends BatchOperator<S> {
    /// Is told where its node will run, while the graph is planned.
    ///
    /// @throws IllegalArgumentException if it cannot run there as it is; the message says why
    void checkDevice(Device device);

    /// Whether, on a device, the host waits before each run until all that the stream of its node
    /// has been given is done.
    boolean awaitsStream();

    /// What it launches there by [DeviceQueue#launch].
    List<Kernel> kernels();
}
