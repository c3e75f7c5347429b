package dev.headrace.engine.operator;

import dev.headrace.engine.data.TensorSpec;
import dev.headrace.engine.device.Kernel;
import java.util.List;

/// A sample operator that can run on a CUDA device too, one launch a batch: each sample is
/// described to the kernel, which then computes all of them.
///
/// On a device the elements of data inputs cannot be read, but for those that [#readsOnHost] names;
/// those of arguments can, which always lie on the host.
public interface CudaOperator extends SampleOperator {
    /// Whether, on a device, it reads a data input on the host, as it reads arguments. What lies on
    /// a device is then copied to the host, and waited for: this is for a few numbers, and for such
    /// as have to be looked at before anything is computed of them.
    ///
    /// @param input from 0
    default boolean readsOnHost(int input) {
        return false;
    }

    /// The function that computes a batch. Asked once, when a pipeline is built.
    Kernel kernel();

    /// Whether it can run on the host as well. A graph in which one that cannot is on the host is
    /// refused, and its `run` is never called.
    default boolean runsOnHost() {
        return true;
    }

    /// The specs of one sample's outputs. Called before [#describe], with the same context; it may
    /// draw.
    ///
    /// @throws dev.headrace.engine.error.BadSample if this sample cannot be used
    List<TensorSpec> specs(Inputs in, SampleContext context);

    /// Describes one sample to the kernel.
    ///
    /// @param out gives the tensors of the outputs, of the specs that [#specs] gave
    /// @return how many pieces of work the sample is, each done by one thread or more than one by
    ///     one: in general one an element of the output
    long describe(Inputs in, Inputs out, SampleContext context, Descriptor descriptor);
}
