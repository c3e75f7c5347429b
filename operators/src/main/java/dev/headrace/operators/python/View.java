package dev.headrace.operators.python;

/// In which form a Python function sees its inputs: always the same memory, never a copy.
public enum View {
    /// A DLPack capsule, to be used once.
    DLPACK,
    /// A `headrace.Tensor`: it has `shape`, `dtype`, `layout`, `numpy()`, and any library that
    /// knows DLPack takes it.
    TENSOR,
    /// A NumPy array that cannot be written; on the host only.
    NUMPY,
    /// A PyTorch tensor. It must not be written, which PyTorch does not check.
    TORCH,
    /// A CuPy array, on a device only. It must not be written, which CuPy does not check.
    CUPY
}
