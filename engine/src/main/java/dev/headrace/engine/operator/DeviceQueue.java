package dev.headrace.engine.operator;

import dev.headrace.engine.device.Device;
import dev.headrace.engine.device.Kernel;
import dev.headrace.engine.memory.Buffer;
import java.util.concurrent.Callable;

/// The stream of a node that runs on a device, as a [CudaBatchOperator] sees it during a run. What
/// is queued there is done in order, behind what the node reads. Memory that the run was given,
/// lent or has adopted is not used again before all of it is done. For the thread that runs the
/// operator.
public interface DeviceQueue {
    /// A sample, told to a kernel.
    interface Description {
        /// @param sample from 0
        /// @return as [CudaOperator#describe]
        long describe(int sample, Descriptor descriptor);
    }

    /// The device.
    Device.Gpu device();

    /// The driver's handle of the stream, a `CUstream`.
    long stream();

    /// The driver's handle of the device's context, a `CUcontext`.
    long context();

    /// Runs code of somebody else with the device's context current, whatever else it makes current
    /// meanwhile.
    <T> T lend(Callable<T> call) throws Exception;

    /// Runs what queues work, on a thread on which somebody else's code runs, as it does in
    /// [#lend].
    void visit(Runnable call);

    /// Copies on the device.
    ///
    /// @param to address of the device
    /// @param from address of the device, not overlapping
    /// @param bytes at least 0
    void copy(long to, long from, long bytes);

    /// Copies from the host; all is read before this returns, unless the memory is pinned.
    ///
    /// @param to address of the device
    /// @param from address of the host
    /// @param bytes at least 0
    void copyToDevice(long to, long from, long bytes);

    /// Launches one of [CudaBatchOperator#kernels()] for all samples in one go.
    ///
    /// @param samples how many are described
    void launch(Kernel kernel, int samples, Description each);

    /// Keeps memory of the device valid beyond the run, as [BatchInputs#hold] does.
    ///
    /// @param buffer which the caller may close
    Hold hold(Buffer buffer);
}
