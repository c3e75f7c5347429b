package dev.headrace.engine.spec;

/// Which nodes of a CUDA device share a stream. Work on one stream runs in order; work on two may
/// overlap.
public enum StreamPolicy {
    /// One stream a device.
    SINGLE,

    /// One for copies to the device, one for kernels, one for copies back: so the copies of one
    /// iteration overlap the kernels of another.
    PER_KIND,

    /// Nodes that do not depend on each other overlap too.
    PER_NODE
}
